"""Standard output and standard error, made so that no command ends by what happens at their other end.

Where nobody reads (``| head``, ``>&-``, a terminal that was closed) the words go nowhere, and the work goes on to its
end. Standard output that cannot be stored (a full disk) is an error: somebody wanted it. What cannot be said on
standard error is not said.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

from common.base.errors import InputError

UNREAD = (errno.EPIPE, errno.EIO, errno.EBADF)  # nobody reads; a terminal that is gone; closed


class Lasting(io.FileIO):
    """A file descriptor to write to that drops what nobody can read.

    Args:
        descriptor: 1 or 2; it stays open.
        wanted: whether it is an error if the words cannot be stored.
    """

    def __init__(self, descriptor: int, *, wanted: bool):
        super().__init__(descriptor, "w", closefd=False)
        self.wanted, self.lost = wanted, False

    def write(self, data: Any) -> int:
        """Write, or drop, all of the data.

        Raises:
            InputError: words that are wanted cannot be stored; told once, and dropped from then on.
        """
        with memoryview(data) as view:
            if self.lost:
                return view.nbytes
            try:
                return super().write(data) or 0
            except OSError as error:
                self.lost = True
                if self.wanted and error.errno not in UNREAD:
                    raise InputError(
                        f"standard output: cannot be written: {error.strerror}: send it elsewhere"
                    ) from None
                return view.nbytes


def settle() -> None:
    """Make the standard streams last, and have letters that an encoding does not know written out.

    Streams that somebody has put in their place, as tests do, are left where they are.
    """
    _open_descriptors()
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream, own = getattr(sys, name), getattr(sys, f"__{name}__")
        if stream is own and not isinstance(getattr(own, "buffer", None), Lasting):
            stream = _lasting(descriptor, stream)
            setattr(sys, name, stream)
        with suppress(AttributeError, ValueError):  # no text stream, or one that is closed
            stream.reconfigure(errors="backslashreplace")


def _open_descriptors() -> None:
    """Let no file that is opened later become standard output because that was closed."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            with suppress(OSError):
                opened = os.open(os.devnull, os.O_RDWR)
                if opened != descriptor:  # pragma: no cover - the lowest free one is taken
                    os.dup2(opened, descriptor)
                    os.close(opened)


def _lasting(descriptor: int, stream: TextIO | None) -> TextIO:
    """A text stream in place of Python's own, or of none where Python found it closed."""
    raw = Lasting(descriptor, wanted=descriptor == 1)
    encoding = stream.encoding if stream is not None else "utf-8"
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=raw.isatty()
    )


def flush() -> None:
    """Write what is still to be written of standard output.

    Raises:
        InputError: it cannot be stored.
    """
    with suppress(ValueError):  # closed
        sys.stdout.flush()
