"""Tables for people: how what a trained network says looks on a terminal, where the truth is known."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.tables import table, title

MATRIX = 20  # classes up to which the whole confusion matrix is shown


def share(correct: int, images: int) -> str:
    """Counts, and what they come to."""
    return f"{correct:,} of {images:,}" + (f" ({correct / images:.2%})" if images else "")


def heading(found: dict) -> str:
    """What was tried on what, and how it went."""
    return f"{found['network']} on {found['data']}, {found['split']}: {share(found['correct'], found['images'])} right"


def written(files: Sequence[str | os.PathLike]) -> list[RenderableType]:
    """A line with the names of files."""
    return [Text(f"\nwritten: {', '.join(map(str, files))}")]


def evaluation(found: dict) -> list[RenderableType]:
    """Accuracy, then by class, then what is taken for what."""
    top, count = found["top"], len(found["classes"])
    parts = [
        title(heading(found)),
        Text(f"in {found['framework']}; {found['preprocessing']}"),
        Text(f"among the first {top['k']}: {share(top['correct'], found['images'])}"),
        Text(f"mean cross-entropy: {found['loss']:.4f}"),
        title("\nby class"),
        _classes(found["classes"]),
    ]
    if count <= MATRIX:
        parts += [title("\nrows: truth; columns: said"), _matrix(found)]
    if found["confusions"]:
        parts += [title("\nmost often taken for another"), _confusions(found["confusions"])]
    return parts


def _classes(classes: list[dict]):
    made = table("class", ">images", ">right", ">accuracy")
    for row in classes:
        accuracy = "-" if row["accuracy"] is None else f"{row['accuracy']:.2%}"
        made.add_row(row["name"], f"{row['images']:,}", f"{row['correct']:,}", accuracy)
    return made


def _matrix(found: dict):
    """Columns are called by number: names would make it too wide."""
    made = table("", *(f">{i}" for i in range(len(found["classes"]))))
    for i, (row, counts) in enumerate(zip(found["classes"], found["confusion"], strict=True)):
        cells = [
            Text(f"{value:,}" if value else "·", style="bold green" if i == j else "") for j, value in enumerate(counts)
        ]
        made.add_row(f"{i} {row['name']}", *cells)
    return made


def _confusions(confusions: list[dict]):
    made = table("truth", "said", ">images")
    for row in confusions:
        made.add_row(row["truth"], row["said"], f"{row['images']:,}")
    return made


def judged(found: dict) -> list[RenderableType]:
    """How many pictures are right, and which are not."""
    wrong = [image for image in found["images"] if not image["right"]]
    parts = [Text(f"\nright: {share(found['right'], len(found['images']))}", style="bold")]
    if wrong:
        made = table("wrong", "truth", "said", ">probability")
        for image in wrong:
            best = image["top"][0]
            made.add_row(image["path"], image["truth"], best["label"], f"{best['probability']:.4f}")
        parts.append(made)
    return parts
