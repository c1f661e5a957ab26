"""A folder of Markdown as pages in the style of the page: each is one file that asks for nothing else.

Links between the pages lead from one to the other. A relative link to anything else keeps its words alone: what it
leads to may not be where the pages are read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from common.base.errors import InputError
from common.site.markdown import Link, Text, html_of, title_of

INDEX = "index"  # the page that is first, and whose links say the order of the others
LARGEST = 4 << 20  # bytes of one page of Markdown


@dataclass(frozen=True)
class Document:
    """A page: the name of its file without the ending, and what it says."""

    stem: str
    text: Text

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.stem}.html"


def documents(folder: str | os.PathLike) -> list[Document]:
    """The pages of a folder, in the order in which its index names them; the others follow by name.

    Args:
        folder: has files of Markdown.

    Raises:
        InputError: no such folder, none in it, a file that is no text or too large, or a picture that is not there.
    """
    place = Path(folder)
    texts = {path.stem: _read(path) for path in _files(place)}
    titles = {stem: title_of(text) or stem for stem, text in texts.items()}

    def linked(link: str) -> Link | None:
        path, mark, anchor = link.partition("#")
        stem = path.removesuffix(".md")
        return Link(f"{stem}.html{mark}{anchor}", titles[stem]) if path != stem and stem in texts else None

    return [Document(stem, html_of(texts[stem], place, linked)) for stem in _order(texts)]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder: name one with files of Markdown")
    pages = sorted(path for path in folder.glob("*.md") if path.is_file())
    if not pages:
        raise InputError(f"{folder}: there is no file of Markdown (.md) in it")
    return pages


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: it has more than {LARGEST >> 20} MiB: leave it out")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise InputError(f"{path}: cannot be read: {why}") from None


def _order(texts: Mapping[str, str]) -> list[str]:
    named = re.findall(r"\]\(([\w-]+)\.md", texts.get(INDEX, ""))
    return list(dict.fromkeys(name for name in (INDEX, *named, *texts) if name in texts))
