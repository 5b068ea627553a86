"""What a frame looks like: named views made of plain arrays. No drawing code, no colours.

Lengths: h, w, n, m, k, d are whatever the arrays have. Float arrays travel as float32; those marked
`COARSE` travel in 16 bits between their own ends, finer than a pixel on any screen; those marked
`SHADES` in 8 bits where they are large. An array that is equal to one already sent in the same run
is not sent again, so static layers cost nothing, and one that nobody can write to is not even
looked at again. Of square matrices with nothing above the diagonal only the rest is sent.
Every view but `Numbers` and `Clock` has a `title`, which says what it shows (not what kind of chart
it is), and `says`, one sentence in words for those who cannot see it, with this frame's values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int, Real

Array = np.ndarray
Range = tuple[float, float]
# A meaning; theme.py knows its colour. `ink` and `soft` are the text's own.
Ink = Literal["data", "noise", "model", "field", "exact", "focus", "reward", "error", "ink", "soft"]
Ramp = Literal["sequential", "diverging", "gray"]  # gray: pictures


COARSE = {"wire": "u16"}  # a field whose array may be sent in 16 bits
SHADES = {"wire": "u8"}  # and in 8 where there are more than 65,536 numbers; hover then says ≈


# --- layers of a plane ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Points:
    """Dots at xy; `values`, if given, are read out when a dot is hovered."""

    xy: Float[Array, "n 2"] = field(metadata=COARSE)
    ink: Ink = "data"
    size: float = 2.5  # radius in pixels
    alpha: float = 0.9
    label: str = ""  # named in the legend
    values: Float[Array, " n"] | None = None


@dataclass(frozen=True)
class Arrows:
    """Arrows from xy along uv, both in the units of the plane (scale uv in draw, and say so)."""

    xy: Float[Array, "n 2"] = field(metadata=COARSE)
    uv: Float[Array, "n 2"] = field(metadata=COARSE)
    ink: Ink = "field"
    alpha: float = 0.6
    label: str = ""


@dataclass(frozen=True)
class Lines:
    """n paths of k points each."""

    xy: Float[Array, "n k 2"] = field(metadata=COARSE)
    ink: Ink = "model"
    width: float = 1.0
    alpha: float = 0.4
    dashed: bool = False
    label: str = ""


@dataclass(frozen=True)
class Heat:
    """A value at every place: values[0] is the row at y[0] (the bottom), cell centres evenly spaced."""

    values: Float[Array, "h w"] = field(metadata=COARSE)
    x: Range
    y: Range
    ramp: Ramp = "sequential"
    low: float = 0.0
    high: float = 1.0
    alpha: float = 0.8
    label: str = ""


@dataclass(frozen=True)
class Contour:
    """Lines of equal value at `levels`, of the same grid as `Heat`."""

    values: Float[Array, "h w"]
    x: Range
    y: Range
    levels: tuple[float, ...]
    ink: Ink = "exact"
    width: float = 1.5
    label: str = ""


@dataclass(frozen=True)
class Mesh:
    """A grid as it lies in the plane after a map has warped it."""

    xy: Float[Array, "h w 2"] = field(metadata=COARSE)
    ink: Ink = "model"
    alpha: float = 0.5
    label: str = ""


@dataclass(frozen=True)
class Shapes:
    """n filled polygons of k corners: carts, poles, walls, regions."""

    xy: Float[Array, "n k 2"]
    ink: Ink = "ink"
    alpha: float = 1.0
    label: str = ""


@dataclass(frozen=True)
class Words:
    """Short texts at places in the plane."""

    xy: Float[Array, "n 2"]
    texts: tuple[str, ...]
    ink: Ink = "soft"


@dataclass(frozen=True)
class Handles:
    """What a person drags: the value of the `points` parameter `param`.

    With `grow`, a click on free ground adds a point (dragging draws many), Delete takes one away.
    With `jump`, a click on free ground brings the nearest one there. Where handles move from frame to
    frame, `clock` names the slider that is set, as one is taken, to this frame's time: play stops,
    and what the hand does happens then.
    """

    param: str
    xy: Float[Array, "n 2"]
    ink: Ink = "focus"
    grow: bool = False
    label: str = ""
    jump: bool = False
    clock: str = ""


Layer = Points | Arrows | Lines | Heat | Contour | Mesh | Shapes | Words | Handles

# --- views ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plane:
    """A window on the plane; the same window in every frame, so that motion is motion of the data."""

    title: str
    says: str
    x: Range
    y: Range
    layers: tuple[Layer, ...]
    x_label: str = ""  # empty: no axis is written
    y_label: str = ""
    square: bool = True  # one unit is as long in x as in y
    grid: bool = True  # hairlines at round values


@dataclass(frozen=True)
class Matrix:
    """A table of numbers as colours; hover reads a cell and all its `notes` exactly.

    `row_vectors` and `column_vectors` are shown term by term with their products for the cell under
    the pointer (a query and a key); `products` are names of their sum times a factor. `pick` names
    an int parameter set to the row clicked, `mark` a `spots` parameter set to the cell clicked;
    `paint` names a `cells` or `spots` parameter that a drag paints; `edit` a `table` parameter of the
    same shape whose numbers are typed, dragged up and down, or changed by Shift and arrow keys.
    """

    title: str
    says: str
    values: Float[Array, "n m"]
    low: float = 0.0
    high: float = 1.0
    ramp: Ramp = "sequential"
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    row_label: str = ""
    column_label: str = ""
    value_label: str = "value"
    hidden: Bool[Array, "n m"] | None = None  # cells drawn as not there (masked)
    blank: str = ""  # what stands in those in place of a number: "−∞"
    digits: int = 2  # of the numbers written in cells, where they find room
    crossed: Bool[Array, "n m"] | None = None  # cells struck out: what they say is wrong
    notes: Mapping[str, Real[Array, "n m"]] = field(default_factory=dict)
    row_vectors: Float[Array, "n d"] | None = None
    column_vectors: Float[Array, "m d"] | None = None
    products: Mapping[str, float] = field(default_factory=dict)
    lit: int = -1  # the row that this frame is about
    cell: tuple[int, int] = (-1, -1)  # the row and column that it is about
    pick: str = ""
    mark: str = ""
    paint: str = ""
    edit: str = ""


@dataclass(frozen=True)
class Board:
    """A floor of cells: a value each as colour, ways as petals, a path, and ground to be painted.

    The four numbers of a cell in `sides` (which take the place of its value) and `petals` (how
    likely each way is) are up, right, down, left. `mark` names a `spots` parameter set to the cell
    clicked, or emptied by a click on the one marked; `paint` an `edits` parameter: `brushes` name
    what can be put in a cell, in the order of its numbers, and stand beside the board to be chosen.
    """

    title: str
    says: str
    values: Float[Array, "n m"]
    low: float = 0.0
    high: float = 1.0
    ramp: Ramp = "sequential"
    value_label: str = "value"
    digits: int = 2  # of the numbers in cells, where they find room
    sides: Float[Array, "n m 4"] | None = None
    petals: Float[Array, "n m 4"] | None = None
    blocked: Bool[Array, "n m"] | None = None  # cells nobody can stand on
    bare: Bool[Array, "n m"] | None = None  # cells without a value
    signs: tuple[str, ...] = ()  # what is written in each cell, row by row
    path: Float[Array, "k 2"] | None = None  # rows and columns walked through, to where one stands
    notes: Mapping[str, Real[Array, "n m"]] = field(default_factory=dict)
    cell: tuple[int, int] = (-1, -1)  # the row and column that this frame is about
    mark: str = ""
    paint: str = ""
    brushes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wall:
    """k small matrices or pictures side by side, `across` in a row.

    A click sets the int parameter `select` to the tile's index; a double click (or x on the keyboard)
    adds or removes it in the `tokens` parameter `toggle`. Tiles in `off` are struck out. `order` names
    the tiles as they stand, first to last; without it they stand as they come.
    """

    title: str
    says: str
    values: Float[Array, "k n m"] = field(metadata=SHADES)
    across: int = 4
    low: float = 0.0
    high: float = 1.0
    ramp: Ramp = "sequential"
    labels: tuple[str, ...] = ()
    selected: int = -1
    off: tuple[int, ...] = ()
    select: str = ""
    toggle: str = ""
    order: tuple[int, ...] = ()


@dataclass(frozen=True)
class Film:
    """A table of pictures: one row a lane, one column a kind or a moment.

    `brush` names a `strokes` parameter: it is drawn on the pictures of the column `brushed`.
    """

    title: str
    says: str
    images: Real[Array, "rows columns h w"] = field(metadata=COARSE)
    low: float = -1.0
    high: float = 1.0
    ramp: Ramp = "gray"
    row_labels: tuple[str, ...] = ()
    column_labels: tuple[str, ...] = ()
    brush: str = ""
    brushed: int = -1


@dataclass(frozen=True)
class Tokens:
    """A text in pieces; `weights` shade them, `arcs[i, j]` (0 to 1) tie piece i to piece j.

    A click sets the int parameter `pick` to the piece's index.
    """

    title: str
    says: str
    texts: tuple[str, ...]
    weights: Float[Array, " n"] | None = None
    arcs: Float[Array, "n n"] | None = None
    ink: Ink = "focus"
    picked: int = -1
    pick: str = ""


@dataclass(frozen=True)
class Bars:
    """Names with a length each; all can be scrolled to. `before` is a mark, with the change beside it.

    They stand in the order given, or `ranked` by the larger of value and mark.
    A click puts the thing numbered `keys[i]` in the place `at` of the `edits` parameter `pick`, and
    takes what stands in later places away; a click on what was put there takes it away too.
    """

    title: str
    says: str
    labels: tuple[str, ...]
    values: Float[Array, " n"]
    before: Float[Array, " n"] | None = None
    high: float = 1.0  # the length of a full bar
    unit: str = ""
    ink: Ink = "model"
    before_label: str = ""
    lit: int = -1  # the bar that this frame is about
    pick: str = ""
    keys: Int[Array, " n"] | None = None
    at: int = 0
    ranked: bool = False


@dataclass(frozen=True)
class Node:
    """A box of a diagram at x, y (0 to 1, left to right, top to bottom) with a live value."""

    key: str
    label: str
    x: float
    y: float
    value: str = ""
    ink: Ink = "soft"
    tip: str = ""  # read on hover


@dataclass(frozen=True)
class Edge:
    """An arrow; `sideways` ones keep to the sides of their boxes however steep they are: trees."""

    start: str
    end: str
    label: str = ""
    ink: Ink = "soft"
    width: float = 1.5
    sideways: bool = False


@dataclass(frozen=True)
class Diagram:
    """Boxes and arrows: a computation, a network, a pipeline."""

    title: str
    says: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Series:
    """A curve, bars or dots of a chart; `spread` is a band (low, high) around y.

    A `faint` curve is one of many, thin behind the others and not read out: a single run beside the
    median.
    """

    x: Float[Array, " n"]
    y: Float[Array, " n"]
    ink: Ink = "model"
    label: str = ""
    style: Literal["line", "bars", "points"] = "line"
    dashed: bool = False
    spread: Float[Array, "n 2"] | None = None
    faint: bool = False


@dataclass(frozen=True)
class Chart:
    """Curves over a common axis; the window is given, so that nothing jumps while frames arrive.

    Where `x` is given as (high, low) the axis runs down; the series' own x still rise.
    """

    title: str
    says: str
    series: tuple[Series, ...]
    x: Range
    y: Range
    x_label: str = ""
    y_label: str = ""
    log_x: bool = False
    log_y: bool = False
    floor: float | None = None  # what a perfect model would read at this sample size
    floor_label: str = "floor"
    cursor: float | None = None  # this frame's place on the x axis


@dataclass(frozen=True)
class Surface:
    """A height over the plane, to be turned by hand; the only view drawn by plotly."""

    title: str
    says: str
    z: Float[Array, "h w"]
    x: Range
    y: Range
    low: float = 0.0
    high: float = 1.0
    ramp: Ramp = "sequential"
    x_label: str = "x"
    y_label: str = "y"
    z_label: str = "z"


@dataclass(frozen=True)
class Number:
    """A named value, with its unit, the formula and the tensor it comes from.

    `floor` is what a perfect model would read at this sample size.
    """

    name: str
    value: float
    unit: str = ""
    formula: str = ""
    source: str = ""  # "logits[b, t, v]"
    floor: float | None = None


@dataclass(frozen=True)
class Numbers:
    rows: tuple[Number, ...]


@dataclass(frozen=True)
class Clock:
    """Where this frame stands on its time axis: `value` between the two named ends.

    `step` counts what a timeline's events refer to.
    """

    step: int
    value: float
    label: str = "t"
    low: str = ""  # "noise 0"
    high: str = ""  # "1 data"


View = (
    Plane
    | Matrix
    | Board
    | Wall
    | Film
    | Tokens
    | Bars
    | Diagram
    | Chart
    | Surface
    | Numbers
    | Clock
)
Scene = Mapping[str, View]
