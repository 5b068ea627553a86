"""A room that a presenter opened before a machine was lost: it must go on as if nothing had been."""

import json
import urllib.request
from dataclasses import dataclass

PATH = "diffusion/score"


@dataclass(frozen=True)
class Room:
    """An open room: where, its code, and the key that steers it."""

    url: str
    code: str
    key: str

    @classmethod
    def opened(cls, url: str) -> "Room":
        told = json.loads(_asked(f"{url}/rooms", {"path": PATH}))
        return cls(f"{url}/rooms/{told['code']}", told["code"], told["key"])

    def lives(self, turns: int) -> bool:
        """Whether the presenter still steers and whoever joins is led there, at so many machines in turn."""
        try:
            return all(self._leads(at) for at in range(1, turns + 1))
        except OSError:
            return False

    def _leads(self, at: int) -> bool:
        _asked(f"{self.url}/state", {"path": PATH, "at": at}, {"x-room-key": self.key})
        me = json.loads(_asked(f"{self.url}/join", {}))["me"]
        request = urllib.request.Request(f"{self.url}/stream", headers={"x-room-me": me})
        with urllib.request.urlopen(request, timeout=30) as lines:
            return bool(json.loads(lines.readline())["state"]["at"] == at)


def _asked(url: str, given: object, headers: dict[str, str] | None = None) -> bytes:
    head = {"content-type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, json.dumps(given).encode(), head)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return bytes(answer.read())
