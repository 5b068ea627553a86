"""Serving as the image does: nginx in front, several processes of the app behind it, all watched.

One that dies is started again; one that says nothing for long is ended first. SIGTERM lets all finish
what they are at, for some seconds. If this process is killed, the others end with it.
"""

import ctypes
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app import cache, front

LOOK = 0.25  # seconds between looks at the processes
ASK = 5.0  # seconds from one question whether a process is well to the next
SILENCE = 60.0  # seconds without an answer after which a process is ended: busy ones may be slow
START = 300.0  # the same before its first answer, on a machine that has much else to do
DRAIN = 8.0  # seconds for what is under way when all is to end
LONG = 10.0  # seconds that a process must last for its start to count as one
LONGEST = 30.0  # seconds at most from one start to the next try
GIVE_UP = 3  # starts in a row that must fail, before any process has answered, for all to end
TOLD = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)
DISK = Path("/data")  # where a Space keeps what is to last, if it has been given such a disk


@dataclass
class Child:
    """A process that is to run: how it is started, since when it runs, how often that failed."""

    command: list[str]
    asked_to_end: signal.Signals  # what it takes for "finish what you are at"
    address: Path | None = None  # where it can be asked how it is
    process: "subprocess.Popen[bytes] | None" = None
    born: float = 0.0
    heard: float = 0.0  # when it last answered
    failed: int = 0  # starts in a row that did not last
    again: float = 0.0  # not before this time

    def start(self, now: float) -> None:
        self.born, self.heard = now, now
        self.process = subprocess.Popen(self.command, preexec_fn=_as_child)

    def mind(self, now: float) -> None:
        """Start it if it does not run; end it if it has been silent for too long."""
        if self.process is None:
            if now >= self.again:
                self.start(now)
            return
        status = self.process.poll()
        if status is None:
            patience = SILENCE if self.heard > self.born else START
            if self.address and now - self.heard > patience:
                print(f"{self.name()} has been silent for {patience:.0f} s: ended", file=sys.stderr)
                self.process.kill()
            return
        self.failed = 0 if now - self.born > LONG else self.failed + 1
        self.again = now + (min(LONGEST, 2.0 ** (self.failed - 1)) if self.failed else 0)
        self.process = None
        wait = self.again - now
        print(f"{self.name()} ended ({status}); started again in {wait:.0f} s", file=sys.stderr)

    def name(self) -> str:
        return self.address.stem if self.address else "nginx"

    def end(self, how: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)


def _as_child() -> None:
    """Between fork and exec: hear signals again, and end when the one who started it does."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD)
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class House:
    """nginx and the processes behind it."""

    children: list[Child]
    born: float = field(default_factory=time.monotonic)
    opened: float = 0.0  # seconds until a process answered

    def keep(self) -> int:
        """Keep all running until told to end; the exit status."""
        threading.Thread(target=self._ask, daemon=True).start()
        while True:
            told = signal.sigtimedwait(TOLD, LOOK)
            if told and told.si_signo in (signal.SIGTERM, signal.SIGINT):
                return self.end()
            for child in self.children:
                child.mind(time.monotonic())
            self._bury()
            if not self.opened and any(child.failed >= GIVE_UP for child in self.children):
                print("it does not stay up: see above", file=sys.stderr)
                self.end()
                return 1

    def end(self) -> int:
        """Let all finish what they are at, then end what is left."""
        for child in self.children:
            child.end(child.asked_to_end)
        until = time.monotonic() + DRAIN
        while any(c.process and c.process.poll() is None for c in self.children):
            if time.monotonic() > until:
                for child in self.children:
                    child.end(signal.SIGKILL)
            time.sleep(0.02)
        return 0

    def _bury(self) -> None:
        """As process 1, take the status of those whose parents are gone."""
        if os.getpid() != 1:
            return
        own = {child.process.pid for child in self.children if child.process}
        while True:
            try:
                ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if ended is None or ended.si_pid in own:
                return
            os.waitpid(ended.si_pid, 0)

    def _ask(self) -> None:
        """Ask each process how it is, over and over."""
        while True:
            for child in self.children:
                if child.address and child.process and answers(child.address):
                    child.heard = time.monotonic()
                    self._open(child.heard)
            time.sleep(ASK if self.opened else LOOK)

    def _open(self, now: float) -> None:
        if not self.opened:
            self.opened = now - self.born
            print(f"the first process answered after {self.opened:.1f} s", flush=True)


def answers(address: Path) -> bool:
    """Whether the process that listens there says that it is well."""
    try:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(ASK)
            asked.connect(str(address))
            asked.sendall(b"GET /healthz HTTP/1.0\r\nhost: localhost\r\n\r\n")
            return b" 200 " in asked.recv(64)
    except OSError:
        return False


@contextmanager
def quiet_signals() -> Iterator[None]:
    """Signals wait until they are asked for: so none is lost, and process 1 hears them too."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, TOLD)
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def settle_in(processes: int) -> None:
    """What all processes inherit: their share of the cores, room for many visitors, a disk that lasts.

    What the image has recorded goes to that disk too, where there is one; TensorRT's engines stay on it.
    """
    share = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("GLASSBOX_WORKERS", str(share))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, front.MOST_FILES), most))
    if "GLASSBOX_CACHE" not in os.environ and os.access(DISK, os.W_OK):
        recorded = cache.folder()
        os.environ["GLASSBOX_CACHE"] = str(DISK / "glassbox")
        if recorded.is_dir():
            shutil.copytree(recorded, cache.folder(), dirs_exist_ok=True)


def serve(host: str, port: int, processes: int) -> int:
    """Serve until SIGTERM; the exit status."""
    run = Path(tempfile.mkdtemp(prefix="glassbox-"))
    settle_in(processes)
    try:
        with quiet_signals():
            nginx = Child(front.write(run, f"{host}:{port}", processes), signal.SIGQUIT)
            sockets = [front.socket(run, number) for number in range(1, processes + 1)]
            behind = [
                Child(
                    [sys.executable, "-m", "app", "run", "--socket", str(path)],
                    signal.SIGTERM,
                    path,
                )
                for path in sockets
            ]
            print(f"Glassbox is at http://localhost:{port}: {processes} processes", flush=True)
            return House([nginx, *behind]).keep()
    except front.NoFront as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(run, ignore_errors=True)
