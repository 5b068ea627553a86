"""The only Gradio: tabs to walk by, the player, and the words below it.

Nothing here fetches an address for anybody: Gradio would where a parameter is a record that names one.

On import Gradio parses each of its components to rewrite stub files for editors, which is half the time
of a start. A class whose file cannot be found is passed over: for that moment none of its own is.
"""

import inspect
from typing import Any, NoReturn

_getfile = inspect.getfile


def _unless_gradios(thing: Any) -> str:
    if isinstance(thing, type) and thing.__module__.startswith("gradio."):
        raise OSError("no stub file is wanted")
    return _getfile(thing)


inspect.getfile = _unless_gradios  # type: ignore[assignment]  # narrower, and only for a moment
try:
    import gradio
finally:
    inspect.getfile = _getfile


async def _fetch(url: str, *given: Any, **named: Any) -> NoReturn:
    raise gradio.Error("a file elsewhere is named, expected a value", print_exception=False)


gradio.processing_utils.async_ssrf_protected_download = _fetch
