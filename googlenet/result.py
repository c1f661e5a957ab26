"""What every result has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from rich.console import Console, RenderableType

from common.cli.show.output import Output
from googlenet.html import html


@dataclass(frozen=True, repr=False)
class Result(ABC):
    """What a function has found out.

    Attributes:
        report: what the command writes with ``--json``; docs/json.md lists the keys.
    """

    report: Any = field(hash=False)

    def to_dict(self) -> Any:
        """A copy of what the command writes with ``--json``: plain dicts, lists, texts and numbers."""
        return deepcopy(self.report)

    @abstractmethod
    def _line(self) -> str:
        """What came out, in some words."""

    @abstractmethod
    def _parts(self) -> Sequence[RenderableType]:
        """What the command prints."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._line()}>"

    def __str__(self) -> str:
        written = StringIO()
        output = Output()
        output.console = Console(file=written, width=output.console.width, highlight=False, markup=False, emoji=False)
        output.print(self._parts())
        return written.getvalue().rstrip("\n")

    def _repr_html_(self) -> str:
        return html(self._parts())
