"""Steps of a trainer by several processes, each with its share; what they leave, by rank."""

import socket
from contextlib import closing
from multiprocessing import get_context

import numpy as np

from common.contract import backend
from common.contract.recipe import Recipe
from common.data.images import random_images
from common.table.drawing import probing
from common.table.resolve import without_dropout
from common.workers.environment import Place
from common.workers.shares import share

RECIPE = Recipe(nesterov=True, weight_decay=5e-4, label_smoothing=0.1, clip=1.0)
HERE = "127.0.0.1"


def worker(queue, name, table, side, batches, place):
    """One worker: what its steps leave goes into the queue."""
    package = backend.load(name)
    table = without_dropout(RECIPE.applied(table))
    net = package.build_net(table, weights=probing(table, 0), dtype="float64")
    group = package.join(place, seconds=20) if place.size > 1 else None
    trainer = package.Trainer(net, RECIPE, **({} if group is None else {"group": group}))
    told = []
    for i, count in enumerate(batches):
        x = random_images(count, (table.input[0], *side), i)
        y = np.random.default_rng(i).integers(table.num_classes, size=count)
        own = share(count, place.rank, place.size)
        told.append(trainer.step(x[own], y[own], lr=0.01, seed=i))
    queue.put((place.rank, told, package.get_weights(net), trainer.velocities()))


def steps(name, table, side, batches, size):
    """(losses and right answers, weights, velocities) of each worker, by rank."""
    context = get_context("spawn")
    queue = context.Queue()
    with closing(socket.create_server((HERE, 0))) as probe:
        port = probe.getsockname()[1]
    places = [Place(rank, size, HERE, port) for rank in range(size)]
    processes = [
        context.Process(target=worker, args=(queue, name, table, side, batches, place), daemon=True) for place in places
    ]
    for process in processes:
        process.start()
    try:
        left = sorted((queue.get(timeout=300) for _ in processes), key=lambda one: one[0])
    finally:
        for process in processes:
            process.kill() if process.is_alive() and not process.join(5) and process.is_alive() else process.join()
    return [one[1:] for one in left]
