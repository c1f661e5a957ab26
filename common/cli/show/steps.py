"""Steps of training for people: how `common.compare.steps` looks on a terminal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from common.cli.show.tables import comparison, error, table, title

KINDS = {"loss": "losses", "statistic": "moving statistics", "velocity": "velocities", "parameter": "parameters"}


def training(found: dict) -> list[RenderableType]:
    """What `comparison` shows of one pass, then a row for each step, then one verdict for all of it."""
    recipe = Text(f"recipe: {described(found['recipe'])}")
    return [
        *comparison(found)[:-1],
        title("training: loss, and largest relative error"),
        steps(found),
        recipe,
        Text(""),
        verdict(found),
    ]


def described(recipe: dict) -> str:
    """The mathematics of a recipe in a few words."""
    words = [f"learning rate {recipe['lr']:g} ({recipe['schedule']['name']})"]
    words += [f"momentum {recipe['momentum']:g}{' (Nesterov)' if recipe['nesterov'] else ''}"]
    for key in ("weight_decay", "label_smoothing", "clip", "aux_weight"):
        if recipe[key]:
            words.append(f"{key.replace('_', ' ')} {recipe[key]:g}")
    return ", ".join([*words, "no dropout"])


def steps(found: dict) -> Table:
    """Learning rate, everyone's loss, and of everything compared the error that is largest, step by step."""
    kinds = compared(found)
    made = table(
        ">step", ">lr", ">numpy", *(f">{b}" for b in found["backends"]), *(f">{KINDS[what]}" for what in kinds)
    )
    for row in found["steps"]:
        values = ["-" if loss is None else f"{loss:.12f}" for loss in row["loss"].values()]
        worst = [error(largest(row, what), row["limits"][what]) for what in kinds]
        made.add_row(str(row["step"]), f"{row['lr']:g}", *values, *worst)
    return made


def compared(found: dict) -> list[str]:
    """What the network and the recipe have of the things that a step leaves behind."""
    (row, *_), (backend, *_) = found["steps"], found["backends"]
    return [what for what in KINDS if what in row["backends"][backend]]


def largest(row: dict, what: str) -> float | None:
    """The largest error of any backend, or between any two; None where it is infinite."""
    found = [errors[what]["rel_err"] for errors in (*row["backends"].values(), *row["across"])]
    return None if None in found else max(found)


def verdict(found: dict) -> Text:
    """The last line: do they agree, and if not, who leaves first and where."""
    if not found["agree"]:
        sentences = []
        for d in found["divergences"]:
            place = f"step {d['step']}" if "step" in d else f"stage {d['stage']}"
            size = "" if d["rel_err"] is None else f", relative error {d['rel_err']:.1e}"
            other = "" if d.get("against", "numpy") == "numpy" else f" from {d['against']}"
            sentences.append(f"{d['backend']} first in {place}, {d['what']} of {d['where']}{size}{other}")
        return Text(f"DIVERGE: {'; '.join(sentences)}", style="bold red")
    who, rows = ", ".join(found["frameworks"].values()), found["steps"]
    sizes = []
    for what in compared(found):
        limit = max(row["limits"][what] for row in rows)
        sizes.append(f"{KINDS[what]} {max(largest(row, what) for row in rows):.1e} (limit {limit:.1e})")
    verb = "train" if len(found["backends"]) > 1 else "trains"
    words = f"{who} {verb} as the NumPy reference does, {len(rows)} steps; largest relative errors: {', '.join(sizes)}"
    return Text(f"AGREE: {words}", style="bold green")
