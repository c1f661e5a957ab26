"""What all workers of a group start from: rank 0 reads it from the run's folder, and tells the others.

So no disk need be shared, and all hold the same bits, whatever each of them would have read or drawn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import numpy as np

from common.base.locks import alone
from common.runs import sealed
from common.runs.run import Run
from common.runs.state import State
from common.table.tensors import Weights
from common.workers.group import JOINING, Group, require_same
from common.workers.telling import led, tell, tell_arrays

Start = tuple[State, Weights, dict[str, np.ndarray] | None]  # where a run stands, its weights and velocities
OF_A_MACHINE = ("data", "data_dir")  # settings that may differ between machines


@contextmanager
def held(run: Run, group: Group) -> Iterator[None]:
    """Rank 0 keeps other processes out of the run's folder; the others may come later, for they read data first.

    Raises:
        InputError: another process trains the run; or the workers are to train different ones.
        WorkerLost: a worker did not come.
    """
    with ExitStack() as stack:
        if group.size > 1:
            group.barrier(JOINING)
            settings = {name: value for name, value in run.settings.items() if name not in OF_A_MACHINE}
            require_same(group, sealed.checksum(settings).encode(), f"{run.folder}: the settings")
        led(group, lambda: stack.enter_context(alone(run.folder)))
        yield


def start(group: Group, read: Callable[[], Start]) -> Start:
    """Where all workers start: what rank 0 reads.

    Args:
        read: called by rank 0 alone.

    Raises:
        InputError: what ``read`` raises, in rank 0.
        Refused: the same, in the others.
        WorkerLost: a worker did not come.
    """
    own = led(group, read)
    if group.size == 1 and own is not None:
        return own
    state, weights, velocities = own or (State(), {}, None)
    said = json.dumps({"state": state.described(), "moves": velocities is not None})
    told = json.loads(tell(group, said.encode()))
    weights = tell_arrays(group, weights)
    moving = tell_arrays(group, velocities or {}) if told["moves"] else None
    return State.from_described(told["state"], "what rank 0 tells"), weights, moving
