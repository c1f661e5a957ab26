"""What a package records of a net's layers, brought into the form that the contract promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from common.table.analysis import Table


def as_arrays(
    table: Table, recorded: Mapping[str, Any], names: Iterable[str], array: Callable[[Any], np.ndarray]
) -> dict[str, np.ndarray]:
    """The outputs called ``names``, in their order, as arrays.

    A stage that was run block by block, as a net with heads is, was not recorded: its output is that of its last
    block.

    Args:
        recorded: canonical name to output, of the framework's own kind.
        array: makes an array of such an output: N x C x H x W, or N x K.
    """
    last = {stage: f"{stage}.{list(node.nodes)[-1]}" for stage, node in table.stages.items()}
    return {name: array(recorded[name] if name in recorded else recorded[last[name]]) for name in names}


def of_stages(outputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Of the outputs of all layers, those of the stages, the classifier and the heads.

    >>> list(of_stages({"b1.conv1": 0, "b1": 1, "fc": 2}))
    ['b1', 'fc']
    """
    return {name: array for name, array in outputs.items() if "." not in name}
