"""Errors that go from one process to another, where no traceback follows them."""

from __future__ import annotations

import pickle
import traceback
from contextlib import suppress
from dataclasses import dataclass

from common.base.errors import InputError
from common.base.machine import out_of_memory


class Elsewhere(Exception):
    """Where an error was raised in another process: its traceback, as text."""

    def __str__(self) -> str:
        return f"in another process:\n{self.args[0]}"


@dataclass(frozen=True)
class Sent:
    """An error on its way.

    Attributes:
        error: itself where it can be sent, or one that ends a command in the same way and with the same words.
        trace: its traceback.
    """

    error: BaseException
    trace: str

    @classmethod
    def of(cls, error: BaseException) -> Sent:
        """An error that is about to be sent.

        >>> Sent.of(InputError("no such file")).error
        InputError('no such file')
        """
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        if out_of_memory(error) and not isinstance(error, InputError):  # for what it came of is not sent with it
            return cls(MemoryError(), trace)
        with suppress(Exception):
            if type(pickle.loads(pickle.dumps(error))) is type(error):
                return cls(error, trace)
        words = "".join(traceback.format_exception_only(type(error), error)).strip()
        return cls(RuntimeError(words), trace)

    def received(self) -> BaseException:
        """The error to raise, whose cause says where it comes from."""
        self.error.__cause__ = Elsewhere(self.trace)
        return self.error
