"""What may stand for the name of a host: only what the address of a page can hold."""

import re
from ipaddress import IPv4Address, IPv6Address

HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]{1,253}))(?::[0-9]{1,5})?", re.ASCII)
NUMBERS = re.compile(r"[0-9.]+", re.ASCII)


def is_host(value: bytes) -> bool:
    """Whether it is a name or the number of a machine, with a port or without."""
    found = HOST.fullmatch(value.decode("latin-1").strip())
    if found is None:
        return False
    six, name = found.groups()
    try:
        if six:
            IPv6Address(six)
        elif NUMBERS.fullmatch(name):
            IPv4Address(name)
    except ValueError:
        return False
    return True
