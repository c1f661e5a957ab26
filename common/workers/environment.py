"""Which worker a process is, by the variables that torchrun, Slurm, Kubeflow and Ray set.

=============  =====================================================================
RANK           of this worker, from 0; of Slurm SLURM_PROCID
WORLD_SIZE     how many workers there are; of Slurm SLURM_NTASKS
MASTER_ADDR    where rank 0 listens; also under Slurm, where the job script sets it
MASTER_PORT    the port there
LOCAL_RANK     of this worker among those of its machine, from 0; of Slurm SLURM_LOCALID
=============  =====================================================================
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from common.base.errors import InputError

SLURM = {"RANK": "SLURM_PROCID", "WORLD_SIZE": "SLURM_NTASKS", "LOCAL_RANK": "SLURM_LOCALID"}
RESTARTS, REQUEUED = "TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT"
MOST = 1 << 16  # workers


@dataclass(frozen=True)
class Place:
    """The place of a worker in a group.

    Attributes:
        rank: of the worker, from 0.
        size: how many workers there are.
        host: name or address at which rank 0 listens.
        port: the port there.
        listening: whether somebody else, such as torchrun, listens there already in place of rank 0.
        attempt: how often the group was started before; no two attempts hear of each other.
        local: rank among the workers of its machine, from 0.
    """

    rank: int
    size: int
    host: str
    port: int
    listening: bool = False
    attempt: str = "0"
    local: int = 0


def place(environ: Mapping[str, str] | None = None) -> Place | None:
    """The place that the environment tells of; None where it tells of no group, or of one with a single worker.

    Args:
        environ: the environment; None is that of the process.

    Raises:
        InputError: variables that are missing, or that cannot be; names the first.

    >>> place({"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "10.0.0.5", "MASTER_PORT": "29500"})
    Place(rank=1, size=2, host='10.0.0.5', port=29500, listening=False, attempt='0', local=0)
    >>> place({}) is None
    True
    """
    environ = os.environ if environ is None else environ
    by_srun = _of_srun(environ)
    if "WORLD_SIZE" not in environ and not by_srun:
        return None
    names = {name: slurm if by_srun and name not in environ else name for name, slurm in SLURM.items()}
    size = _number(environ, names["WORLD_SIZE"], 1, MOST)
    if size == 1:
        return None
    host = environ.get("MASTER_ADDR", "")
    if not host or len(host) > 255 or not host.isprintable() or " " in host:
        raise InputError(f"MASTER_ADDR is {host!r:.60}: set it to the host of rank 0, such as 10.0.0.5")
    return Place(
        rank=_number(environ, names["RANK"], 0, size - 1),
        size=size,
        host=host,
        port=_number(environ, "MASTER_PORT", 1, 65535),
        listening=environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
        attempt=_attempt(environ),
        local=_number(environ, names["LOCAL_RANK"], 0, size - 1) if names["LOCAL_RANK"] in environ else 0,
    )


def again(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the launcher that the environment tells of has started the same before, with however many workers.

    >>> told = {"WORLD_SIZE": "1", "TORCHELASTIC_RESTART_COUNT": "2"}
    >>> again(told), again({**told, "TORCHELASTIC_RESTART_COUNT": "0"}), again({})
    (True, False, False)
    """
    environ = os.environ if environ is None else environ
    return ("WORLD_SIZE" in environ or _of_srun(environ)) and _attempt(environ) != "0"


def _attempt(environ: Mapping[str, str]) -> str:
    """How often the launcher has started the same before."""
    name = REQUEUED if _of_srun(environ) and RESTARTS not in environ else RESTARTS
    return environ.get(name, "0")[:20] or "0"


def _of_srun(environ: Mapping[str, str]) -> bool:
    """Whether srun has started this process as one of several; in a batch script alone there are no other workers."""
    return "SLURM_PROCID" in environ and "SLURM_STEP_ID" in environ and "MASTER_ADDR" in environ


def _number(environ: Mapping[str, str], name: str, least: int, most: int) -> int:
    """The whole number in a variable.

    Raises:
        InputError: it is missing, no whole number, or out of its range.
    """
    text = environ.get(name, "")
    if text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most:
        return int(text)
    raise InputError(f"{name} is {text!r:.60} in the environment: set it to a whole number of {least} to {most}")
