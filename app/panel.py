"""Tables as a page for people, without a script: it asks again by itself until it is told not to."""

from collections.abc import Sequence
from html import escape

from app.figures import theme

EVERY = 5  # seconds from one look to the next

Rows = Sequence[tuple[str, ...]]


def page(title: str, links: str, body: Sequence[str], still: bool) -> str:
    """The whole page; `links` and `body` are HTML."""
    again = "" if still else f'<meta http-equiv="refresh" content="{EVERY}">'
    switch = (
        f'<a href="?">Look again every {EVERY} s</a>'
        if still
        else '<a href="?still=1">Stand still</a>'
    )
    tokens, parts = theme.css_of_system(), "".join(body)
    return PAGE.format(title=title, again=again, tokens=tokens, links=links + switch, body=parts)


def section(title: str, names: tuple[str, ...], rows: Rows, none: str) -> str:
    """A table of words under its title; `none` says in words what it means that it is empty."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    filled = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    return _card(title, filled if rows else f"<p>{escape(none)}</p>")


def facts(title: str, rows: Rows) -> str:
    """Names and what is known of each."""
    lines = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows
    )
    return _card(title, f'<table class="facts"><tbody>{lines}</tbody></table>')


def _card(title: str, inner: str) -> str:
    name = escape(title)
    return f'<section aria-label="{name}"><h2>{name}</h2><div tabindex="0">{inner}</div></section>'


PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
{again}
<title>{title}</title>
<style>{tokens}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 68em; padding: 20px 16px 48px;
  background: var(--g-paper); color: var(--g-ink); font-variant-numeric: tabular-nums; }}
header {{ display: flex; flex-wrap: wrap; align-items: center; gap: 4px 20px; }}
h1 {{ font-size: 22px; font-weight: 650; margin: 0 auto 0 0; }}
h2 {{ font-size: 15px; font-weight: 650; margin: 0 0 6px; }}
a {{ color: var(--g-accent); display: inline-flex; align-items: center; min-height: 40px; }}
:focus-visible {{ outline: 2px solid var(--g-accent); outline-offset: 2px; }}
section {{ background: var(--g-card); border: 1px solid var(--g-line); border-radius: 10px;
  margin-top: 12px; padding: 14px 16px; }}
section div {{ overflow-x: auto; }}
p {{ color: var(--g-soft); margin: 0; }}
table {{ border-collapse: collapse; width: 100%; }}
tr + tr td, thead + tbody td {{ border-top: 1px solid var(--g-line); }}
th, td {{ text-align: left; vertical-align: top; padding: 5px 20px 5px 0; }}
th, .facts td:first-child {{ color: var(--g-soft); font-weight: normal; }}
th, tbody td:nth-child(2) {{ white-space: nowrap; }}
.facts tbody td {{ overflow-wrap: anywhere; white-space: normal; }}
.facts td:first-child {{ width: min(16em, 36%); }}
</style>
</head>
<body><header><h1>{title}</h1>{links}</header><main>{body}</main></body>
</html>
"""
