"""A graph computed by an inference server such as Triton; by this machine while no server answers."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from time import perf_counter

import httpx
import numpy as np

from models.card import GraphSpec
from models.runtime import kserve
from models.runtime.session import Latency, Running, first_line

Array = np.ndarray

DEADLINE = 2.0  # seconds that a server has for a call, sending and reading included
CONNECT = 0.5  # of these, to take the call at all
PAUSES = (2.0, 60.0)  # seconds that a failed server is left alone: at first, doubled up to
REMOTE = "fp16"  # the precision that a server is allowed, where the graph bears it
SPARE = 65536  # bytes an answer may have beside its arrays


@dataclass
class Server:
    """One server, as one graph has found it: the breaker that keeps calls from one that fails."""

    address: str
    trusted: bool = False  # its answer has been compared with ours
    why: str = ""  # it failed; empty while it answers
    pause: float = 0.0
    until: float = 0.0  # monotonic seconds; before, it is not asked

    def failed(self, why: str, now: float) -> None:
        """Leave it alone for a while, longer each time."""
        self.trusted = False
        self.why = why
        self.pause = min(max(2 * self.pause, PAUSES[0]), PAUSES[1])
        self.until = now + self.pause

    def answered(self) -> None:
        self.trusted, self.why, self.pause, self.until = True, "", 0.0, 0.0


class Remote:
    """A graph on servers, with the session of this machine to fall back on; safe from many threads."""

    tier = "Triton"

    def __init__(
        self,
        known: GraphSpec,
        local: Running,
        addresses: Iterable[str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.known, self.local, self.clock = known, local, clock
        self.servers = [Server(address) for address in addresses]
        self.serving: Server | None = None  # who gave the latest answer
        self.latency = Latency()
        self.lock = Lock()
        self.client = httpx.Client(
            trust_env=False, timeout=httpx.Timeout(DEADLINE, connect=CONNECT)
        )

    @property
    def provider(self) -> str:
        """Who gave the latest answer: "server at http://…", or this machine's "CPU"."""
        serving = self.serving
        return f"server at {serving.address}" if serving else self.local.provider

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        """Servers that do not answer, each with why; while none does, this machine's own reasons too."""
        down = tuple((f"server at {s.address}", s.why) for s in self.servers if s.why)
        return down if self.serving else (*down, *self.local.refused)

    @property
    def nodes(self) -> Mapping[str, int]:
        return {} if self.serving else self.local.nodes

    @property
    def outputs(self) -> tuple[str, ...]:
        return self.local.outputs

    def close(self) -> None:
        """Let go of the connections."""
        self.client.close()

    def run(self, inputs: Mapping[str, Array], wanted: Sequence[str] = ()) -> dict[str, Array]:
        """The outputs by name, of the first server that answers in time, else of this machine."""
        names = tuple(wanted) or self.outputs
        begin = perf_counter()
        found = None
        for server in self.servers:
            if self._may_ask(server):
                found = self._asked(server, inputs, names)
            if found is not None:
                self.serving = server
                break
        else:
            self.serving = None
            found = self.local.run(inputs, names)
        self.latency.add((perf_counter() - begin) * 1e3)
        assert found is not None
        return found

    def _may_ask(self, server: Server) -> bool:
        """Whether it answers as far as is known; of those that wait to try a failed one, one may."""
        with self.lock:
            now = self.clock()
            if now < server.until:
                return False
            if server.why:
                server.until = now + server.pause
            return True

    def _asked(
        self, server: Server, inputs: Mapping[str, Array], names: tuple[str, ...]
    ) -> dict[str, Array] | None:
        """Its answer; None where there is none, which the server's record then says."""
        try:
            found = self._call(server, inputs, names)
            if not server.trusted:
                self._compare(found, self.local.run(inputs, names))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, kserve.BadAnswer) as wrong:
            with self.lock:
                server.failed(f"{type(wrong).__name__}: {first_line(wrong)}", self.clock())
            return None
        with self.lock:
            server.answered()
        return found

    def _call(
        self, server: Server, inputs: Mapping[str, Array], names: tuple[str, ...]
    ) -> dict[str, Array]:
        """One exchange; raises httpx.HTTPError or BadAnswer. A trickle of bytes has a deadline too."""
        outputs = kserve.expected(self.known, inputs, names)
        content, headers = kserve.request(self.known, inputs, names)
        most = SPARE + sum(32 * output.size for output in outputs.values())  # as JSON, at worst
        end = perf_counter() + DEADLINE
        body = bytearray()
        url = server.address + kserve.infer_path(self.known)
        with self.client.stream("POST", url, content=content, headers=headers) as response:
            for piece in response.iter_bytes():
                body += piece
                if perf_counter() > end:
                    raise kserve.BadAnswer(f"no whole answer within {DEADLINE:g} s")
                if len(body) > most:
                    raise kserve.BadAnswer(f"more than {most:,} bytes came")
        if response.status_code != 200:
            said = bytes(body[:120]).decode(errors="replace")
            raise kserve.BadAnswer(f"status {response.status_code}: {said}")
        length = response.headers.get(kserve.LENGTH)
        return kserve.answer(self.known, bytes(body), length, outputs)

    def _compare(self, theirs: Mapping[str, Array], ours: Mapping[str, Array]) -> None:
        """Raises BadAnswer where a server computes something else than this machine, as it may in half
        precision and no more."""
        precision = "fp32" if self.known.parity.unfit(REMOTE) else REMOTE
        if why := self.known.parity.apart(theirs, ours, precision):
            raise kserve.BadAnswer(f"it computes something else: {why}")
