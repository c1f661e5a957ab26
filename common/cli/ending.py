"""How ``googlenet`` ends, whatever happens: by one of these exit codes, and with at most one line on stderr.

=====  ===============================================================================================
0      all well
1      a check failed: the frameworks diverge
2      bad input, or memory or a disk that do not suffice; the line says what, where and what to do
3      a defect of ours; the line says how to see where
128+n  signal n: 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP
=====  ===============================================================================================

Rooms raise `InputError` for whatever a user can do wrong, and let everything else through. Here it is sorted.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from common.base.errors import InputError
from common.base.machine import out_of_memory
from common.base.memory import keep_freed_memory
from common.base.printable import as_line
from common.base.signals import Ended, ended_by_signals, signal_name
from common.base.unused import BY_US, unused
from common.cli import streams

REFUSED, DEFECT = 2, 3
TRACEBACK = "--traceback"  # with any command
VARIABLE = "GOOGLENET_TRACEBACK"  # for where nothing can be added to the command


def run(arguments: Sequence[str]) -> int:
    """Run one command, and say how it ended.

    Args:
        arguments: those after the name of the program.

    Returns:
        The exit code.
    """
    streams.settle()
    keep_freed_memory()
    atexit.unregister(_end_at_once)
    atexit.register(_end_at_once)
    traced = bool(os.environ.get(VARIABLE)) or TRACEBACK in arguments
    with ended_by_signals(), unused(*BY_US):
        try:
            code = _command([each for each in arguments if each != TRACEBACK])
            streams.flush()
        except BaseException as error:
            code, line = ending(error)
            if traced:
                _trace(error)
            _say(line)
            with suppress(InputError):  # one line is enough
                streams.flush()
    return code


def ending(error: BaseException) -> tuple[int, str]:
    """The exit code that an error means, and the line that tells of it.

    >>> ending(InputError("no such file"))
    (2, 'no such file')
    >>> ending(Ended(signal.SIGTERM))
    (143, 'ended by SIGTERM')
    >>> ending(KeyError("b1"))[0]
    3
    """
    if isinstance(error, KeyboardInterrupt):
        number = error.number if isinstance(error, Ended) else int(signal.SIGINT)
        return 128 + number, f"ended by {signal_name(number)}"
    if isinstance(error, InputError):
        return REFUSED, str(error)
    if out_of_memory(error):
        return REFUSED, "memory does not suffice: ask for less at a time, such as a smaller --batch or --image-size"
    if isinstance(error, OSError) and error.errno is not None:
        where = f"{error.filename}: " if error.filename is not None else ""
        advice = f"see that it is there, and that there is room; {TRACEBACK} shows what needs it"
        return REFUSED, f"{where}{error.strerror}: {advice}"
    if (refusal := _refused_by_typer(error)) is not None:
        return REFUSED, refusal
    return DEFECT, f"a defect of googlenet: {_said(error)}; run it again with {TRACEBACK} to see where, and report it"


def _refused_by_typer(error: BaseException) -> str | None:
    """What Typer says of arguments that it does not take, and where help is; None for any other error."""
    import typer

    if not isinstance(error, typer.TyperException):
        return None
    command = getattr(getattr(error, "ctx", None), "command_path", "googlenet")
    return f"{error.format_message().rstrip('.')} (see {command} --help)"


def _command(arguments: list[str]) -> int:
    """The exit code of a command that ends by itself."""
    _require_usable(arguments)
    import typer

    from common.cli import complete
    from common.cli.arguments import spread

    command = _commands()
    if asked := os.environ.get(complete.VARIABLE):
        return complete.answer(command, asked)
    # Not by `command.main`, which turns signals and closed pipes into exit codes of its own.
    try:
        with _begun(command, spread(arguments) or ["--help"]) as context:
            command.invoke(context)
    except typer.Exit as ended:
        return ended.exit_code
    return 0


@cache
def _commands() -> Any:
    """All commands as one, made once in a process: Typer takes as long to read their options as many of them run."""
    import typer

    # Each adds its commands.
    from common.cli import (  # noqa: F401
        bench,
        compare,
        draw,
        evaluate,
        features,
        page,
        scores,
        tables,
        train,
        weights,
        write,
    )
    from common.cli.app import app

    return typer.main.get_command(app)


def _begun(command: Any, arguments: list[str]) -> Any:
    """The context of a command, whose own options have been read.

    Raises:
        typer.Exit: one of them was all that was asked for. Typer itself leaves by `SystemExit` where it has shown, or
            installed, completion; anywhere else that is a defect.
    """
    import typer

    try:
        return command.make_context("googlenet", arguments)
    except SystemExit as shown:
        raise typer.Exit(shown.code if isinstance(shown.code, int) else 0) from None


def _require_usable(arguments: Sequence[str]) -> None:
    """Require what every command needs.

    Raises:
        InputError: an argument with a NUL character, which no file name has; or the working folder was removed.
    """
    for argument in arguments:
        if "\0" in argument:
            raise InputError(f"argument {argument!r} has a NUL character: leave it out")
    try:
        os.getcwd()
    except OSError as error:
        raise InputError(f"the working folder cannot be used ({error.strerror}): change to another one") from None


def _said(error: BaseException) -> str:
    """The type of an error, and its message where it has one that can be had."""
    with suppress(Exception):
        if message := str(error):
            return f"{type(error).__name__}: {message}"
    return type(error).__name__


def _say(line: str) -> None:
    with suppress(OSError, ValueError):  # ValueError: somebody has closed it
        print(f"googlenet: {as_line(line)}", file=sys.stderr, flush=True)


def _trace(error: BaseException) -> None:
    """Show where an error comes from."""
    import traceback

    with suppress(OSError, ValueError):
        traceback.print_exception(error, file=sys.stderr)


def _end_at_once() -> None:
    """While Python itself ends, a signal ends the process without a word, and nothing is searched for rubbish.

    Of three frameworks that search takes two seconds, and the system takes back the memory of them anyway.
    """
    gc.freeze()
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
