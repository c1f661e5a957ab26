"""What is said of features that were written."""

from __future__ import annotations

from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.plain import written


def written_features(found: dict[str, Any]) -> list[RenderableType]:
    """A line about the features, and where they are; ``found`` is what `common.features.whole.save` returns."""
    count, *shape = found["shape"]
    kind = "x".join(map(str, shape))
    said = (
        f"{count:,} images, {kind} numbers each in {found['dtype']}: layer {found['layer']} of {found['network']} "
        f"in {found['framework']}; images {found['preprocessing']}"
    )
    return [Text(said), *written([found["out"]])]
