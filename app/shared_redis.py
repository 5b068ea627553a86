"""A shelf in Redis on which machines lay the frames they compute, one list a state, for each other.

Beside a list stands for some seconds the word of the one who adds to it. Every message carries a digest
of itself, its state and its place: what is damaged, or stands where it should not, is never shown.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from app import cache
from app.store_redis import connected

PATIENCE = 0.5  # seconds to wait for the server: computing is not put off for longer
LEASE = 2.0  # seconds that the word of one who adds stands; one that died holds others up so long
WINDOW = 32  # messages that are asked for at once
FRESH = 60  # seconds that a list without its end is kept
KEEP = 3600  # seconds that a whole one is; the server's own limit of memory may be shorter
FRAME, END = b"F", b"E"
MARK = 1 + 16  # bytes before a message: what it is, and its digest

Taken = Literal["taken", "another's", "full"]
Standing = Literal["whole", "more", "yours", "theirs", "damaged", "full"]

ASK = """
local from, there = tonumber(ARGV[3]), redis.call('LLEN', KEYS[1])
local found = redis.call('LRANGE', KEYS[1], from, from + tonumber(ARGV[4]) - 1)
if there > 0 and string.sub(redis.call('LINDEX', KEYS[1], -1), 1, 1) == 'E' then return {'whole', there, found} end
if from + #found < there then return {'more', there, found} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {'yours', there, found} end
return {'theirs', there, found}
"""
TELL = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[3]) then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 0
end
for i = 5, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
"""


class Trouble(Exception):
    """The server does not answer, or not in time; says why."""


class Ask(NamedTuple):
    """What comes after the first messages of a state; who asks would compute the rest."""

    state: str
    first: int


class Tell(NamedTuple):
    """The next messages of a state, by the one who computes it; `over`: there will be no more."""

    state: str
    first: int
    messages: list[bytes]
    over: bool = False
    whole: bool = False


class Found(NamedTuple):
    """How a state stands, how many messages lie there, and those that were asked for."""

    standing: Standing
    there: int = 0
    messages: tuple[bytes, ...] = ()
    whole: bool = False  # the last of them is the state's last


class Shelf:
    """The shelf in the server at an address as `redis://host:6379/0`; `word` is who we are."""

    def __init__(self, address: str, word: str) -> None:
        self.client, self.failure = connected(address, PATIENCE)
        self.word = word

    def turn(self, asks: Iterable[Ask], tells: Iterable[Tell]) -> tuple[list[Found], list[Taken]]:
        """All questions and all news in one round trip; raises Trouble."""
        asks, tells = list(asks), list(tells)
        pipe = self.client.pipeline(transaction=False)
        for tell in tells:
            name = named(tell.state)
            marked = [
                mark(FRAME, name, place, message)
                for place, message in enumerate(tell.messages, tell.first)
            ]
            if tell.whole:
                marked.append(mark(END, name, tell.first + len(tell.messages), b""))
            lease, kept = (1 if tell.over else _ms(LEASE)), (KEEP if tell.whole else FRESH)
            pipe.eval(TELL, 2, *keys(name), self.word, lease, tell.first, kept, *marked)
        for ask in asks:
            where = keys(named(ask.state))
            pipe.eval(ASK, 2, *where, self.word, _ms(LEASE), ask.first, WINDOW)
        answers = self._sent(pipe)
        told, found = answers[: len(tells)], answers[len(tells) :]
        return [self._found(*one) for one in zip(asks, found, strict=True)], [*map(_taken, told)]

    def well(self) -> None:
        """Raise Trouble if the server does not answer."""
        try:
            self.client.ping()
        except self.failure as problem:
            raise Trouble(str(problem)) from problem

    def _sent(self, pipe: Any) -> list[Any]:
        try:
            return list(pipe.execute(raise_on_error=False))
        except self.failure as problem:
            raise Trouble(str(problem)) from problem

    def _found(self, ask: Ask, answer: Any) -> Found:
        """An answer, looked at message by message."""
        if _full(answer):
            return Found("full")
        standing, there, lying = answer
        name, messages = named(ask.state), list[bytes]()
        for place, one in enumerate(lying, ask.first):
            kind, message = one[:1], one[MARK:]
            if one[:MARK] != mark(kind, name, place, message)[:MARK]:
                self.client.delete(*keys(name))
                return Found("damaged")
            if kind == END:
                return Found("whole", there, tuple(messages), True)
            messages.append(message)
        return Found(standing.decode(), there, tuple(messages))


def named(state: str) -> str:
    """The name of a state's list: two versions of the app share nothing."""
    return blake2b(f"{cache.version()} {state}".encode(), digest_size=20).hexdigest()


def keys(name: str) -> tuple[str, str]:
    """Where a list lies, and the word of the one who adds to it; in a cluster on one server."""
    return f"glassbox:run:{{{name}}}", f"glassbox:run:{{{name}}}:who"


def mark(kind: bytes, name: str, place: int, message: bytes) -> bytes:
    """A message as it lies on the shelf."""
    said = blake2b(message, digest_size=16, key=kind + f"{place} {name}".encode())
    return kind + said.digest() + message


def _full(answer: Any) -> bool:
    """Whether the server has no room; raises Trouble for what else it may have said in place of an answer."""
    if isinstance(answer, Exception) and "maxmemory" not in str(answer):
        raise Trouble(str(answer))
    return isinstance(answer, Exception)


def _taken(answer: Any) -> Taken:
    if _full(answer):
        return "full"
    return "taken" if answer else "another's"


def _ms(seconds: float) -> int:
    return int(1000 * seconds)
