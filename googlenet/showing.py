"""A page about the networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as File
from typing import TYPE_CHECKING

from common.cli.show.plain import written
from common.site import asked
from common.table.spec import Network
from googlenet.arguments import Path, in_python, listed, watcher
from googlenet.result import Result

if TYPE_CHECKING:
    from rich.console import RenderableType


class Page(Result):
    """A page on the disk."""

    @property
    def file(self) -> File:
        """Where it is."""
        return File(self.report["file"])

    def _line(self) -> str:
        count = len(self.report["networks"])
        networks = "1 network" if count == 1 else f"{count} networks"
        return f"{networks}, {self.report['bytes'] / 1e6:.1f} MB: {self.report['file']}"

    def _parts(self) -> Sequence[RenderableType]:
        return written([self.report["file"]])[1:]


@in_python
def page(
    networks: Sequence[str | Network] | str | Network | None = None,
    out: Path = "page",
    *,
    results: Path | None = None,
    prove: bool | None = None,
    runs: Sequence[Path] | Path = (),
    bench: Path | None = None,
    docs: Path | None = None,
    progress: bool = False,
) -> Page:
    """Make a page that opens from the disk and asks for nothing else: the networks in the frameworks, side by side.

    Args:
        networks: names or tables; None is every table there is.
        out: the folder of the page, which is made where there is none.
        results: a folder of what ``googlenet compare --json`` has written.
        prove: compare d2l and d2l_bn now, in every framework that is installed; None is where no results are given.
        runs: folders of runs of `train`, whose curves are shown over each other.
        bench: what `bench` measured, as ``googlenet bench --json`` writes it.
        docs: a folder of Markdown, whose pages are made beside it.
        progress: show how far it has come.

    Returns:
        A `Page`.

    Raises:
        InputError: no such network, a folder that cannot be written to, or a library of the extra ``page`` is missing.

    >>> page("vgg11", "shown").file.name
    'index.html'
    """
    chosen = [networks] if isinstance(networks, Network) else listed(networks)
    return Page(
        asked.page(
            chosen,
            out,
            results=results,
            prove=prove,
            runs=listed(runs) or (),
            bench=bench,
            docs=docs,
            watcher=watcher(progress),
        )
    )
