"""How far each published variant moves features and FID: ``googlenet fid --explain``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from common.compare.roundoff import relative_error, tolerance
from common.contract import backend
from common.data.images import open_image
from common.scores.extraction import Features
from common.scores.moments import Moments
from common.scores.row_file import RowFile
from common.scores.statistics import Statistics
from common.scores.tasks import Task
from common.scores.variants import VARIANTS, Variant
from common.table.resolve import without_dropout
from common.weights.bundle import Bundle

TOGETHER = 8  # pictures that are normalised by their own statistics
INPUT = "input"  # where a variant differs that changes the pictures


def explained(
    trained: Bundle,
    network: Features,
    images: Sequence[Sequence[Path]],
    statistics: Sequence[Statistics],
    rows: RowFile,
    task: Task,
) -> list[dict[str, Any]]:
    """Two sets of pictures through every variant.

    Args:
        trained: the weights.
        network: what made the features that are compared with.
        images: the pictures of the first set and of the second.
        statistics: of the features of each.
        rows: the features of the second set.
        task: shows how far each part of the work has come.

    Returns:
        For each variant that there is for the network ``name``, ``had_by``, ``first_difference`` (the first layer
        whose output differs, or ``input``), ``features_moved``, ``fid``, ``change`` of FID, and ``fid_of_the_same``,
        between the second set and itself by the variant; see docs/json.md.

    Raises:
        InputError: features that are no numbers.
    """
    base = statistics[0].distance(statistics[1])
    found = []
    for variant in VARIANTS:
        changed = variant.applied(trained)
        if changed is None:
            continue
        batch = min(TOGETHER, network.batch) if variant.training else network.batch
        other = Features(changed, network.backend, network.dtype, batch, variant.picture, variant.training)
        first, second = statistics[0], Moments()
        if not variant.of_pictures:
            own = Features(changed, network.backend, network.dtype, batch, training=variant.training)
            first = _statistics(own.of(images[0]), len(images[0]), own, task, f"{variant.name}: the first set")
        moved = 0.0
        with task(f"{variant.name}: the second set") as progress:
            for features in progress(other.of(images[1]), -(-len(images[1]) // batch)):
                numbers = np.arange(second.count, second.count + len(features))
                moved += float(((features.astype(np.float64) - rows[numbers]) ** 2).sum())
                second.add(features)
        after = Statistics(second.mean, second.covariance, second.count)
        spread = float(np.trace(statistics[1].covariance)) * (second.count - 1)
        distance = Statistics(first.mean, first.covariance).distance(after)
        found.append(
            {
                "name": variant.name,
                "had_by": variant.had_by,
                "first_difference": first_difference(trained, changed, variant, network, images[1][0]),
                "features_moved": (moved / spread) ** 0.5 if spread else None,
                "fid": distance,
                "change": distance - base,
                "fid_of_the_same": Statistics(statistics[1].mean, statistics[1].covariance).distance(after),
            }
        )
    return found


def _statistics(batches: Iterable[np.ndarray], count: int, network: Features, task: Task, name: str) -> Statistics:
    moments = Moments()
    with task(name) as progress:
        for features in progress(batches, -(-count // network.batch)):
            moments.add(features)
    return Statistics(moments.mean, moments.covariance, moments.count)


def first_difference(trained: Bundle, changed: Bundle, variant: Variant, network: Features, path: Path) -> str | None:
    """The first layer whose output a variant changes beyond round-off, for one picture; None where there is none.

    Where the variant changes the pictures it is ``input``.
    """
    assert trained.preprocessing is not None and changed.preprocessing is not None
    picture = open_image(path)
    before = trained.preprocessing(picture, network.dtype)
    after = changed.preprocessing(variant.picture(picture), network.dtype)
    if not np.array_equal(before, after):
        return INPUT
    package: Any = backend.load(network.backend)
    outputs = []
    for bundle, training in ((trained, False), (changed, variant.training)):
        net = package.build_net(without_dropout(bundle.table), weights=bundle.weights, dtype=network.dtype)
        outputs.append(package.layer_outputs(net, before[None], training=training))
    limit = tolerance(trained.table, network.dtype)
    layers = [name for name in outputs[0] if name in trained.table.layers and _is_leaf(name, outputs[0])]
    return next((name for name in layers if relative_error(outputs[1][name], outputs[0][name]) > limit), None)


def _is_leaf(name: str, outputs: dict[str, np.ndarray]) -> bool:
    """Whether the layer is none that others are inside of."""
    return not any(other.startswith(f"{name}.") for other in outputs)
