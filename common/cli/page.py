"""One page about the networks: ``googlenet page``."""

from __future__ import annotations

from typing import Annotated

import typer

from common.cli import complete
from common.cli.app import app
from common.cli.listed import Listed
from common.cli.options import TABLES, Json


@app.command(cls=Listed)
def page(
    networks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NET]...", autocompletion=complete.nets, help=f"{TABLES} [default: all that it lists]"),
    ] = None,
    out: Annotated[str, typer.Option(metavar="DIR", help="The folder of the page.")] = "page",
    results: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="A folder of what compare --json wrote. [default: d2l and d2l_bn are compared now]"
        ),
    ] = None,
    prove: Annotated[
        bool | None,
        typer.Option("--prove/--no-prove", help="Whether to compare now. [default: where no results are given]"),
    ] = None,
    runs: Annotated[
        list[str] | None, typer.Option(metavar="DIR", help="Runs of train, to be shown over each other; repeat it.")
    ] = None,
    bench: Annotated[str | None, typer.Option(metavar="FILE", help="What bench --json wrote.")] = None,
    docs: Annotated[
        str | None, typer.Option(metavar="DIR", help="A folder of Markdown, whose pages are made beside it.")
    ] = None,
    json: Json = None,
) -> None:
    """Make a page that opens from the disk: the networks, their code side by side, and the proof that they agree.

    Example: googlenet page --out page
    """
    from common.cli.show.output import Output
    from common.cli.show.plain import written
    from common.site import asked

    output = Output(json)
    found = asked.page(
        networks or None,
        out,
        results=results,
        prove=prove,
        runs=runs or (),
        bench=bench,
        docs=docs,
        watcher=output,
    )
    output.print(written([found["file"]])[1:])
    output.json(found)
