"""The traps, as edits of the code that set each of them again, and the tests that must then fail.

The edits are in the other files of this folder, by suites; ``run.py`` applies one at a time to a copy of the project.
The number before a trap is that of its section in docs/differences.md: 1 padding, 2 published bugs that shapes and
parameter counts cannot see, 3 what the frameworks mean by the same words, 4 surprises while importing.

Every mutant of a package, of a table, or of what tables mean, says whether ``googlenet compare`` sees it too, and where
it does not, why it cannot: `judged`.
"""

from dataclasses import dataclass, replace

NETS, TORCH, TF, MXNET = "common/nets/", "googlenet_torch/", "googlenet_tf/", "googlenet_mxnet/"


def tests(file: str, *names: str) -> tuple[str, ...]:
    """Node ids of tests of one file."""
    room, _, name_ = file.partition("/")
    return tuple(f"tests/{room}/test_{name_}.py::test_{name}" for name in names)


SEES = "sees: "
# Why compare cannot see a mutant.
OF_THE_TABLE = "the reference and every backend are built from the table that is wrong"
OF_IMPORTS = "it compares what nets compute, not what an import does to the process"
OF_USE = "it uses every net in one way, in which this makes no difference"
OF_TRAINING = "it takes dropout out of the table, for which there is no reference"
SAME_FUNCTION = "the net computes the same function"
NOT_IN_TABLES = "no table of ours has such a layer, and a net of one is what it compares"
BEHIND_RELU = "every max pool of our tables is behind a ReLU, where 0 is never above the maximum"
OF_REFUSALS = "what it compares is a table that may be, and nothing here is asked of one"
OF_FILES = "it reads no file of a framework's own, and writes none"
OF_RESUMING = "it makes steps from the first, and never goes on from velocities"
OF_DTYPES = "it computes steps in float64, and passes in float64 and float32"


def sees(arguments: str) -> str:
    """``googlenet compare`` with these arguments says that the mutant diverges; ``run.py --compare`` tries it."""
    return SEES + arguments


@dataclass(frozen=True)
class Mutant:
    """An edit: ``old``, which occurs exactly once in ``file``, becomes ``new``; one of ``killers`` fails then.

    ``backend`` is the one that the killers run with. ``compare`` is what `sees` makes of the arguments that
    ``googlenet compare`` sees the mutant with, or the reason why it sees it with none; see `judged`.
    """

    name: str
    trap: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...]
    backend: str = "torch"
    compare: str = ""

    @property
    def of_a_net(self) -> bool:
        """Whether it changes a package, a table, or what tables mean: what ``googlenet compare`` is there for."""
        return self.file.startswith(("googlenet_", NETS, "common/table/"))

    @property
    def seen_with(self) -> list[str] | None:
        """The arguments that ``googlenet compare`` sees the mutant with; None where it cannot see it."""
        return self.compare.removeprefix(SEES).split() if self.compare.startswith(SEES) else None


def everywhere(name: str, trap: str, killers: tuple[str, ...], **edits: tuple[str, str, str]) -> list[Mutant]:
    """The same mistake in each framework: ``backend=(file, old, new)``."""
    folders = {"torch": TORCH, "tf": TF, "mxnet": MXNET}
    return [
        Mutant(f"{name}-{backend}", trap, folders[backend] + file, old, new, killers, backend)
        for backend, (file, old, new) in edits.items()
    ]


def judged(mutants: list[Mutant], verdicts: dict[str, str]) -> list[Mutant]:
    """The mutants with their ``compare``: that of the longest beginning of their name in ``verdicts``.

    Raises:
        ValueError: a mutant of a package or a table without a verdict, or a verdict without a mutant.
    """
    found, used = [], set()
    for mutant in mutants:
        begins = [begin for begin in verdicts if mutant.name.startswith(begin)]
        if not begins and not mutant.of_a_net:
            found.append(mutant)
            continue
        if not begins:
            raise ValueError(f"{mutant.name}: does compare see it, and if not, why not?")
        used.add(max(begins, key=len))
        found.append(replace(mutant, compare=verdicts[max(begins, key=len)]))
    if used != set(verdicts):
        raise ValueError(f"verdicts without a mutant: {sorted(set(verdicts) - used)}")
    return found
