"""Templates, styles and scripts put together into one file that asks for nothing else."""

from __future__ import annotations

import json
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

from common.base.errors import MissingLibrary
from common.site.grids import place, scientific
from common.site.words import LANGUAGES, catalogue, text

HERE = Path(__file__).parent / "templates"


def rendered(template: str, **values: Any) -> str:
    """A page as HTML.

    Args:
        template: the file of its template.
        values: what the template shows.

    Raises:
        ImportError: see `require_libraries`.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    def attribute(name: str, key: str, /, **holes: Any) -> str:
        """An attribute with a text of the catalogue, which the page changes with the language."""
        return Markup(f'{name}="{escape(text(key, **holes))}" data-t-{name}="{key}"{_holes(holes)}')

    def translated(key: str, /, **holes: Any) -> str:
        """A text of the catalogue, which the page changes with the language."""
        return Markup(f'<span data-t="{key}"{_holes(holes)}>{escape(text(key, **holes), quote=False)}</span>')

    def both(texts: dict[str, str]) -> str:
        """A text that brings its languages along, for it is of no catalogue."""
        own = escape(json.dumps(texts, ensure_ascii=False))
        return Markup(f'<span data-both="{own}">{escape(texts["en"], quote=False)}</span>')

    environment.globals.update(
        t=translated,
        both=both,
        ta=attribute,
        script=lambda data: Markup(embedded(data)),
        part=lambda name: Markup((HERE / name).read_text(encoding="utf-8")),
        languages=LANGUAGES,
        catalogue=catalogue(),
    )
    environment.filters.update(grouped=grouped, millions=millions, place=place, scientific=scientific, percent=percent)
    return environment.get_template(template).render(**values)


def require_libraries() -> None:
    """Require what the page is made with, before anything is written.

    Raises:
        MissingLibrary: Jinja2, Pygments or markdown-it-py is not installed.
    """
    for module, name in (("jinja2", "Jinja2"), ("pygments.lexers", "Pygments"), ("markdown_it", "markdown-it-py")):
        try:
            import_module(module)
        except ImportError:
            raise MissingLibrary(
                f"the page needs {name}, which is not installed: pip install 'googlenet[page]'"
            ) from None


def embedded(data: Any) -> str:
    """Data as JSON that can stand in a script of HTML, whatever words are in it.

    >>> embedded({"title": "</script>"})
    '{"title":"\\\\u003c/script>"}'
    """
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def grouped(number: int) -> str:
    """A whole number with commas.

    >>> grouped(5977530)
    '5,977,530'
    """
    return f"{number:,}"


def millions(number: int) -> str:
    """A number in millions, with as many digits as are read.

    >>> millions(5977530), millions(1582671872)
    ('5.98', '1,583')
    """
    value = number / 1e6
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def percent(share: float) -> str:
    """A share of 1 with two digits.

    >>> percent(0.1317), percent(0.00055)
    ('13%', '0.055%')
    """
    return f"{100 * share:.2g}%"


def _holes(values: dict[str, Any]) -> str:
    return f' data-holes="{escape(json.dumps(values, ensure_ascii=False, default=str))}"' if values else ""
