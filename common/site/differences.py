"""Where look-alike networks differ, as cards: ``differences.json`` beside this file.

docs/differences.md tells the same at length; ``tests/site/test_differences.py`` holds the two together, and each card
to the tests that notice its mistake.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from common.site.broken import effect

GROUPS = ("padding", "published", "versions", "words", "training", "imports")  # as docs/differences.md has them


@cache
def cards() -> list[dict[str, Any]]:
    """Every card.

    Returns:
        Of each ``id``; ``group``; ``frameworks`` it is about; by language ``title``, ``differs`` (what does),
        ``published`` (by whom, or None) and ``effect`` (measured, or None); ``mistake`` (its key in
        `common.compare.mistakes`, or None); ``tests`` that guard it; ``mutants`` of tests/mutants that set it again;
        ``doc``, words of the lines of docs/differences.md that it stands for; and ``moved``, what
        `common.site.broken.effect` says of the mistake.

    >>> next(card["title"]["en"] for card in cards() if card["id"] == "relu")
    'A missing ReLU'
    """
    text = (Path(__file__).parent / "differences.json").read_text(encoding="utf-8")
    return [{**each, "moved": effect(each["mistake"]) if each["mistake"] else None} for each in json.loads(text)]


def grouped_cards() -> Mapping[str, list[dict[str, Any]]]:
    """The cards by group.

    >>> list(grouped_cards()) == list(GROUPS)
    True
    """
    return {group: [card for card in cards() if card["group"] == group] for group in GROUPS}


def command(card: Mapping[str, Any]) -> str:
    """The command that runs a card's tests alone, in a checkout of the project.

    >>> command({"tests": ["tests/packages/test_trainers.py::test_nesterov_looks_ahead"]})
    'python -m pytest tests/packages/test_trainers.py::test_nesterov_looks_ahead'
    """
    return " ".join(["python -m pytest", *card["tests"]])
