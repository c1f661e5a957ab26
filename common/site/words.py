"""Every text of the page in its languages, from one catalogue: ``words.json`` beside this file."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = {"en": "English", "zh": "中文"}
HOLE = re.compile(r"\{(\w+)\}")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """The texts by key, each by language.

    >>> sorted(catalogue()["nav.side"])
    ['en', 'zh']
    """
    texts: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "words.json").read_text(encoding="utf-8"))
    return texts


def text(key: str, language: str = "en", **values: Any) -> str:
    """A text with its holes filled.

    Raises:
        KeyError: no such key, or a hole without a value.

    >>> text("lines", count=98)
    '98 lines'
    """
    return HOLE.sub(lambda hole: str(values[hole[1]]), catalogue()[key][language])
