"""A clean Debian in a folder, and the steps of an image run in it: debootstrap, chroot, no engine.

It needs root. What is mounted for a step goes with the step; the network and its certificates are those
of this machine.
"""

import os
import shlex
import shutil
import ssl
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from ops.dockerfile import Stage, assignments

MIRROR = "http://deb.debian.org/debian"
BASES = {"debian:bookworm-slim": "bookworm"}  # images that debootstrap can make
CERTIFICATES = "/run/certificates.crt"  # of this machine, in a step
TELL = ("REQUESTS_CA_BUNDLE", "PIP_CERT", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
INDEX = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_DEFAULT_TIMEOUT", "http_proxy", "https_proxy")
# What Debian's slim images leave out, and what the package manager can fetch again.
SPARED = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "var/cache/apt",
    "var/lib/apt/lists",
)


@dataclass
class Root:
    """A folder that holds a system, and what a step in it starts with."""

    path: Path
    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    folder: str = "/"
    user: str = "0"

    def enter(self, words: list[str], *apart: str) -> list[str]:
        """The command that runs these words inside; `apart` as unshare has it."""
        proc = f"{self.path}/proc"
        mounts = [
            f"mount -t proc proc {proc}",
            f"mount --rbind /dev {self.path}/dev",
            f"touch {self.path}{CERTIFICATES}",
            f"mount --bind {certificates()} {self.path}{CERTIFICATES}",
        ]
        shell = f"cd {self.folder} && exec {shlex.join(words)}"
        inside = [
            str(shutil.which("chroot")),
            f"--userspec={self.user}:{self.user}",
            str(self.path),
            "/bin/sh",
            "-c",
        ]
        script = " && ".join([*mounts, f"exec {shlex.join([*inside, shell])}"])
        return ["unshare", "--mount", *apart, "/bin/sh", "-c", script]

    def surroundings(self) -> dict[str, str]:
        """The variables of a step: the image's own, and the way to the package index."""
        index = {name: os.environ[name] for name in INDEX if name in os.environ}
        return index | dict.fromkeys(TELL, CERTIFICATES) | self.environment

    def run(self, words: list[str]) -> None:
        subprocess.run(self.enter(words), env=self.surroundings(), check=True)

    def size(self) -> float:
        """MB on disk."""
        told = subprocess.run(
            ["du", "-sx", "--block-size=1000000", str(self.path)], capture_output=True, text=True
        )
        return float(told.stdout.split()[0])


def bootstrap(suite: str, kept: Path) -> None:
    """A minimal Debian in the folder `kept`, made once."""
    if (kept / "etc/debian_version").exists():
        return
    subprocess.run(["debootstrap", "--variant=minbase", suite, str(kept), MIRROR], check=True)
    for spared in SPARED:
        shutil.rmtree(kept / spared, ignore_errors=True)
        (kept / spared).mkdir(parents=True)
    for name in ("resolv.conf", "hosts"):
        shutil.copy(f"/etc/{name}", kept / "etc" / name)


def copied(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", "--reflink=auto", f"{source}/.", str(target)], check=True)


def build(stage: Stage, roots: dict[str, Root], path: Path, context: Path) -> Root:
    """Run the steps of a stage in a copy of what it begins with."""
    base = roots[stage.base]
    path.mkdir(parents=True)
    copied(base.path, path)
    root = Root(path, dict(base.environment), base.folder, base.user)
    for step, rest in stage.steps:
        print(f"{stage.name}: {step} {rest[:100]}", flush=True)
        _take(step, rest, root, roots, context)
    return root


def _take(step: str, rest: str, root: Root, roots: dict[str, Root], context: Path) -> None:
    match step:
        case "ENV":
            root.environment |= assignments(rest)
        case "WORKDIR":
            root.folder = rest
            inside(root, rest).mkdir(parents=True, exist_ok=True)
        case "USER":
            root.user = rest
        case "RUN":
            root.run(["/bin/sh", "-c", rest])
        case "COPY":
            _copy(rest.split(), root, roots, context)


def _copy(words: list[str], root: Root, roots: dict[str, Root], context: Path) -> None:
    flags = dict(word[2:].split("=") for word in words if word.startswith("--"))
    *sources, target = (word for word in words if not word.startswith("--"))
    top = roots[flags["from"]].path if "from" in flags else context
    for source in sources:
        start, end = top / source.lstrip("/"), inside(root, target)
        if target.endswith("/"):
            end = end / start.name
        end.parent.mkdir(parents=True, exist_ok=True)
        if start.is_dir():
            shutil.copytree(start, end, symlinks=True, dirs_exist_ok=True, ignore=_ignored(context))
        else:
            shutil.copy2(start, end)
        if owner := flags.get("chown"):
            subprocess.run(["chown", "-R", owner, str(end)], check=True)


def _ignored(context: Path):  # noqa: ANN202 (what shutil asks for)
    """What .dockerignore leaves out."""
    lines = (context / ".dockerignore").read_text().split()
    names = [line.removeprefix("**/") for line in lines]

    def ignored(folder: str, found: list[str]) -> set[str]:
        own = Path(folder).is_relative_to(context)
        return {name for name in found if own and any(fnmatch(name, given) for given in names)}

    return ignored


def inside(root: Root, path: str) -> Path:
    """A path of the image, as seen from here."""
    return root.path / (Path(root.folder) / path).relative_to("/")


def certificates() -> str:
    """The file of authorities that this machine trusts."""
    return ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"
