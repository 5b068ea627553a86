"""Several containers behind one address, as a cluster has them: who is next is asked, and Redis is theirs in common.

Each container is one process with a cache of its own. nginx here keeps nothing, knows nobody again and
takes turns; a container that dies is started again. All on this machine: its cores do not multiply.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app import front
from app.serve import Child, House, answers, quiet_signals
from bench.load.server import STARTS, Served, below

TURNS = """
daemon off;
{user}
pid {run}/nginx.pid;
error_log stderr alert;
worker_processes 1;
worker_rlimit_nofile {files};
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;
    upstream containers {{
        {servers}
        keepalive 64;
        keepalive_timeout 3s;
    }}
    keepalive_requests 10000;
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        location / {{
            proxy_pass http://containers;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_read_timeout 600s;
            proxy_max_temp_file_size 0;
        }}
    }}
}}
"""


@dataclass(frozen=True)
class Machines(Served):
    """Containers under way, and the folder where they and their Redis listen."""

    run: Path = Path()

    def kill(self, number: int) -> None:
        """End a container at once, as when its machine is gone."""
        for pid in below(self.pid):
            with suppress(OSError):
                if str(front.socket(self.run, number)).encode() in _command(pid):
                    os.kill(pid, signal.SIGKILL)

    def redis(self) -> dict[str, int]:
        """What Redis says of itself, numbers only."""
        asked = ["redis-cli", "-s", str(self.run / "redis.sock"), "info"]
        told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        return {name: int(value) for name, value in re.findall(r"^(\w+):(\d+)\r?$", told, re.M)}


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@contextmanager
def machines(port: int, count: int) -> Iterator[Machines]:
    """So many containers, once all of them answer."""
    with tempfile.TemporaryDirectory(prefix="glassbox-machines-") as folder:
        run = Path(folder)
        command = [sys.executable, "-m", "bench.load.machines", folder, str(port), str(count)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + STARTS
            while not all(answers(front.socket(run, n)) for n in range(1, count + 1)):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the containers do not start; they say why above")
                time.sleep(0.1)
            yield Machines(f"http://127.0.0.1:{port}", process.pid, count, run)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def keep(run: Path, port: int, count: int) -> int:
    """Redis, the containers and what takes turns between them, until told to end."""
    sockets = [front.socket(run, number) for number in range(1, count + 1)]
    user = "user root;" if os.geteuid() == 0 else ""
    servers = "\n        ".join(f"server unix:{path} max_fails=0;" for path in sockets)
    files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], front.MOST_FILES)
    told = {"run": run, "port": port, "files": files, "connections": files // 2}
    (run / "turns.conf").write_text(TURNS.format(user=user, servers=servers, **told))
    redis = shutil.which("redis-server")
    if redis is None:
        print("redis-server is not installed: apt-get install redis-server", file=sys.stderr)
        return 1
    os.environ["GLASSBOX_STORE"] = f"unix://{run}/redis.sock"
    os.environ["GLASSBOX_WORKERS"] = str(max(1, (os.cpu_count() or 1) // count))
    turns = [front.nginx(), "-p", str(run), "-e", "stderr", "-c", str(run / "turns.conf")]
    kept = [redis, "--port", "0", "--save", "", "--dir", str(run)]
    with quiet_signals():
        return House(
            [
                Child([*kept, "--unixsocket", str(run / "redis.sock")], signal.SIGTERM),
                Child(turns, signal.SIGQUIT),
                *(Child(_container(path), signal.SIGTERM, path) for path in sockets),
            ]
        ).keep()


def _container(socket: Path) -> list[str]:
    own = f"GLASSBOX_CACHE={socket.with_suffix('')}"
    return ["env", own, sys.executable, "-m", "app", "run", "--socket", str(socket)]


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
