"""What the body of a request says, where it is JSON that can be said again."""

import json
from typing import Any


def parsed(body: bytes) -> Any:
    """The value; ValueError where there is none, where it nests too deep, or holds half a letter."""
    try:
        given = json.loads(body)
        json.dumps(given, ensure_ascii=False).encode()
    except RecursionError as problem:
        raise ValueError("nested too deep") from problem
    return given
