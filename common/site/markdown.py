"""A text of Markdown as HTML in the style of the page.

Headings have the names that they have on GitHub, pictures are part of the text, and neighbouring blocks of code that
are each for one framework stand under its name, one at a time.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from common.base.errors import InputError
from common.site.coloured import coloured
from common.written.style import STYLES

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

PICTURES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg", ".gif": "image/gif"}
FRAMEWORKS = {name.split()[-1].lower(): name for name in (style.dialect.framework for style in STYLES.values())}
LARGEST = 8 << 20  # bytes of a picture
ELSEWHERE = re.compile(r"(https?:|mailto:|#)")


@dataclass(frozen=True)
class Text:
    """A text as HTML.

    Attributes:
        title: its first heading.
        headings: those of the second level, (id, words).
        body: the whole, with its title.
    """

    title: str
    headings: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True)
class Link:
    """Where a link leads, and what the page there is called."""

    target: str
    title: str


def html_of(text: str, folder: Path, linked: Callable[[str], Link | None]) -> Text:
    """A text of Markdown as HTML; what HTML is in it is shown as it is written.

    Args:
        folder: has the pictures that it shows.
        linked: the page that a relative link leads to; None where it leads nowhere, and only its words stay.

    Raises:
        ImportError: see `common.site.rendering.require_libraries`.
        InputError: a picture that is not in the folder, or is none.

    >>> html_of("# A *title*", Path(), lambda link: None).title
    'A title'
    """
    markdown = _markdown()
    tokens = markdown.parse(text)
    headings = _name_headings(tokens)
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                child.attrSet("src", _picture(folder, unquote(str(child.attrGet("src") or ""))))
        if token.children:
            token.children[:] = _with_links(token.children, linked)
    body = markdown.renderer.render(list(_grouped(tokens)), markdown.options, {})
    first = next((words for tag, _, words in headings if tag == "h1"), "")
    return Text(first, tuple((name, words) for tag, name, words in headings if tag == "h2"), body)


def title_of(text: str) -> str:
    """The first heading of a text, in plain words.

    >>> title_of("# How fast: `googlenet bench`")
    'How fast: googlenet bench'
    """
    return next((words for tag, _, words in _name_headings(_markdown().parse(text)) if tag == "h1"), "")


def slug(heading: str) -> str:
    """What a heading is called in links, as on GitHub.

    >>> slug("Parity: `googlenet compare NET --steps K`")
    'parity-googlenet-compare-net---steps-k'
    """
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    rules: Any = markdown.renderer.rules  # type: ignore[attr-defined]  # by the type of a token
    rules["fence"] = _fence
    rules["table_open"] = lambda *_: '<div class="table" tabindex="0" role="group" aria-label="Table"><table>\n'
    rules["table_close"] = lambda *_: "</table></div>\n"
    rules["tabs_open"] = _tabs
    rules["tabs_close"] = lambda *_: "</div>\n"
    return markdown


def _name_headings(tokens: Sequence[Token]) -> list[tuple[str, str, str]]:
    """Give each heading its id; (tag, id, words) of each."""
    found, taken = [], set()
    for opened, inline in pairwise(tokens):
        if opened.type == "heading_open":
            name = base = slug(inline.content)
            count = 0
            while name in taken:
                count += 1
                name = f"{base}-{count}"
            taken.add(name)
            opened.attrSet("id", name)
            found.append((opened.tag, name, "".join(child.content for child in inline.children or ())))
    return found


def _picture(folder: Path, source: str) -> str:
    path = folder / source
    kind = PICTURES.get(path.suffix.lower())
    inside = path.resolve().is_relative_to(folder.resolve())
    if kind is None or not inside or not path.is_file() or path.stat().st_size > LARGEST:
        raise InputError(f"{folder}: a page shows the picture {source!r}, which is no PNG, SVG, JPEG or GIF in it")
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _with_links(children: Sequence[Token], linked: Callable[[str], Link | None]) -> Iterator[Token]:
    """The parts of a line with links that lead somewhere; one that is called by its file is called by its title."""
    dead, title, file = 0, "", ""
    for child in children:
        if child.type == "link_open":
            target = unquote(str(child.attrGet("href") or ""))
            title, file = "", target.partition("#")[0]
            if not ELSEWHERE.match(target):
                link = linked(target)
                if link is None:
                    dead += 1
                    continue
                child.attrSet("href", link.target)
                title = link.title
        elif child.type == "link_close":
            if dead:
                dead -= 1
                continue
            title = ""
        elif child.type == "text" and title and child.content == file:
            child.content = title
        yield child


def _frameworks(token: Token) -> tuple[str, ...]:
    return tuple(word for word in token.info.split()[1:] if word in FRAMEWORKS) if token.type == "fence" else ()


def _grouped(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens with neighbouring code of single frameworks put into groups, one of which is shown at a time."""
    from markdown_it.token import Token

    group: list[Token] = []
    for token in [*tokens, Token("end", "", 0)]:
        if _frameworks(token):
            group.append(token)
            continue
        if group:
            names = list(dict.fromkeys(name for each in group for name in _frameworks(each)))
            ordered = [name for name in FRAMEWORKS if name in names]
            yield Token("tabs_open", "div", 1, meta={"names": ordered})
            yield from group
            yield Token("tabs_close", "div", -1)
            group = []
        if token.type != "end":
            yield token


def _tabs(tokens: Sequence[Token], at: int, *_: Any) -> str:
    buttons = "".join(
        f'<button type="button" data-framework="{name}" aria-pressed="false">{FRAMEWORKS[name]}</button>'
        for name in tokens[at].meta["names"]
    )
    return f'<div class="tabs"><div class="segments" role="group" aria-label="Framework">{buttons}</div>\n'


def _fence(tokens: Sequence[Token], at: int, *_: Any) -> str:
    token = tokens[at]
    language, *words = token.info.split() or [""]
    lines = coloured(token.content) if language == "python" else [escape(token.content, quote=False)]
    file = next((word.removeprefix("file=") for word in words if word.startswith("file=")), "")
    caption = f'<p class="file-name"><code>{escape(file)}</code></p>' if file else ""
    own = " ".join(_frameworks(token))
    which = f' data-for="{own}"' if own else ""
    said = ", ".join(FRAMEWORKS[name] for name in _frameworks(token))
    label = f' aria-label="{"What is printed" if language == "output" else "Code"}{": " + said if said else ""}"'
    return (
        f'{caption}<pre class="code {escape(language)}"{which} tabindex="0" role="group"{label}>'
        f"<code>{''.join(lines)}</code></pre>\n"
    )
