"""A table as the page shows it: stages and blocks to choose from, and the layers with their sizes and costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from common.base.printable import as_line
from common.table import overview
from common.table.analysis import Table
from common.table.spec import Stage


@dataclass(frozen=True)
class Outline:
    """A table for the page.

    Attributes:
        name, title, source, departures: the table's own words, each on one line.
        stages: (name, [(canonical name, short name) of each block]) of each stage and head.
        facts: what `common.table.overview.summary` tells.
    """

    name: str
    title: str
    source: str
    departures: tuple[str, ...]
    stages: list[tuple[str, list[tuple[str, str]]]]
    facts: dict[str, Any]

    @property
    def layers(self) -> list[list[Any]]:
        """[name, kind, shape, parameters, MACs, receptive field in pixels or None] of each layer, block and stage."""
        return [
            [row["name"], row["kind"], row["output"], row["params"], row["macs"], row["receptive_field"]]
            for row in self.facts["layers"]
        ]


def outline(table: Table) -> Outline:
    """The outline of a table at its own size of image.

    >>> from common import nets
    >>> shown = outline(nets.get("d2l"))
    >>> shown.stages[0]
    ('b1', [('b1.conv1', 'conv1'), ('b1.pool1', 'pool1')])
    """
    nodes = {**table.trunk, **table.heads}
    stages = [
        (name, [(f"{name}.{block}", block) for block in node.nodes] if isinstance(node, Stage) else [])
        for name, node in nodes.items()
    ]
    title, source, *departures = map(as_line, (table.title, table.source, *table.departures))
    return Outline(table.name, title, source, tuple(departures), stages, overview.summary(table))
