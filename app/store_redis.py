"""The same store in Redis: what processes of several machines remember together for a while."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.store import NoStore

PATIENCE = 2.0  # seconds to wait for the server
OURS = "glassbox:"  # before every key, so that other tenants of the server are not met

# A field carries its own end before its value, as "<seconds since 1970>|<value>": Redis ends whole keys
# only. Scripts run one at a time, so a limit holds however many processes add at once.
ADD = """
local now = tonumber(redis.call('TIME')[1])
local others = 0
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  local ends = tonumber(string.match(held[i + 1], '^[^|]+'))
  if ends <= now then redis.call('HDEL', KEYS[1], held[i])
  elseif held[i] ~= ARGV[1] then others = others + 1 end
end
if others >= tonumber(ARGV[4]) then return 0 end
local seconds = math.ceil(tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], ARGV[1], (now + seconds) .. '|' .. ARGV[2])
if redis.call('TTL', KEYS[1]) < seconds then redis.call('EXPIRE', KEYS[1], seconds) end
return 1
"""
BUMP = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""

log = logging.getLogger("glassbox")


class Redis:
    """A store in the server at an address as `redis://host:6379/0`."""

    def __init__(self, address: str) -> None:
        self.client, self.failure = connected(address, PATIENCE)
        self._add = self.client.register_script(ADD)
        self._bump = self.client.register_script(BUMP)
        self.trouble = ""  # the last failure, told once

    def get(self, key: str, field: str = "") -> bytes | None:
        with self._asked():
            if not field:
                found: bytes | None = self.client.get(OURS + key)
                return found
            kept = self.client.hget(OURS + key, field)
            return None if kept is None else _living({field: kept}, self._now()).get(field)

    def put(self, key: str, value: bytes, seconds: float) -> None:
        with self._asked():
            self.client.set(OURS + key, value, px=max(1, int(seconds * 1000)))

    def add(self, key: str, field: str, value: bytes, seconds: float, most: int) -> bool:
        with self._asked():
            return bool(self._add(keys=[OURS + key], args=[field, value, seconds, most]))

    def fields(self, key: str) -> dict[str, bytes]:
        with self._asked():
            held = {name.decode(): kept for name, kept in self.client.hgetall(OURS + key).items()}
            return _living(held, self._now()) if held else {}

    def bump(self, key: str, seconds: float) -> int:
        with self._asked():
            return int(self._bump(keys=[OURS + key], args=[max(1, int(seconds))]))

    def drop(self, key: str) -> None:
        with self._asked():
            self.client.delete(OURS + key)

    def _now(self) -> float:
        return float(self.client.time()[0])

    @contextmanager
    def _asked(self) -> Iterator[None]:
        try:
            yield
            self.trouble = ""
        except self.failure as problem:
            if self.trouble != str(problem):
                log.warning("nothing can be remembered in Redis: %s", problem)
            self.trouble = str(problem)
            raise NoStore(str(problem)) from problem


def connected(address: str, patience: float) -> tuple[Any, type[Exception]]:
    """A client that waits so many seconds and tries twice, as its own way is ten times; and how it fails."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    waits = {"socket_timeout": patience, "socket_connect_timeout": patience}
    client = redis.Redis.from_url(address, retry=Retry(NoBackoff(), 1), **waits)
    return client, redis.RedisError


def _living(held: dict[str, bytes], now: float) -> dict[str, bytes]:
    """Values of the fields that have not ended."""
    parted = {name: kept.partition(b"|") for name, kept in held.items()}
    return {name: value for name, (ends, _, value) in parted.items() if float(ends) > now}
