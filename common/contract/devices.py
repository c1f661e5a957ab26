"""Where nets live: which names devices have, who has which, and where a net goes that is built without a word on it.

A device is ``cpu``, ``cuda`` (the first GPU of NVIDIA), ``cuda:1`` (the second), ``mps`` (Apple's), or ``auto``: the
fastest there is. A backend declares the kinds that it can use (`Declaration.devices`), and its function ``devices``
says how many of each it sees. Arrays that go into a net and come out of it are NumPy's, wherever the net lives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from common.base.errors import InputError, choose
from common.contract.declaration import CPU, Declaration

if TYPE_CHECKING:
    from common.workers.environment import Place

AUTO = "auto"
NAMES = (CPU, "cuda", "cuda:1", "mps", AUTO)  # as examples: cuda may have any number
OTHER_WORDS = {"gpu": "cuda", "gpu:0": "cuda", "gpu:1": "cuda:1", "metal": "mps"}

_asked: ContextVar[str | None] = ContextVar("device", default=None)


def check(name: str) -> str:
    """The name of a device, or ``auto``, as it is; whether there is such a device is another question.

    Raises:
        InputError: no such name; says the nearest, and what there are.

    >>> check("cuda:1")
    'cuda:1'
    >>> check("gpu")
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: unknown device 'gpu': did you mean 'cuda'?
    """
    if name in OTHER_WORDS:
        raise InputError(f"unknown device {name!r}: did you mean {OTHER_WORDS[name]!r}?")
    return name if re.fullmatch(r"cuda:[0-9]{1,3}", str(name)) else choose("device", name, NAMES)


@contextmanager
def using(name: str | None) -> Iterator[None]:
    """In it, nets that are built without a device of their own go to this one; None is each framework's own default.

    Raises:
        InputError: what `check` raises.

    >>> with using("cpu"):
    ...     asked()
    'cpu'
    """
    token = _asked.set(None if name is None else check(name))
    try:
        yield
    finally:
        _asked.reset(token)


def asked() -> str | None:
    """The device of the innermost `using`; None outside of any."""
    return _asked.get()


def chosen(
    name: str | None, declared: Declaration, seen: Mapping[str, int], dtype: str = "float32"
) -> tuple[str, int] | None:
    """Kind and number of the device that a net goes to; None leaves it to the framework.

    Args:
        name: what was asked for; None is what `using` says.
        declared: what the backend says of itself.
        seen: how many devices of each kind it sees here.
        dtype: what the net computes in: Apple's GPUs have no float64.

    Raises:
        InputError: no such name, a kind that the backend cannot use or that has no float64, or a device that is not
            there; says which are.

    >>> from common.contract.declaration import of
    >>> chosen("auto", of("googlenet_torch"), {"cpu": 1, "cuda": 2})
    ('cuda', 0)
    >>> chosen("cuda:2", of("googlenet_torch"), {"cpu": 1, "cuda": 2})
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: device 'cuda:2': PyTorch sees no such device here: choose cpu, cuda, cuda:1 or auto
    """
    name = asked() if name is None else check(name)
    if name is None:
        return None
    able = [kind for kind in declared.devices if seen.get(kind)]
    if name == AUTO:
        fast = [kind for kind in able if kind != CPU and not (kind == "mps" and dtype == "float64")]
        return (fast or [CPU])[0], 0
    kind, _, number = name.partition(":")
    if kind not in declared.devices:
        why = f": {declared.no_other_devices}" if declared.no_other_devices else ""
        raise InputError(f"device {name!r}: {declared.framework} computes on {', '.join(declared.devices)} only{why}")
    if int(number or 0) >= seen.get(kind, 0):
        there = [each for one in able for each in (one, *(f"{one}:{i}" for i in range(1, seen[one])))]
        raise InputError(
            f"device {name!r}: {declared.framework} sees no such device here: choose {', '.join(there)} or {AUTO}"
        )
    if kind == "mps" and dtype == "float64":
        raise InputError("device 'mps' has no float64: choose float32, or the device cpu")
    return kind, int(number or 0)


def of(package: Any, declared: Declaration, dtype: str = "float32") -> str | None:
    """The name of the device that nets of a loaded package go to, where `using` says one; else None.

    Args:
        package: one that does not say what it sees has a CPU.
        declared: what it says of itself.
        dtype: what its nets compute in.

    Raises:
        InputError: what `chosen` raises.
    """
    device = chosen(None, declared, getattr(package, "devices", only_cpu)(), dtype)
    return device and (f"{device[0]}:{device[1]}" if device[1] else device[0])


def workers_on_gpus() -> bool:
    """Whether `using` says that each of several workers computes on a GPU of its own.

    Raises:
        InputError: it names a single device, which is not for several.

    >>> with using("cuda"):
    ...     workers_on_gpus()
    True
    """
    if asked() not in (None, CPU, "cuda"):
        raise InputError(f"several workers compute on cpu or cuda, each on a GPU of its own: not on {asked()}")
    return asked() == "cuda"


def of_worker(place: Place, package: Any) -> str | None:
    """The device of one of several workers: where `using` says that they compute on GPUs, that of its local rank.

    Args:
        place: of the worker. One that sees a single GPU takes that: some launchers show each worker its own.
        package: loaded.

    Raises:
        InputError: there are fewer GPUs than workers on its machine, or what `workers_on_gpus` raises.

    >>> from types import SimpleNamespace
    >>> from common.workers.environment import Place
    >>> with using("cuda"):
    ...     of_worker(Place(5, 8, "node1", 29500, local=1), SimpleNamespace(devices=lambda: {"cuda": 4}))
    'cuda:1'
    """
    if not workers_on_gpus():
        return asked()
    number = 0 if package.devices().get("cuda") == 1 else place.local
    require_gpus(number + 1, package)
    return f"cuda:{number}"


def require_gpus(workers: int, package: Any) -> None:
    """Require that a package sees a GPU for each worker of this machine.

    Raises:
        InputError: it sees fewer.
    """
    gpus = package.devices().get("cuda", 0)
    if workers > gpus:
        raise InputError(
            f"{workers} workers on a machine need as many GPUs, and {package.FRAMEWORK} sees {gpus}: start fewer"
        )


def only_cpu() -> dict[str, int]:
    """What a package sees that knows of nothing else.

    >>> only_cpu()
    {'cpu': 1}
    """
    return {CPU: 1}


@contextmanager
def full_precision(packages: Mapping[str, Any]) -> Iterator[None]:
    """Products in float32 have all their digits, on GPUs too: TensorFloat-32, which keeps ten, is off; then as before.

    Args:
        packages: loaded, by name. One that has no ``full_precision`` of its own is left as it is.
    """
    with ExitStack() as stack:
        for package in packages.values():
            own: Callable[[], AbstractContextManager] = getattr(package, "full_precision", nullcontext)
            stack.enter_context(own())
        yield
