"""The command line, ``googlenet``: exit 0 all well, 1 a check failed, 2 wrong use or bad input.

Whatever takes time to import is imported by the command that needs it.
"""

from __future__ import annotations

import sys

import typer

from common.base.errors import InputError
from common.base.printable import printable
from common.cli import compare, evaluate, tables, train, weights  # noqa: F401  (each adds its commands)
from common.cli.app import app

__all__ = ["main"]


def spread(arguments: list[str], options: tuple[str, ...] = ("--images", "--against")) -> list[str]:
    """The same arguments with ``--images a b`` as ``--images a --images b``, the form Typer knows.

    Raises:
        InputError: such an option without a value.
    """
    spreading, found = None, []
    for i, argument in enumerate(arguments):
        if argument.startswith("-") and argument != "-":
            spreading = argument if argument in options else None
            if spreading and all(value.startswith("-") for value in arguments[i + 1 : i + 2]):
                raise InputError(f"{spreading} needs at least one value")
            found += [] if spreading else [argument]
        else:
            found += [spreading, argument] if spreading else [argument]
    return found


def main() -> None:
    """Run the command line; every error a user can make is one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a letter that a terminal does not know ends no command
    try:
        sys.exit(app(spread(sys.argv[1:]) or ["--help"], standalone_mode=False))
    except (InputError, typer.TyperException) as error:
        message = error.format_message() if isinstance(error, typer.TyperException) else str(error)
        print(f"googlenet: {printable(' '.join(message.split()))}", file=sys.stderr)
        sys.exit(2)
    except typer.Abort:
        print("googlenet: aborted", file=sys.stderr)
        sys.exit(130)
