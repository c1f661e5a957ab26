"""The drawing of each network, packed, and its colours where a reader has chosen light or dark."""

from __future__ import annotations

import base64
import zlib

from common.drawn.asked import draw
from common.drawn.svg import NAME, colours
from common.table.analysis import Table


def packed(table: Table, prefix: str) -> str:
    """A drawing as SVG, deflated (RFC 1951) and in base64: a seventh of its size. Browsers inflate it by themselves.

    Args:
        prefix: in front of each ``id``, for a page has several drawings.

    >>> from common import nets
    >>> zlib.decompress(base64.b64decode(packed(nets.get("nin"), "")), -15)[:4]
    b'<svg'
    """
    deflating = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return base64.b64encode(deflating.compress(draw(table, prefix=prefix).encode()) + deflating.flush()).decode()


def theme_style() -> str:
    """A style sheet that gives drawings the colours of the page's own switch, whatever the system prefers."""
    rules = []
    for theme, column in (("light", 3), ("dark", 4)):
        values = ";".join(dict.fromkeys(f"--gn-{colour[2]}:{colour[column]}" for colour in colours()))
        rules.append(f':root[data-theme="{theme}"] .{NAME}{{{values}}}')
    return "\n".join(rules)
