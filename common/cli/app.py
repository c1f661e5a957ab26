"""The application that the commands are added to, and ``--version``."""

from importlib import metadata

import typer

from common import __version__

app = typer.Typer(
    help="GoogLeNet and its family from one table, the same function in PyTorch, Keras and MXNet.",
    epilog="With --traceback any command shows where an error comes from.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _installed(name: str) -> str | None:
    """The version of an installed distribution, read without importing it; None where there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _show_versions(asked: bool) -> None:
    if not asked:
        return
    typer.echo(f"googlenet {__version__}")
    from common.contract.backend import declarations

    for declared in declarations().values():
        for name in declared.distributions:
            if version := _installed(name):
                typer.echo(f"{name} {version}")
    raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_show_versions, is_eager=True, help="The versions of googlenet and the frameworks."
    ),
) -> None:
    """Options that come before a command."""
