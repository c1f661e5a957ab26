"""Tables as code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from common import nets as tables
from common.cli.show.code import code
from common.table.spec import Network
from common.written import asked
from googlenet.arguments import Path, in_python
from googlenet.result import Result

if TYPE_CHECKING:
    from rich.console import RenderableType


class Written(Result):
    """The files of a table."""

    @property
    def code(self) -> dict[str, str]:
        """The text of each file by its backend."""
        return {each["backend"]: each["code"] for each in self.report["files"]}

    def _line(self) -> str:
        files = [f"{each['lines']} lines for {each['backend']}" for each in self.report["files"]]
        return f"{self.report['network']}: {', '.join(files)}"

    def _parts(self) -> Sequence[RenderableType]:
        return code(self.report)


@in_python
def write(
    net: str | Network = "d2l",
    *,
    backend: str = "torch",
    out: Path | None = None,
    aux: bool | None = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
) -> Written:
    """Write a table out as files that import the framework and nothing else.

    Args:
        net: a name, ``mytable.py:NET``, or a table.
        backend: a name, or ``all``.
        out: where to write the file; several have the names of their backends before the suffix. None writes none.
        aux: with auxiliary heads, or without; None is as the network has them.
        in_channels, num_classes: None is the network's own.

    Returns:
        A `Written`.

    Raises:
        InputError: no such network or backend, or a file that cannot be written.

    >>> "Inception(192, 64, (96, 128), (16, 32), 32)" in write("d2l").code["torch"]
    True
    """
    return Written(
        asked.write(tables.get(net, in_channels=in_channels, num_classes=num_classes, aux=aux), backend, out)
    )
