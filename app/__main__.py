"""python -m app: run the app, list what it shows, render or record states, check the graphs."""

import argparse
import gc
import os
import signal
import sys
from types import FrameType
from typing import Any

# Small matrix products are slower on two threads than on one, and the cores are the workers' to share.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    run = commands.add_parser("run", help="start the app (the default)")
    run.add_argument("--host", default=os.environ.get("GLASSBOX_HOST", "127.0.0.1"))
    run.add_argument("--port", type=int, default=int(os.environ.get("GLASSBOX_PORT", "7860")))
    run.add_argument("--socket", help="a path to listen at in place of host and port")
    run.add_argument(
        "--mcp",
        action="store_true",
        default=os.environ.get("GLASSBOX_MCP") == "1",
        help="every page also as an MCP tool (requirements-mcp.txt)",
    )
    serving = commands.add_parser("serve", help="several processes behind nginx, as the image does")
    serving.add_argument("--host", default=os.environ.get("GLASSBOX_HOST", "127.0.0.1"))
    serving.add_argument("--port", type=int, default=int(os.environ.get("GLASSBOX_PORT", "7860")))
    serving.add_argument("--processes", type=int, default=_processes())
    listing = commands.add_parser("list", help="every concept, with what can be set")
    listing.add_argument(
        "--json", action="store_true", help="with parameters, ranges, rows, graphs"
    )
    render = commands.add_parser("render", help="compute one state without a server")
    render.add_argument("state", help="chapter/concept?query")
    render.add_argument(
        "--out", required=True, help="a .json, .npz, .csv, .py, .ipynb, .onnx, .html or .png"
    )
    recorded = commands.add_parser(
        "record", help="compute every lesson's states now, to be shown at once"
    )
    recorded.add_argument("pages", nargs="*", help="chapter/concept; all where none is named")
    thumbs = commands.add_parser("thumbs", help="record the start page's moving thumbnails anew")
    thumbs.add_argument("pages", nargs="*", help="chapter/concept; all where none is named")
    commands.add_parser("check", help="every graph: hash, inputs, outputs, provider, latency")
    given = parser.parse_args(arguments)
    match given.command:
        case "list":
            return _list(given.json)
        case "render":
            return _render(given.state, given.out)
        case "thumbs":
            return _thumbs(tuple(given.pages))
        case "check":
            return _check()
        case "serve":
            from app import serve

            return serve.serve(given.host, given.port, max(1, given.processes))
        case "record":
            return _record(tuple(given.pages))
        case _:
            given = parser.parse_args(["run", *(arguments or [])]) if not given.command else given
            return _run(given.host, given.port, given.socket, given.mcp)


def _processes() -> int:
    """As many as cores, within reason; GLASSBOX_PROCESSES says otherwise."""
    return int(os.environ.get("GLASSBOX_PROCESSES") or min(os.cpu_count() or 1, 4))


def _run(host: str, port: int, socket: str | None, mcp: bool) -> int:
    import threading

    import uvicorn

    from app import birth
    from app.desk import DESK

    # the first worker process gets ready on another core while Gradio is imported on this
    threading.Thread(target=DESK.workers.warm, daemon=True).start()
    from app.prompt import Prompt
    from app.ui.door import NoMCP
    from app.ui.server import server

    try:
        page = server(mcp)
    except NoMCP as problem:
        print(problem, file=sys.stderr)
        return 1

    page.state.socket = socket

    class Serving(uvicorn.Server):
        """Told to end, it lets the followers of rooms go at once: they would never go by themselves."""

        async def startup(self, sockets: list[Any] | None = None) -> None:
            await super().startup(sockets)
            birth.listening()

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            page.state.audience.leaving = True
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        page,
        host=host,
        port=port,
        uds=socket,
        forwarded_allow_ips="*" if socket else None,  # only nginx can reach it
        http=Prompt,
        log_level="warning",
        timeout_graceful_shutdown=5,  # Gradio's event streams never end by themselves
        ws_per_message_deflate=False,
    )
    serving = Serving(config)
    signal.signal(signal.SIGTERM, serving.handle_exit)  # also as process 1
    if not socket:
        name = "localhost" if host in ("127.0.0.1", "0.0.0.0") else host
        print(f"Glassbox is at http://{name}:{port}", flush=True)
    serving.run()
    # Python would look through all there is before it ends: 0.8 CPU-s, 4 s on a busy machine; so 0.07.
    gc.freeze()
    return 0 if serving.started else 1


def _list(as_json: bool) -> int:
    from app import describe

    found = describe.everything()
    if as_json:
        import json

        print(json.dumps(found, indent=1, ensure_ascii=False))
        return 0
    for concept in found:
        print(f"{concept['chapter']}/{concept['key']:<14} {concept['title']}: {concept['blurb']}")
    return 0


def _render(state: str, out: str) -> int:
    from app import render
    from app.opened import NoConcept, NoNet
    from app.params import BadParam
    from app.standalone import NoBrowser
    from models.catalogue import GraphMissing

    try:
        render.to_file(state, out)
    except (
        BadParam,
        GraphMissing,
        NoBrowser,
        NoConcept,
        NoNet,
        OSError,
        render.CannotRender,
    ) as problem:
        print(f"cannot render {state}: {problem}", file=sys.stderr)
        return 1
    return 0


def _record(pages: tuple[str, ...]) -> int:
    from app import record

    found = []
    for run in record.everything(pages):
        found.append(run)
        words = run.left_out or f"{run.frames} frames, {run.size / 2**10:.0f} kB"
        print(f"{run.state}  {words}, {run.cpu:.2f} CPU-s", flush=True)
    kept = [run for run in found if not run.left_out]
    print(f"{len(kept)} of {len(found)} runs kept, {sum(r.size for r in kept) / 2**20:.1f} MB")
    return 0 if kept else 1


def _thumbs(pages: tuple[str, ...]) -> int:
    from app import thumbs
    from app.standalone import NoBrowser

    try:
        for line in thumbs.record(pages):
            print(line, flush=True)
    except NoBrowser as problem:
        print(f"cannot record: {problem}", file=sys.stderr)
        return 1
    return 0


def _check() -> int:
    from app.contents import entries
    from models import catalogue
    from models.check import check

    named = {name for entry in entries() for name in entry.concept.graphs}
    report = check(tuple(sorted(named | set(catalogue.names()))))
    for row in report.rows:
        print(f"{row.name}  sha256 {row.sha256[:12]}  {row.provider} ({row.nodes} nodes)")
        print(f"    in   {row.inputs}\n    out  {row.outputs}")
        print(f"    first answer {row.first:.1f} ms, median {row.median:.2f} ms")
    for problem in report.problems:
        print(problem, file=sys.stderr)
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
