"""What a room does not grant, and why, in words."""

# why a request is refused: the status, and the words for those who read the answer themselves
REFUSALS = {
    "unknown": (404, "there is no room with this code; codes are 8 letters and digits"),
    "ended": (410, "this room has ended; ask the presenter for a new code"),
    "wrong": (429, "too many wrong codes from this address; wait ten minutes"),
    "key": (403, "only the page that opened the room can steer it"),
    "reader": (403, "join the room first: POST /rooms/<code>/join"),
    "rooms": (503, "as many rooms are open as this server holds; try again later"),
    "opened": (429, "too many rooms from this address within an hour; wait a while"),
    "full": (503, "the room is full"),
    "often": (429, "too often; wait a few seconds"),
    "streams": (503, "this server has no place for another follower; try again later"),
    "large": (413, "more than 16 kB were sent, expected a small JSON object"),
    "state": (422, "expected JSON as {path, query, step, at, playing, speed, loop}"),
    "answer": (422, "expected JSON as {path, step, option}, of a step of a lesson"),
    "store": (503, "rooms are not to be had on this server now; everything else works"),
}


class Refused(Exception):
    """A request that a room does not grant; `why` is a key of REFUSALS."""

    def __init__(self, why: str, words: str = "") -> None:
        self.why = why
        self.status, said = REFUSALS[why]
        super().__init__(words or said)
