"""NVIDIA's own Triton as a process of this machine, without a GPU; `triton.py` beside it only plays one.

The wheel of nvidia-pytriton (requirements-triton.txt) holds its binary, but no backend for ONNX:
`onnxruntime_backend.py` stands in. Configuration, versions, warm-up, batching and protocol are NVIDIA's own;
TensorRT and the backend in C++ are not tried.
"""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from tests.browser.conftest import free_port
from tests.test_frames import until

WHEEL = Path(sys.prefix, "triton")
HOME = WHEEL / "pytriton" / "tritonserver"
PYTHON = "{}.{}".format(*sys.version_info)
STUB = HOME / "python_backend_stubs" / PYTHON / "triton_python_backend_stub"
LIBRARY = Path(sysconfig.get_config_var("LIBDIR") or "/", f"libpython{PYTHON}.so.1.0")


def lacking():
    """Why it cannot be started here, in words; empty where it can."""
    if not HOME.exists():
        return (
            f"{WHEEL} has no Triton: make test puts it there on Linux, x86-64, glibc 2.35 or later"
        )
    lost = [str(file) for file in (STUB, LIBRARY) if not file.exists()]
    return f"Triton's backend in Python needs {', '.join(lost)}" if lost else ""


class Server:
    """A Triton that serves a model repository; it may be killed and started again."""

    def __init__(self, repository, folder):
        self.repository, self.folder, self.port = repository, folder, free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.started = []  # process groups
        python = shutil.copytree(HOME / "backends" / "python", folder / "backends" / "python")
        shutil.copy(STUB, python)
        ours = folder / "backends" / "onnxruntime"
        ours.mkdir()
        shutil.copy(Path(__file__).with_name("onnxruntime_backend.py"), ours / "model.py")
        self.start()

    def start(self):
        """Comes back when every graph is loaded and warm; raises what Triton said of one that is not."""
        command = {
            "model-repository": self.repository,
            "backend-directory": self.folder / "backends",
            "http-address": "127.0.0.1",
            "http-port": self.port,
            "allow-grpc": "false",
            "allow-metrics": "false",
        }
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        places = {
            "LD_LIBRARY_PATH": f"{WHEEL / 'nvidia_pytriton.libs'}:{LIBRARY.parent}",
            # by the first python of the path it finds what belongs to Python
            "PATH": f"{sys.base_exec_prefix}/bin:{os.environ['PATH']}",
            "PYTHONHOME": sys.base_prefix,
            "PACKAGES": sysconfig.get_path("purelib"),
        }
        log = self.folder / "log"
        with log.open("wb") as kept:
            self.process = subprocess.Popen(
                [HOME / "bin" / "tritonserver", *(f"--{k}={v}" for k, v in command.items())],
                env={**os.environ, **threads, **places},
                stdout=kept,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(self.process.pid)
        try:
            until(lambda: self.process.poll() is not None or self.ready(), 120)
            if self.process.poll() is not None:
                raise RuntimeError(log.read_text(errors="replace")[-4000:])
        except BaseException:
            self.end()  # one that gives up leaves its backends behind
            raise

    def end(self):
        """Whatever is left of it, at once."""
        for group in self.started:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def ready(self):
        """Whether all graphs are served."""
        try:
            return self.get("/v2/health/ready") == b""
        except OSError:
            return False

    def get(self, path):
        """What one of its own pages says; raises OSError where it says that it cannot."""
        with urlopen(self.address + path, timeout=30) as page:
            return page.read()

    def kill(self):
        """kill -9; its backends' processes find out by themselves, and leave."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it and waits for all of its processes."""
        self.process.terminate()
        self.process.wait(60)
        until(self.alone, 30)

    def alone(self):
        """Whether none of its processes runs any more; whoever adopts the dead may bury them later."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has just ended
                state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
                if int(group) in self.started and state != "Z":
                    return False
        return True
