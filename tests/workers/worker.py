"""One worker of a test: steps on its share of seeded batches, and in rank 0 the same steps alone.

Usage: worker.py BACKEND NET BATCH STEPS SIDE SECONDS FOLDER, and in the environment the place, and a DEVICE or none.
"""

import gc
import os
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import sleep

import numpy as np

from common import nets
from common.base.errors import InputError
from common.base.unused import BY_US, unused
from common.contract import devices
from common.contract.backend import load
from common.contract.recipe import Recipe
from common.table.drawing import probing
from common.table.resolve import without_dropout
from common.table.spec import CLASSES, Aux, BatchNorm, Conv, Dense, GlobalAvgPool, Inception, MaxPool, Network, Stage
from common.workers import place, share

TINY = Network(
    "tiny",
    "A convolution and an Inception block, normalised, with a head.",
    "these tests",
    (3, 16, 16),
    4,
    "floor",
    stages={
        "b1": Stage(conv=Conv(6, 3), pool=MaxPool(3, 2)),
        "b2": Stage(mixed=Inception(4, (3, 4), (2, 4), 4), pool=GlobalAvgPool()),
    },
    norm=BatchNorm(eps=1e-3, momentum=0.9),
    bias=False,
    aux={"aux1": Aux("b1.conv", Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES)))},
)
LATE = 0.5  # seconds in each step, of the worker that the environment names
RECIPE = Recipe(lr=0.05, momentum=0.9, weight_decay=1e-3, clip=1.0, label_smoothing=0.1)


def trained(package, table, group, batch, steps, side, rank, size):
    """Losses, right answers, weights and velocities after the steps; and the seconds of exchange by the end of each."""
    net = package.build_net(table, weights=probing(table), dtype="float64")
    trainer = package.Trainer(net, RECIPE, group=group)
    if group is not None and str(rank) == os.environ.get("LATE"):
        trainer.seeded = partial(late, trainer.seeded)
    rng = np.random.default_rng(0)
    told, exchanged = [], []
    for step in range(steps):
        x = rng.normal(size=(batch, table.input[0], side, side))
        y = rng.integers(0, table.num_classes, batch)
        part = share(batch, rank, size)
        told.append(trainer.step(x[part], y[part], lr=RECIPE.lr, seed=step))
        exchanged.append(0.0 if group is None else group.seconds)
        print("step", step, flush=True)
    arrays = package.get_weights(net) | {f"velocity {k}": v for k, v in trainer.velocities().items()}
    return arrays | {"told": np.array(told)}, exchanged


@contextmanager
def late(seeded, seed):
    """Come late to what a step computes."""
    sleep(LATE)
    with seeded(seed):
        yield


def main(backend, name, batch, steps, side, seconds, folder):
    """Write what came of it: ``RANK.npz`` of each worker and ``alone.npz``."""
    package, here = load(backend), place()
    table = without_dropout(nets.get(TINY if name == "tiny" else name))
    settings = (int(batch), int(steps), int(side))
    group = package.join(here, seconds=float(seconds))
    if here.rank == 0 and not os.environ.get("NOT_ALONE"):
        np.savez(Path(folder, "alone.npz"), **trained(package, table, None, *settings, 0, 1)[0])
    group.barrier(300)
    arrays, exchanged = trained(package, table, group, *settings, here.rank, here.size)
    np.savez(Path(folder, f"{here.rank}.npz"), **arrays)
    if "LATE" in os.environ:  # after the first step, in which graphs are made
        print(f"waited {exchanged[-1] - exchanged[0]:.3f}", flush=True)
    bits = np.array([-0.0, np.nan, 1e-310, here.rank])
    assert group.broadcast(bits).tobytes() == np.array([-0.0, np.nan, 1e-310, 0]).tobytes()
    group.barrier()
    group.close()


if __name__ == "__main__":
    try:
        with devices.using(os.environ.get("DEVICE")), unused(*BY_US):
            device = devices.of_worker(place(), load(sys.argv[1]))
        if os.environ.get("DEVICE"):
            import torch

            torch.backends.cudnn.deterministic = True
        with devices.using(device):
            main(*sys.argv[1:])
        gc.freeze()  # as `common.workers.local` does
    except InputError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(2)
