"""``googlenet train`` as one of several that a launcher such as torchrun has started: who prints, and who follows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import typer

from common.base.errors import InputError
from common.base.signals import asked_to_stop
from common.cli.listed import Listed
from common.workers.environment import Place, place

if TYPE_CHECKING:
    from common.data.dataset import Dataset
    from common.runs.run import Run

REFUSED = 2  # the exit code of whoever cannot go on


class OfGroup(Listed):
    """A command whose arguments may be wrong in one of several processes: the others hear of it, and end."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the arguments; an error that rank 0 tells of is told once."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except (typer.TyperException, InputError):
            with refusing(place()):
                raise


@contextmanager
def refusing(here: Place | None) -> Iterator[None]:
    """Before the others are met: what this process is asked for and cannot do ends all of them.

    Raises:
        InputError, typer.TyperException: what the block raises; of any rank but 0 with the rank.
        typer.Exit: rank 0 has told of it.
    """
    try:
        yield
    except (typer.TyperException, InputError) as error:
        if here is not None:
            from common.runs import together

            line = error.format_message().rstrip(".") if isinstance(error, typer.TyperException) else str(error)
            with suppress(InputError) if here.rank == 0 else one_line(here):
                together.refuse(here, InputError(line))
        raise


@contextmanager
def one_line(here: Place) -> Iterator[None]:
    """What a rank says of an error: its own with its rank, that of another with the other's; rank 0's is told once."""
    from common.runs.training import Diverged
    from common.workers.group import Refused

    try:
        yield
    except InputError as error:
        if here.rank and (isinstance(error, Diverged) or (isinstance(error, Refused) and error.rank == 0)):
            raise typer.Exit(REFUSED) from None
        if isinstance(error, Refused):
            raise InputError(f"rank {error.rank} cannot take part: {error}") from None
        if here.rank == 0:
            raise
        raise InputError(f"rank {here.rank}: {error}") from None


def follow(here: Place, net: str | None, data: str, data_dir: str | None, resume: str | None) -> int | None:
    """Train as a rank other than 0: print nothing, write nothing, and hear everything else from rank 0.

    Args:
        net: a table of one's own is read here too.
        data, data_dir: this machine's; of a run that goes on they are those of rank 0.

    Returns:
        The signal that asked the group to stop, if one did.

    Raises:
        InputError: this worker cannot take part, or another one cannot.
        typer.Exit: rank 0 cannot, and tells why.
    """
    from common import data as datasets
    from common import nets
    from common.runs import together
    from common.runs.opened import is_outside

    def read(runs: Sequence[Run]) -> Dataset:
        first = runs[0]
        name, folder = (first.data, first.data_dir) if resume is not None else (data, data_dir)
        return datasets.load(name, data_dir=folder)

    refused = None
    try:
        if is_outside(net):
            nets.get(os.fspath(net or ""))
    except InputError as error:
        refused = error
    with one_line(here):
        joined = together.follow(here, read, refused)
        over = True
        with asked_to_stop(told=False) as asked:
            for run, where in zip(joined.runs, joined.places, strict=True):
                over &= together.train_in_group(where, run, joined.dataset, asked, joined.options)
                if asked():
                    break
            return None if over else asked.number


def lead(
    here: Place,
    prepare: Callable[[], tuple[list[Run], Dataset]],
    train: Callable[..., tuple[dict[str, Any], int | None]],
    *,
    checkpoint_every: int,
    made: bool,
) -> tuple[dict[str, Any], int | None]:
    """Train as rank 0, which makes or opens the runs, writes, and prints.

    Args:
        prepare: gives the runs and their data.
        train: takes them, and the places of their groups.
        made: the runs are new ones.
    """
    from common.runs import together

    with one_line(here):
        joined = together.lead(here, prepare, {"checkpoint_every": checkpoint_every}, made=made)
        return train(joined.runs, joined.dataset, places=joined.places)
