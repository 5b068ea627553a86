"""What nginx is told: one template, ops/nginx.conf, filled in for so many processes.

It keeps the files that never change and the runs that are whole, sends the same state to the same
process, and answers for the app while that starts.
"""

import json
import os
import resource
import shutil
import subprocess
import time
from html import escape
from ipaddress import ip_network
from pathlib import Path

from app import gate, texts

TEMPLATE = Path(__file__).parent.parent / "ops" / "nginx.conf"
TIMELINES = "events"  # parameters that say what was done when, as alternatives of a pattern
PROXIES = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,127.0.0.0/8"  # Spaces, a cluster's ingress
MOST_FILES = 32768  # open files of one process; a visitor behind nginx takes two


class NoFront(Exception):
    """nginx is not there, or does not take what it is told; says what to do."""


def nginx() -> str:
    """The path of nginx, which Debian keeps where a person's shell does not look."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise NoFront(
            "nginx is not installed: apt-get install nginx, "
            "or start one process without it: python -m app run"
        )
    return found


def socket(run: Path, number: int) -> Path:
    """Where the process of this number (from 1) listens."""
    return run / f"app-{number}.sock"


def configuration(run: Path, listen: str, processes: int) -> str:
    """The text of nginx.conf for processes that listen in the folder `run`."""
    files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], MOST_FILES)
    addresses = [f"unix:{socket(run, number)}" for number in range(1, processes + 1)]
    # A process that is not there refuses at once and the next is asked: no need to remember it.
    servers = [f"        server {address} max_fails=0;" for address in addresses]
    singles = [
        f"    upstream process_{number} {{ server {address} max_fails=0; }}"
        for number, address in enumerate(addresses, 1)
    ]
    # closed here before uvicorn does so, or a request could meet a closed door
    kept = [f"        keepalive {32 * processes};", "        keepalive_timeout 3s;"]
    filled = {
        # its workers would leave root for a user to whom the folder is closed
        "user": "user root;" if os.geteuid() == 0 else "",
        "run": str(run),
        "listen": listen,
        "files": str(files),
        "connections": str(files // 2),
        "each": str(files // 8),
        "processes": str(processes),
        "timelines": TIMELINES,
        "believed": believed(),
        "framed": gate.FRAMED,
        **guards(),
        "servers": "\n".join([*servers, *kept]),
        "singles": "\n".join(singles),
    }
    text = TEMPLATE.read_text()
    for name, value in filled.items():
        text = text.replace(f"@{name}@", value)
    return text


def believed() -> str:
    """Whose word nginx takes for a visitor's address: GLASSBOX_PROXIES, for limits go by it; raises NoFront."""
    named = os.environ.get("GLASSBOX_PROXIES", PROXIES).split(",")
    try:
        networks = [ip_network(one.strip()) for one in named if one.strip()]
    except ValueError as problem:
        raise NoFront(
            f"GLASSBOX_PROXIES: {problem}; expected networks with commas between: 10.0.0.0/8,::1"
        ) from problem
    return "\n".join(f"    set_real_ip_from {network};" for network in networks)


def guards() -> dict[str, str]:
    """What the app says of each of its answers, told by nginx of those that are its own."""
    told = {name.decode(): value.decode() for name, value in gate.GUARDS}
    told["content-security-policy"] = f"{gate.POLICY}$framed"
    own = {name: name.replace("-", "_") for name in told}
    maps = [
        f'    map $upstream_http_{own[name]} $own_{own[name]} {{ default ""; "" "{value}"; }}'
        for name, value in told.items()
    ]
    adds = [f"        add_header {name} $own_{own[name]} always;" for name in told]
    return {"maps": "\n".join(maps), "guards": "\n".join(adds)}


def write(run: Path, listen: str, processes: int) -> list[str]:
    """Write the configuration and the page of the start; the command that starts nginx with them."""
    path = run / "nginx.conf"
    path.write_text(configuration(run, listen, processes))
    (run / "starting.html").write_text(starting(time.time()))
    command = [nginx(), "-p", str(run), "-e", "stderr", "-c", str(path)]
    tried = subprocess.run([*command, "-t", "-q"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise NoFront(f"nginx does not take {path}: {tried.stderr.strip()}")
    return command


def starting(since: float) -> str:
    """The page that one sees while no process answers yet: since when, in the reader's language."""
    said = {
        language: (
            texts.say(language, "load.starting"),
            texts.say(language, "load.starting since"),
        )
        for language in texts.languages()
    }
    # nothing in a text may end the script that holds it
    told = json.dumps(said).replace("<", "\\u003c")
    return STARTING.format(title=escape(said["en"][0]), said=told, since=since)


# nginx puts its clock in: the reader's own may be wrong.
STARTING = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 18px/1.5 system-ui, sans-serif; margin: 20vh auto 0; max-width: 34em; padding: 0 16px; }}
</style>
<h1>{title}</h1><p></p>
<script>
const said = {said};
const language = [localStorage.glassboxLanguage, ...navigator.languages].map((tag) => tag?.slice(0, 2)).find((tag) => tag in said) ?? "en";
const [title, passed] = said[language];
const seconds = Math.max(0, Math.round(<!--# echo var="msec" --> - {since:.3f}));
document.documentElement.lang = language;
document.title = document.querySelector("h1").textContent = title;
document.querySelector("p").textContent = passed.replace("{{seconds}}", seconds);
</script>
</html>
"""
