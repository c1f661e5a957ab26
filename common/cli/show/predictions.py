"""``googlenet predict``: the classes of each picture, and which of them are wrong."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.plain import fit, share, table, title


def predictions(report: dict[str, Any]) -> list[RenderableType]:
    """The most probable classes of each picture, the most probable first.

    Args:
        report: of `common.runs.prediction.predict`.
    """
    classes = table("image", ">probability", ">class", "label")
    for image in report["images"]:
        for place, best in enumerate(image["top"]):
            name = image["path"] if place == 0 else ""
            classes.add_row(name, f"{best['probability']:.4f}", str(best["index"]), best["label"] or "")
    return [title(f"{report['network']} in {report['framework']}; {fit(report['preprocessing'])}"), classes]


def judged(report: dict[str, Any]) -> list[RenderableType]:
    """How many pictures are right, and a table of those that are wrong.

    Args:
        report: of `common.runs.prediction.predict` with ``truth=True``.
    """
    wrong = [image for image in report["images"] if not image["right"]]
    parts: list[RenderableType] = [Text(""), title(f"right: {share(report['right'], len(report['images']))}")]
    if wrong:
        mistakes = table("wrong", "truth", "said", ">probability")
        for image in wrong:
            best = image["top"][0]
            mistakes.add_row(image["path"], image["truth"], best["label"], f"{best['probability']:.4f}")
        parts.append(mistakes)
    return parts
