"""How fast networks are, where their time goes, and how it grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from common.bench.asked import LIMIT
from common.bench.scale import BUDGET
from common.cli.measured import TASKS, tasks
from common.cli.show.bench import told
from common.table.spec import Network
from googlenet.arguments import Size, in_python, listed, size_of, watcher
from googlenet.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType


class Benchmark(Result):
    """What was measured of networks, whatever the task: ``TASK`` is how it is shown and drawn."""

    TASK: ClassVar[str]

    @property
    def ok(self) -> bool:
        """Whether all who were asked for by name were measured, and computed the same network."""
        return self.report["ok"]

    def _parts(self) -> Sequence[RenderableType]:
        return TASKS[self.TASK].show(self.report)

    def plot(self) -> Figure:
        """Bars of `Speeds`, a roofline of `Layers`, curves of `Growth`.

        Returns:
            A Matplotlib figure; a notebook shows it.
        """
        from googlenet.plots import shown

        return shown(TASKS[self.TASK].drawn(self.report))


class Speeds(Benchmark):
    """How fast each entrant is, and what may be said of it."""

    TASK = "speeds"

    @property
    def images_per_s(self) -> dict[tuple[str, int, str], float]:
        """The median of images a second by (network, batch, who), such as ``("d2l", 32, "torch fast")``."""
        return {
            (group["net"], group["batch"], row["name"]): row["images_per_s"]["median"]
            for group in self.report["groups"]
            for row in group["rows"]
            if row["images_per_s"] is not None
        }

    @property
    def verdicts(self) -> list[str]:
        """For each network and batch, in words, who is faster and by how much, or that it cannot be told."""
        return [told(group["verdict"]) for group in self.report["groups"]]

    def _line(self) -> str:
        groups = [f"{group['net']} at batch {group['batch']}" for group in self.report["groups"]]
        return "; ".join(f"{group}: {words}" for group, words in zip(groups, self.verdicts, strict=True))


class Layers(Benchmark):
    """Where the time of a pass goes, layer by layer, as each framework's ``predict`` has it."""

    TASK = "layers"

    @property
    def seconds(self) -> dict[tuple[str, str], dict[str, float]]:
        """By (network, backend) the median seconds that each layer took of a call, by its name."""
        return {
            (group["net"], own["provider"]): {part["name"]: part["seconds"] for part in own["parts"]}
            for group in self.report["groups"]
            for own in group["layers"]
        }

    def _line(self) -> str:
        return "; ".join(
            f"{group['net']} at batch {group['batch']}, {own['provider']}: "
            + ", ".join(f"{kind['kind']} {kind['share']:.0%}" for kind in own["kinds"][:3])
            for group in self.report["groups"]
            for own in group["layers"]
        )


class Growth(Benchmark):
    """How the cost of a network grows with the batch, the size of image and the threads, and its training memory."""

    TASK = "scale"

    @property
    def exponents(self) -> dict[tuple[str, str], float | None]:
        """By (axis, who), such as ``("batch", "torch fast")``, the power the cost grows with; None of one point."""
        return {
            (curve["axis"], f"{curve['provider']} {curve['way']}"): curve["exponent"] for curve in self.report["curves"]
        }

    def _line(self) -> str:
        nets = dict.fromkeys(group["net"] for group in self.report["groups"])
        known = {key: value for key, value in self.exponents.items() if value is not None}
        grown = "; ".join(f"{who} to the {value:.2f} of {axis}" for (axis, who), value in known.items())
        return f"{', '.join(nets)}: {grown}"


KINDS: dict[str, type[Speeds] | type[Layers] | type[Growth]] = {
    **{"speeds": Speeds, "train": Speeds},
    **{"layers": Layers, "scale": Growth},
}


@in_python
def bench(
    nets: Sequence[str | Network] | str | Network = "d2l",
    *,
    backends: Sequence[str] | str | None = None,
    batch: Sequence[int] | int | None = None,
    image_size: Size = None,
    dtype: str = "float32",
    train: bool = False,
    layers: bool = False,
    scale: bool = False,
    budget: float = BUDGET,
    others: bool = True,
    compiled: bool = False,
    rounds: int | None = None,
    threads: int | None = None,
    timeout: float = LIMIT,
    in_channels: int | None = None,
    num_classes: int | None = None,
    progress: bool = False,
) -> Speeds | Layers | Growth:
    """Measure how fast networks are, each framework in a process of its own, in turns.

    Args:
        nets: names, ``mytable.py:NET``, or tables; or one of these.
        backends: names; None is all that are installed.
        batch: images a call, one number or several; None is 1, 8 and 32, or 64 for training; with ``layers`` one
            number, or None for 8.
        image_size: (H, W) in pixels, or one number for both; None is each network's own.
        dtype: ``float32``, ``float64`` or ``bfloat16``, which in inference is measured beside float32.
        train: measure steps of training.
        layers: measure where the time of a pass goes, by kind of layer and by stage.
        scale: measure how the cost of one network grows with batch, size of image and threads, and its training memory.
        budget: seconds after which ``scale`` begins no more.
        others: also ONNX Runtime and the like, and published networks of others; not with ``layers`` or ``scale``.
        compiled: also PyTorch's fast path compiled into machine code, which takes a minute or so; in float32.
        rounds: turns of each process that count; None is 10, or 3 with ``scale``.
        threads: of each process; None is one for each processor.
        timeout: seconds that a process may be silent before it is given up.
        in_channels, num_classes: None is the network's own.
        progress: show how far it has come.

    Returns:
        `Speeds`, whose picture has a bar for each entrant; with ``layers`` `Layers`, drawn as a roofline; with
        ``scale`` `Growth`, drawn as curves.

    Raises:
        InputError: no such network or backend, images that it does not take, more memory than there is, or two of
            ``train``, ``layers`` and ``scale``.

    >>> bench("d2l", batch=32, train=True).verdicts  # doctest: +SKIP
    ['tf trainer is 1.12 times as fast as mxnet trainer (1.10 to 1.13 in the middle half of 10 rounds)']
    """
    task = tasks(layers=layers, scale=scale, train=train)
    settings = {} if rounds is None else {"rounds": rounds}
    report: dict[str, Any] = TASKS[task].measure(
        nets=[nets] if isinstance(nets, str | Network) else list(nets),
        backends=listed(backends),
        batch=[batch] if isinstance(batch, int) else batch,
        image_size=size_of(image_size),
        dtype=dtype,
        threads=threads,
        others=others,
        compiled=compiled,
        in_channels=in_channels,
        num_classes=num_classes,
        limit=timeout,
        budget=budget,
        watcher=watcher(progress),
        **settings,
    )
    return KINDS[task](report)
