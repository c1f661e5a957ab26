"""The traps, as edits of the code that set each of them again, and the tests that must then fail.

The edits are in the other files of this folder; `run.py` applies one at a time to a copy of the project. The number
before a trap is that of its section in docs/differences.md: 1 padding, 2 published bugs that shapes and parameter
counts cannot see, 3 what the frameworks mean by the same words, 4 surprises while importing.
"""

from dataclasses import dataclass

NETS, TORCH, TF, MXNET = "common/nets/", "googlenet_torch/", "googlenet_tf/", "googlenet_mxnet/"


def tests(file: str, *names: str) -> tuple[str, ...]:
    """Node ids of tests of one file."""
    room, _, name_ = file.partition("/")
    return tuple(f"tests/{room}/test_{name_}.py::test_{name}" for name in names)


@dataclass(frozen=True)
class Mutant:
    """An edit: ``old``, which occurs exactly once in ``file``, becomes ``new``; one of ``killers`` fails then.

    ``backend`` is the one that the killers run with.
    """

    name: str
    trap: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...]
    backend: str = "torch"


def everywhere(name: str, trap: str, killers: tuple[str, ...], **edits: tuple[str, str, str]) -> list[Mutant]:
    """The same mistake in each framework: ``backend=(file, old, new)``."""
    folders = {"torch": TORCH, "tf": TF, "mxnet": MXNET}
    return [
        Mutant(f"{name}-{backend}", trap, folders[backend] + file, old, new, killers, backend)
        for backend, (file, old, new) in edits.items()
    ]
