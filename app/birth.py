"""How long this process took from its beginning to its first visitor, and how busy the machine was then."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

UNKNOWN = "not known on this system"


@dataclass
class Birth:
    """What a start took; nothing until it is over."""

    wall: float | None = None  # seconds
    cpu: float = 0.0  # seconds of this process, without its workers
    load: str = ""


BIRTH = Birth()


def listening() -> None:
    """From now on visitors are answered."""
    BIRTH.wall, BIRTH.cpu, BIRTH.load = age(), time.process_time(), load()


def age() -> float | None:
    """Seconds since the system made this process; None where it does not say."""
    try:
        fields = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:  # not Linux
        return None
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def load() -> str:
    """The machine's load average over a minute."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else UNKNOWN


def said() -> str:
    """The start in words."""
    if BIRTH.wall is None:
        return UNKNOWN
    return f"{BIRTH.wall:.1f} s, of which {BIRTH.cpu:.1f} CPU-s; the load was {BIRTH.load}"
