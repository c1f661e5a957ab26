"""Code as it is: no line of it is folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType
from rich.text import Text


def code(report: dict[str, Any]) -> Sequence[RenderableType]:
    """The lines of each file.

    Args:
        report: of `common.written.asked.write`.
    """
    return [Text(line, no_wrap=True) for each in report["files"] for line in each["code"].splitlines()]
