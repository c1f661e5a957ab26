"""How fast networks are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from common.bench import asked
from common.cli.show.bench import bench as shown
from common.cli.show.bench import told
from common.table.spec import Network
from googlenet.arguments import Size, in_python, listed, size_of, watcher
from googlenet.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType


class Speeds(Result):
    """How fast each entrant is, and what may be said of it."""

    @property
    def ok(self) -> bool:
        """Whether all who were asked for by name were measured, and computed the same network."""
        return self.report["ok"]

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

    def _parts(self) -> Sequence[RenderableType]:
        return shown(self.report)

    def plot(self) -> Figure:
        """A bar for each entrant, with the middle half of its rounds.

        Returns:
            A Matplotlib figure; a notebook shows it.
        """
        from common.cli.show.speeds import drawn
        from googlenet.plots import shown as showing

        return showing(drawn(self.report))


@in_python
def bench(
    nets: Sequence[str | Network] | str | Network = "d2l",
    *,
    backends: Sequence[str] | str | None = None,
    batch: Sequence[int] | int | None = None,
    image_size: Size = None,
    dtype: str = "float32",
    train: bool = False,
    others: bool = True,
    rounds: int = asked.ROUNDS,
    threads: int | None = None,
    timeout: float = asked.LIMIT,
    in_channels: int | None = None,
    num_classes: int | None = None,
    progress: bool = False,
) -> Speeds:
    """Measure how fast networks are, each framework in a process of its own, in turns.

    Args:
        nets: names, ``mytable.py:NET``, or tables; or one of these.
        backends: names; None is all that are installed.
        batch: images a call, one number or several; None is 1, 8 and 32, or 64 for training.
        image_size: (H, W) in pixels, or one number for both; None is each network's own.
        dtype: ``float32``, ``float64`` or ``bfloat16``, which in inference is measured beside float32.
        train: measure steps of training.
        others: also ONNX Runtime and the like, and published networks of others.
        rounds: turns of each process that count.
        threads: of each process; None is one for each processor.
        timeout: seconds that a process may be silent before it is given up.
        in_channels, num_classes: None is the network's own.
        progress: show how far it has come.

    Returns:
        `Speeds`.

    Raises:
        InputError: no such network or backend, images that it does not take, or more memory than there is.

    >>> bench("d2l", batch=32, train=True).verdicts  # doctest: +SKIP
    ['tf trainer is 1.12 times as fast as mxnet trainer (1.10 to 1.13 in the middle half of 10 rounds)']
    """
    report: dict[str, Any] = asked.bench(
        [nets] if isinstance(nets, str | Network) else list(nets),
        backends=listed(backends),
        batch=[batch] if isinstance(batch, int) else batch,
        image_size=size_of(image_size),
        dtype=dtype,
        rounds=rounds,
        threads=threads,
        train=train,
        others=others,
        in_channels=in_channels,
        num_classes=num_classes,
        limit=timeout,
        watcher=watcher(progress),
    )
    return Speeds(report)
