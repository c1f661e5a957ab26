"""``googlenet compare --steps``: steps of training in each backend, beside the NumPy reference."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.comparison import measurements
from common.cli.show.plain import Plain, error, table, title
from common.cli.show.verdict import KINDS, kinds, largest, verdict


def training(report: dict[str, Any]) -> list[RenderableType]:
    """What `measurements` shows of the first batch, then a row for each step, then one verdict for all of it.

    Args:
        report: of ``googlenet compare --steps --json``; see docs/json.md.
    """
    return [
        *measurements(report),
        Text(""),
        title("training: loss, and largest relative error"),
        steps(report),
        Text(f"recipe: {mathematics(report['recipe'])}"),
        Text(""),
        verdict(report),
    ]


def mathematics(recipe: dict[str, Any]) -> str:
    """The settings of a recipe that decide what a step computes.

    Args:
        recipe: of `common.contract.recipe.Recipe.described`.

    >>> from common.contract.recipe import named
    >>> mathematics(named("parity").described())
    'learning rate 0.001 (step), momentum 0.9, weight decay 0.0005, label smoothing 0.1, no dropout'
    >>> mathematics(named("parity").changed(optimizer="adam", freeze="b1").described())
    'learning rate 0.001 (step), adam, momentum 0.9, weight decay 0.0005, label smoothing 0.1, b1 frozen, no dropout'
    """
    words = [f"learning rate {recipe['lr']:g} ({recipe['schedule']['name']})"]
    words += [recipe["optimizer"]] if "optimizer" in recipe else []
    words += [f"momentum {recipe['momentum']:g}{' (Nesterov)' if recipe['nesterov'] else ''}"]
    for key in ("weight_decay", "label_smoothing", "clip", "aux_weight"):
        if recipe[key]:
            words.append(f"{key.replace('_', ' ')} {recipe[key]:g}")
    words += [f"{recipe['freeze']} frozen"] if "freeze" in recipe else []
    return ", ".join([*words, "no dropout"])


def steps(report: dict[str, Any]) -> Plain:
    """For each step the learning rate, every loss, and the largest error of each kind of tensor."""
    shown = kinds(report)
    who = [name for name in report["frameworks"] if name in {key for row in report["steps"] for key in row["loss"]}]
    names = [">step", ">lr", ">numpy", *(f">{name}" for name in who)]
    rows = table(*names, *(f">{KINDS[kind]}" for kind in shown))
    for row in report["steps"]:
        losses = [_loss(row["loss"].get(name)) for name in ("numpy", *who)]
        errors = [error(largest(row, kind), row["limits"][kind]) for kind in shown]
        rows.add_row(str(row["step"]), f"{row['lr']:g}", *losses, *errors)
    return rows


def _loss(loss: float | None) -> str:
    """A loss, or a dash where it is no number, or the backend failed before."""
    return "-" if loss is None else f"{loss:.12f}"
