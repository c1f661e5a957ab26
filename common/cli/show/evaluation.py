"""``googlenet evaluate``: accuracy, the classes one by one, and the confusion matrix."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.plain import Plain, fit, share, table, title

MATRIX = 20  # classes up to which the whole confusion matrix is shown


def heading(report: dict[str, Any]) -> str:
    """Which network was tried on which images, and how many are right.

    Args:
        report: of ``googlenet evaluate --json``; see docs/json.md.

    >>> heading({"network": "d2l", "data": "digits", "split": "test", "correct": 3, "images": 4})
    'd2l on digits, test: 3 of 4 (75.00%) right'
    """
    right = share(report["correct"], report["images"])
    return f"{report['network']} on {fit(report['data'])}, {report['split']}: {right} right"


def evaluation(report: dict[str, Any]) -> list[RenderableType]:
    """Accuracy, then each class, then the confusion matrix, then the most frequent confusions.

    Args:
        report: of ``googlenet evaluate --json``; see docs/json.md.
    """
    top = report["top"]
    parts: list[RenderableType] = [
        title(heading(report)),
        Text(f"in {report['framework']}; {fit(report['preprocessing'])}"),
        Text(f"among the first {top['k']}: {share(top['correct'], report['images'])}"),
        Text(f"mean cross-entropy: {report['loss']:.4f}"),
        Text(""),
        title("by class"),
        _classes(report["classes"]),
    ]
    if len(report["classes"]) <= MATRIX:
        parts += [Text(""), title("rows: truth; columns: said"), _matrix(report)]
    if report["confusions"]:
        parts += [Text(""), title("most often taken for another"), _confusions(report["confusions"])]
    return parts


def _classes(classes: list[dict[str, Any]]) -> Plain:
    counts = table("class", ">images", ">right", ">accuracy")
    for row in classes:
        accuracy = "-" if row["accuracy"] is None else f"{row['accuracy']:.2%}"
        counts.add_row(row["name"], f"{row['images']:,}", f"{row['correct']:,}", accuracy)
    return counts


def _matrix(report: dict[str, Any]) -> Plain:
    """The confusion matrix. Its columns have numbers, because names would make it too wide."""
    matrix = table("", *(f">{column}" for column in range(len(report["classes"]))))
    for truth, (row, counts) in enumerate(zip(report["classes"], report["confusion"], strict=True)):
        cells = [
            Text(f"{count:,}" if count else "·", style="bold green" if said == truth else "")
            for said, count in enumerate(counts)
        ]
        matrix.add_row(f"{truth} {row['name']}", *cells)
    return matrix


def _confusions(confusions: list[dict[str, Any]]) -> Plain:
    pairs = table("truth", "said", ">images")
    for row in confusions:
        pairs.add_row(row["truth"], row["said"], f"{row['images']:,}")
    return pairs
