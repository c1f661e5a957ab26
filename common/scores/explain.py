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
from common.scores.report import Measured
from common.scores.statistics import Statistics
from common.scores.tasks import Task
from common.scores.variants import VARIANTS, Variant
from common.table.resolve import without_dropout
from common.weights.bundle import Bundle

TOGETHER = 8  # pictures that are normalised by their own statistics
INPUT = "input"  # where a variant differs that changes the pictures


def explained(
    trained: Bundle, network: Features, images: Sequence[Sequence[Path]], found: Sequence[Measured], task: Task
) -> list[dict[str, Any]]:
    """Two sets of pictures through every variant that the network can have.

    Args:
        trained: the weights.
        network: what made the features that are compared with.
        images: the pictures of the first set and of the second.
        found: the two sets, with their features.
        task: shows how far each part of the work has come.

    Returns:
        For each variant ``name``, ``had_by``, ``first_difference`` (the first layer whose output differs, or
        ``input``), ``features_moved``, ``fid``, ``change`` of FID, and ``fid_of_the_same``, between the second set and
        itself by the variant; see docs/json.md.

    Raises:
        InputError: features that are no numbers.
    """
    applied = [(variant, variant.applied(trained)) for variant in VARIANTS]
    base = found[0].statistics.distance(found[1].statistics)
    rows = []
    for variant, changed in applied:
        if changed is None:
            continue
        first, second, moved = _by(variant, changed, network, images, found, task)
        distance = first.distance(second)
        rows.append(
            {
                "name": variant.name,
                "had_by": variant.had_by,
                "first_difference": first_difference(trained, changed, variant, network, images[1]),
                "features_moved": moved,
                "fid": distance,
                "change": distance - base,
                "fid_of_the_same": _bare(found[1].statistics).distance(second),
            }
        )
    return rows


def _by(
    variant: Variant,
    changed: Bundle,
    network: Features,
    images: Sequence[Sequence[Path]],
    found: Sequence[Measured],
    task: Task,
) -> tuple[Statistics, Statistics, float | None]:
    """(the statistics of the first set by a variant, those of the second, how far its features move by their spread).

    The last is None where all features of the second set are equal.
    """
    batch = min(TOGETHER, network.batch) if variant.training else network.batch
    first, second, moved = found[0].statistics, Moments(), 0.0
    if not variant.of_pictures:
        own = Features(changed, network.backend, network.dtype, batch, network.layer, training=variant.training)
        first = _statistics(own.of(images[0]), len(images[0]), own, task, f"{variant.name}: the first set")
    other = Features(changed, network.backend, network.dtype, batch, network.layer, variant.picture, variant.training)
    before = found[1].rows
    assert before is not None
    with task(f"{variant.name}: the second set") as progress:
        for features in progress(other.of(images[1]), -(-len(images[1]) // batch)):
            numbers = np.arange(second.count, second.count + len(features))
            moved += float(((features.astype(np.float64) - before[numbers]) ** 2).sum())
            second.add(features)
    spread = float(np.trace(found[1].statistics.covariance)) * (second.count - 1)
    after = Statistics(second.mean, second.covariance, second.count)
    return _bare(first), after, (moved / spread) ** 0.5 if spread else None


def _bare(statistics: Statistics) -> Statistics:
    """The same statistics without their origin: a variant's is another, and they are compared nevertheless."""
    return Statistics(statistics.mean, statistics.covariance, statistics.count)


def _statistics(batches: Iterable[np.ndarray], count: int, network: Features, task: Task, name: str) -> Statistics:
    moments = Moments()
    with task(name) as progress:
        for features in progress(batches, -(-count // network.batch)):
            moments.add(features)
    return Statistics(moments.mean, moments.covariance, moments.count)


def first_difference(
    trained: Bundle, changed: Bundle, variant: Variant, network: Features, paths: Sequence[Path]
) -> str | None:
    """The first layer whose output a variant changes beyond round-off, for the first picture; None where there is none.

    Where the variant changes a picture of these it is ``input``.
    """
    own, others = trained.preprocessing, changed.preprocessing
    assert own is not None and others is not None

    def changes(path: Path) -> bool:
        picture = open_image(path)
        return not np.array_equal(own(picture, network.dtype), others(variant.picture(picture), network.dtype))

    # A picture may stay as it is where others do not: a JPEG that is saved again as it was.
    if (variant.of_pictures or own != others) and any(map(changes, paths)):
        return INPUT
    before = own(open_image(paths[0]), network.dtype)
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
