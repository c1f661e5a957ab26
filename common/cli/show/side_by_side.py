"""``googlenet summary --against``: the sizes and costs of several networks beside each other."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.plain import shape, table, title

KINDS = ("convolution", "dense", "normalisation")


def against(report: dict[str, Any]) -> list[RenderableType]:
    """A row for each network; ratios are to the first.

    Args:
        report: of `common.table.side_by_side.against`.
    """
    sizes = table(
        *("name", "image", *(f">{kind}" for kind in KINDS), ">parameters", ">ratio", ">MiB", ">MACs"),
        *(">ratio", "largest layers"),
    )
    for net in report["networks"]:
        counts = net["params_by_kind"]
        sizes.add_row(
            net["name"],
            shape(net["input_shape"]),
            *(f"{counts[kind]:,}" if counts[kind] else "" for kind in KINDS),
            f"{net['params']:,}",
            f"{net['params_ratio']:.2f}",
            f"{net['mib']:.1f}",
            f"{net['macs']:,}",
            f"{net['macs_ratio']:.2f}",
            ", ".join(f"{layer['layer']} {layer['share']:.0%}" for layer in net["largest"]),
        )
    note = "MiB of float32, without auxiliary heads; each table has its own channels and classes unless you give others"
    return [title(f"{report['net']} against {', '.join(report['against'])}"), sizes, Text(note)]
