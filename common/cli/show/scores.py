"""``googlenet fid``: the scores of two sets of images, and what to know before they are believed."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.plain import Plain, fit, table, title


def scores(report: dict[str, Any]) -> list[RenderableType]:
    """A line for each score, a table of the sets, then the notes.

    Args:
        report: of `common.scores.scoring.fid`.
    """
    parts: list[RenderableType] = [title(heading(report))]
    if report["preprocessing"]:
        parts.append(Text(f"images: {fit(report['preprocessing'])}"))
    parts.append(_sets(report["sets"]))
    if report["fid"] is not None:
        parts += [Text(""), title(f"FID: {report['fid']:.6g}")]
    if (kid := report["kid"]) is not None:
        parts.append(
            title(f"KID: {kid['mean']:.4e}, spread {kid['std']:.1e} over {kid['subsets']:,} x {kid['subset_size']:,}")
        )
    if report["variants"] is not None:
        parts += [Text(""), title("how far variants move the features and FID"), _variants(report["variants"])]
    return parts + [Text(f"note: {_note(note)}", style="yellow") for note in report["notes"]]


def heading(report: dict[str, Any]) -> str:
    """Which features are compared.

    Args:
        report: of `common.scores.scoring.fid`.

    >>> heading({"features": 2048, "network": None, "layer": None, "framework": None, "dtype": None})
    '2,048 features of a network that nobody has named'
    >>> heading({"features": 2048, "network": "d2l", "layer": "b5", "framework": "PyTorch 2", "dtype": "float32"})
    '2,048 features of d2l behind b5, in PyTorch 2 in float32'
    """
    network = "a network that nobody has named" if report["network"] is None else fit(report["network"])
    layer = f" behind {fit(report['layer'])}" if report["layer"] else ""
    framework = f", in {report['framework']} in {report['dtype']}" if report["framework"] else ""
    return f"{report['features']:,} features of {network}{layer}{framework}"


def _sets(rows: list[dict[str, Any]]) -> Plain:
    sets = table("set", "of", ">images", ">Inception score", ">spread")
    for row in rows:
        score = row["inception_score"]
        sets.add_row(
            row["path"],
            row["kind"],
            "unknown" if row["images"] is None else f"{row['images']:,}",
            f"{score['mean']:.6g}" if score else "-",
            f"{score['std']:.2g}" if score else "-",
        )
    return sets


def _variants(rows: list[dict[str, Any]]) -> Plain:
    """What differs, where first, and how far: features of the second set by their own spread, then FID."""
    variants = table("variant", "differs first at", ">features moved", ">FID", ">change", "?had by")
    for row in rows:
        moved = "-" if row["features_moved"] is None else f"{row['features_moved']:.2%}"
        where = row["first_difference"] or "nowhere"
        variants.add_row(row["name"], where, moved, f"{row['fid']:.6g}", f"{row['change']:+#.3g}", row["had_by"])
    return variants


def _note(words: str) -> str:
    """A note begins with the path of a set, which may be as long as paths are."""
    path, colon, rest = words.partition(": ")
    return f"{fit(path)}{colon}{rest}"
