"""What is told of two sets of images, or of one: the scores, and what to know before they are believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.scores.draws import Draws
from common.scores.extraction import Features
from common.scores.inception import inception_score
from common.scores.kernel import kernel_distance
from common.scores.row_file import RowFile
from common.scores.statistics import ORIGIN, Statistics
from common.scores.tasks import Task, at_once

CUSTOMARY = 10_000  # images, from which on scores are published


@dataclass(frozen=True, eq=False)
class Measured:
    """A set of images.

    Attributes:
        path: where it came from.
        statistics: of its features.
        rows: its features; None where only statistics are there.
    """

    path: str
    statistics: Statistics
    rows: RowFile | None = None


class Logits:
    """The logits of rows of features (`common.scores.spread.Rows`), computed when they are asked for."""

    def __init__(self, rows: RowFile, network: Features):
        self._rows, self._network = rows, network

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, numbers: np.ndarray) -> np.ndarray:
        return self._network.logits(self._rows[numbers])


def report(found: list[Measured], network: Features | None, draws: Draws, task: Task) -> dict[str, Any]:
    """What ``googlenet fid --json`` prints of one set or two; see docs/json.md.

    Raises:
        InputError: statistics that cannot be compared, no covariance, or a score that is no number.
    """
    one, other = found[0], found[-1]
    pair = len(found) == 2
    distance = at_once(task, "computing FID", lambda: one.statistics.distance(other.statistics)) if pair else None
    return {
        "network": one.statistics.origin.get("network") or other.statistics.origin.get("network"),
        "layer": one.statistics.origin.get("layer") or other.statistics.origin.get("layer"),
        "features": len(one.statistics.mean),
        "backend": network.backend if network else None,
        "framework": network.framework if network else None,
        "dtype": network.dtype if network else None,
        "preprocessing": str(network.preprocessing) if network else None,
        "sets": [_set(each, network, draws, task) for each in found],
        "fid": distance,
        "kid": _kernel(one, other, draws, task) if pair else None,
        "notes": list(dict.fromkeys(note for each in found for note in _notes(each, network, draws))),
    }


def _set(each: Measured, network: Features | None, draws: Draws, task: Task) -> dict[str, Any]:
    score = None
    if each.rows is not None and network is not None and network.has_logits and len(each.rows) >= draws.splits:
        logits = Logits(each.rows, network)
        spread = at_once(
            task,
            "computing the Inception score",
            lambda: inception_score(logits, splits=draws.splits, seed=draws.seed),
        )
        score = {**spread._asdict(), "splits": draws.splits, "seed": draws.seed}
    return {
        "path": each.path,
        "kind": "statistics" if each.rows is None else "images",
        "images": each.statistics.count,
        "singular": each.statistics.singular,
        "inception_score": score,
    }


def _kernel(one: Measured, other: Measured, draws: Draws, task: Task) -> dict[str, Any] | None:
    """KID, in subsets no larger than the smaller set; None where one has no features."""
    if one.rows is None or other.rows is None:
        return None
    size = min(draws.subset_size, len(one.rows), len(other.rows))
    with task("computing KID") as progress:
        spread = kernel_distance(
            one.rows, other.rows, subsets=draws.subsets, subset_size=size, seed=draws.seed, progress=progress
        )
    return {**spread._asdict(), "subsets": draws.subsets, "subset_size": size, "seed": draws.seed}


def _notes(each: Measured, network: Features | None, draws: Draws) -> Iterator[str]:
    """What to know of a set before its scores are believed."""
    count, features = each.statistics.count, len(each.statistics.mean)
    if each.statistics.singular:
        yield (
            f"{each.path}: {count:,} images for {features:,} features: their covariance is singular, as n images span "
            f"n - 1 directions, and FID comes out too large by far. Take more than {features:,}"
        )
    elif count is not None and count < CUSTOMARY:
        yield (
            f"{each.path}: {count:,} images: FID is larger for few images than for many. Compare it with scores of as "
            f"many images only; {CUSTOMARY:,} or more are customary"
        )
    if each.rows is None:
        unknown = [key for key in ORIGIN if key not in each.statistics.origin]
        if unknown:
            yield f"{each.path}: it does not say of which {' and '.join(unknown)} its statistics are: make sure"
        yield f"{each.path}: statistics alone have no KID and no Inception score: give the images for these"
    elif network is not None and not network.has_logits:
        yield f"{each.path}: there is no Inception score of features that the classifier does not get"
    elif len(each.rows) < draws.splits:
        yield f"{each.path}: fewer than {draws.splits} images have no Inception score of {draws.splits} parts"
