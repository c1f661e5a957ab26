"""A drawing as SVG: one text that refers to nothing else, with a name for each part and colours in one place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from common.drawn.looks import FONTS, KINDS, LINES, PAPER, ROLES, TEXT
from common.drawn.shapes import Box, Drawing, Group, Item, Part, Wire, Words
from common.drawn.strokes import CENTRE, head, strokes

NAME = "googlenet-drawing"  # the class of the whole, within which its style stays


def svg(drawing: Drawing, theme: str = "auto", prefix: str = "") -> str:
    """A drawing as the text of an ``<svg>`` element, which is a file too.

    Each stage, head, block, path and layer is an element with ``data-kind``, ``data-name``, ``data-names`` (where equal
    blocks are drawn once, all of them), an ``id`` and a ``<title>``.

    Args:
        theme: ``light``, ``dark``, or ``auto``, which is what the reader prefers; then every colour is a property that
            a page can set in its own style, such as ``--gn-conv-fill``.
        prefix: in front of each ``id``, for pages with several drawings.
    """
    wide, high = _number(drawing.width), _number(drawing.height)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{NAME}" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}" role="graphics-document" aria-roledescription="network diagram">',
        f"<title>{escape(drawing.title)}</title>",
        f"<desc>{escape(drawing.description)}</desc>",
        f"<style>{style(theme)}</style>",
        f'<rect class="gn-paper" width="{wide}" height="{high}"/>',
        *_items(drawing.items, prefix),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _items(items: Sequence[Item], prefix: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Group):
            yield f"<g{_attributes(item.part, prefix)}>"
            yield _title(item.part)
            yield from (_rectangle(box) for box in (*item.behind, item.frame))
            yield from _items(item.items, prefix)
            yield "</g>"
        elif isinstance(item, Box):
            yield from _box(item, prefix)
        elif isinstance(item, Wire):
            yield from _wire(item)
        else:
            yield _words(item)


def _attributes(part: Part, prefix: str) -> str:
    """The attributes of the element of a part; its id is its name, but of a path, which a layer may be called as."""
    name = part.names[0]
    names = f' data-names="{" ".join(part.names)}" data-count="{len(part.names)}"' if len(part.names) > 1 else ""
    own = escape(f"{prefix}{name}{'-path' * (part.kind == 'path')}")
    return f' id="{own}" class="gn-{part.kind}" data-kind="{part.kind}" data-name="{name}"{names}'


def _title(part: Part) -> str:
    return f"<title>{escape(part.title)}</title>"


def _box(box: Box, prefix: str) -> Iterator[str]:
    if box.part:
        yield f"<g{_attributes(box.part, prefix)}>"
        yield _title(box.part)
    yield _rectangle(box)
    if box.text:
        x, y = _number(box.x + box.width / 2), _number(box.y + box.height / 2 + CENTRE * TEXT)
        yield f'<text class="gn-text gn-text-{box.kind}" x="{x}" y="{y}">{escape(box.text)}</text>'
    if box.part:
        yield "</g>"


def _rectangle(box: Box) -> str:
    places = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    radius = min(KINDS[box.kind].radius, box.height / 2)
    where = " ".join(f'{name}="{_number(value)}"' for name, value in places.items())
    return f'<rect class="gn-box gn-{box.kind}-box" {where} rx="{_number(radius)}"/>'


def _wire(wire: Wire) -> Iterator[str]:
    path = " ".join(
        f"{letter}{' '.join(f'{_number(x)},{_number(y)}' for x, y in points)}" for letter, points in strokes(wire)
    )
    yield f'<path class="gn-wire" d="{path}"/>'
    if wire.arrow:
        corners = " ".join(f"{_number(x)},{_number(y)}" for x, y in head(wire))
        yield f'<polygon class="gn-arrow" points="{corners}"/>'


def _words(words: Words) -> str:
    end = ' text-anchor="end"' if words.right else ""
    place = f'x="{_number(words.x)}" y="{_number(words.y)}"'
    return f'<text class="gn-words gn-words-{words.role}" {place}{end}>{escape(words.text)}</text>'


def colours() -> Iterator[tuple[str, str, str, str, str]]:
    """(selector, property, name of the custom property, light, dark) of everything that has a colour."""
    yield ".gn-paper", "fill", "paper", PAPER["light"], PAPER["dark"]
    yield ".gn-wire", "stroke", "wire", LINES["light"], LINES["dark"]
    yield ".gn-arrow", "fill", "wire", LINES["light"], LINES["dark"]
    for name, role in ROLES.items():
        yield f".gn-words-{name}", "fill", f"words-{name}", role.light, role.dark
    for kind, look in KINDS.items():
        yield f".gn-{kind}-box", "fill", f"{kind}-fill", look.light.fill, look.dark.fill
        yield f".gn-{kind}-box", "stroke", f"{kind}-line", look.light.line, look.dark.line
        yield f".gn-text-{kind}", "fill", f"{kind}-text", look.light.text, look.dark.text


def style(theme: str) -> str:
    """The style sheet of a drawing.

    >>> "prefers-color-scheme" in style("auto"), "prefers-color-scheme" in style("dark")
    (True, False)
    """
    rules = [
        f"text{{font-family:{FONTS}}}",
        f".gn-text{{font-size:{TEXT}px;text-anchor:middle}}",
        ".gn-wire{fill:none;stroke-width:1.25}",
        ".gn-box{stroke-width:1}",
        ".gn-path-box{pointer-events:all}",
        *(f".gn-words-{role}{{font-size:{look.size}px}}" for role, look in ROLES.items()),
        *(f".gn-words-{role}{{font-weight:bold}}" for role, look in ROLES.items() if look.bold),
        *(f".gn-{kind}-box{{stroke-dasharray:4 3}}" for kind, look in KINDS.items() if look.dashed),
    ]
    dark = {}
    for where, key, name, light, other in colours():
        if theme == "auto":
            rules.append(f"{where}{{{key}:{light};{key}:var(--gn-{name},{light})}}")
            dark[name] = other
        else:
            rules.append(f"{where}{{{key}:{other if theme == 'dark' else light}}}")
    text = "\n".join(f".{NAME} {rule}" for rule in rules)
    if theme != "auto":
        return f"\n{text}\n"
    values = ";".join(f"--gn-{name}:{value}" for name, value in dark.items())
    return f"\n{text}\n@media (prefers-color-scheme:dark){{:where(.{NAME}){{{values}}}}}\n"
