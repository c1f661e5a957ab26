"""The model of cost: its formulas against messages that are sent one by one, and its bytes against real arrays."""

import math
import random
from pathlib import Path

import numpy as np
import pytest

from common import nets
from common.base.errors import InputError
from common.compare.trainer import ReferenceTrainer
from common.contract.recipe import named
from common.table.drawing import probing
from common.table.memory import to_train
from common.workers import cost

LINK = cost.Link(bandwidth=1e8, latency=3e-4)
FAR = cost.Link(bandwidth=1e6, latency=1e-3)


def ring_by_messages(values, seconds):
    """(sums at every worker, seconds) of a ring in which each worker hands one piece on to the next in every round."""
    n = len(values)
    pieces = [np.array_split(value.astype(float), n) for value in values]
    rounds = [(r, False) for r in range(n - 1)] + [(r, True) for r in range(n - 1)]
    elapsed = 0.0
    for r, known in rounds:
        sent = [(i, (i + known - r) % n, pieces[i][(i + known - r) % n].copy()) for i in range(n)]
        for i, piece, content in sent:
            to = pieces[(i + 1) % n]
            to[piece] = content if known else to[piece] + content
        elapsed += max(seconds(content.nbytes) for _, _, content in sent)
    return [np.concatenate(piece) for piece in pieces], elapsed


def tree_by_messages(values, seconds):
    """The same, of a tree in which half of the workers hand their sum to the other half, until one has it."""
    n, sums, elapsed, away = len(values), [value.astype(float) for value in values], 0.0, 1
    up = []
    while away < n:
        up.append([(i + away, i) for i in range(0, n - away, 2 * away)])
        away *= 2
    for pairs in up:
        for child, parent in pairs:
            sums[parent] = sums[parent] + sums[child]
        elapsed += seconds(sums[0].nbytes)
    for pairs in reversed(up):
        for child, parent in pairs:
            sums[child] = sums[parent].copy()
        elapsed += seconds(sums[0].nbytes)
    return sums, elapsed


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 7, 16])
@pytest.mark.parametrize("messages, formula", [(ring_by_messages, cost.ring), (tree_by_messages, cost.tree)])
def test_a_formula_takes_as_long_as_its_messages(workers, messages, formula):
    values = [np.random.default_rng(i).integers(0, 9, 16 * 3 * 7) for i in range(workers)]
    sums, elapsed = messages(values, LINK.seconds)
    assert all((s == sum(values)).all() for s in sums)
    assert formula(workers, sums[0].nbytes, LINK) == pytest.approx(elapsed, rel=1e-12)


def test_a_machine_sums_inside_before_it_asks_the_others():
    cluster = cost.Cluster(4, inside=LINK, between=FAR)
    assert cluster.exchange(4, 4e6) == cost.ring(4, 4e6, LINK)
    assert cluster.exchange(16, 4e6) == pytest.approx(cost.ring(4, 4e6, LINK) + cost.ring(4, 1e6, FAR))
    assert cluster.exchange(17, 4e6) == pytest.approx(cost.ring(4, 4e6, LINK) + cost.ring(5, 1e6, FAR))


def test_few_bytes_go_by_the_tree_and_many_by_the_ring():
    cluster = cost.Cluster(1, inside=LINK, between=FAR)
    assert cluster.exchange(64, 8) == cost.tree(64, 8, FAR) < cost.ring(64, 8, FAR)
    assert cluster.exchange(64, 1e9) == cost.ring(64, 1e9, FAR) < cost.tree(64, 1e9, FAR)


@pytest.mark.parametrize("name", ["d2l", "cifar10_bn", "d2l_residual"])
def test_gradients_and_statistics_are_as_many_bytes_as_the_arrays_have(name):
    table = nets.get(name)
    weights = probing(table, dtype="float32")
    trained = ReferenceTrainer(table, named("d2l"), weights).trained
    sums = cost.traffic(table)
    assert sums.gradients == sum(weights[n].nbytes for n in trained) + np.float32(0).nbytes
    means = [a.nbytes for n, a in weights.items() if n.endswith("running_mean")]
    assert sorted(sums.statistics) == sorted([*means, *means, *(2 * size for size in means)])
    assert cost.traffic(table, "float64").gradients == 2 * sums.gradients
    assert cost.traffic(table, "bfloat16") == sums


@pytest.mark.parametrize("buckets", [1, 2, 5, 40])
@pytest.mark.parametrize("exchange", [0.01, 0.6, 0.99, 3.0])
def test_what_is_exposed_is_what_sending_part_by_part_leaves(exchange, buckets):
    backward, sent = 1.0, 0.0
    for part in range(1, buckets + 1):
        sent = max(sent, backward * part / buckets) + exchange / buckets
    assert cost.exposed(exchange, backward, buckets) == pytest.approx(sent - backward, abs=1e-12)


def test_a_step_is_its_three_parts():
    table, cluster = nets.get("d2l_bn"), cost.Cluster(2, inside=LINK, between=FAR)
    step = cost.step(table, 6, cluster, computing=0.4)
    sums = cost.traffic(table)
    assert step.gradients == cluster.exchange(6, sums.gradients)
    assert step.statistics == sum(cluster.exchange(6, size) for size in sums.statistics) > 0
    assert step.seconds == 0.4 + step.gradients + step.statistics
    assert step.efficiency == 0.4 / step.seconds
    assert cost.step(table, 6, cluster, computing=0.4, local_statistics=True).statistics == 0
    overlapped = cost.step(table, 6, cluster, computing=0.4, buckets=10)
    assert overlapped.gradients == cost.exposed(step.gradients, 0.4 * 2 / 3, 10) < step.gradients
    assert cost.step(table, 1, cluster, computing=0.4) == (0.4, 0, 0)


def test_products_are_three_times_those_of_a_forward_pass():
    table = nets.get("d2l")
    macs = sum(layer.macs for layer in table.layers.values() if layer.leaf)
    assert cost.compute_seconds(table, 5, flops=1e9) == pytest.approx(5 * 3 * 2 * macs / 1e9)


def test_the_largest_share_fits_and_one_more_does_not():
    table = nets.get("d2l")
    share = cost.largest_share(table, 1e9)
    assert to_train(table, table.input, share) <= 1e9 < to_train(table, table.input, share + 1)
    assert cost.largest_share(table, 1e3) == 0


def test_the_slowest_is_no_further_behind_than_the_bound():
    draw = random.Random(0)
    for workers in (8, 64, 512):
        worst = np.mean([max(draw.gauss(0, 0.02) for _ in range(workers)) for _ in range(200)])
        assert 0.7 * cost.slowest(workers, 0.02) < worst < cost.slowest(workers, 0.02)


def test_checkpoints_come_as_often_as_loses_least():
    write, between, workers = 3.0, 1e7, 100
    best = cost.checkpoint_every(workers, write, between)

    def lost(every):
        return write / every + every / 2 * workers / between

    assert min(math.inf, *(lost(best * factor) for factor in (0.5, 0.9, 1.1, 2))) > lost(best)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: cost.Link(0, 0),
        lambda: cost.Link(1, -1e-9),
        lambda: cost.Link(math.nan, 0),
        lambda: cost.Cluster(0, LINK, LINK),
        lambda: cost.exposed(1, 1, 0),
        lambda: cost.step(nets.get("d2l"), 0, cost.Cluster(1, LINK, LINK), computing=1),
    ],
)
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(InputError):
        wrong()


DOC = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()


def test_the_page_has_the_numbers_of_the_model():
    table = nets.get("inception_v3")
    cluster = cost.Cluster(8, inside=cost.Link(200e9, 5e-6), between=cost.Link(20e9, 15e-6))
    computing = cost.compute_seconds(table, batch=64, flops=60e12)
    rows, exact, local = [], [], []
    for gpus in (8, 16, 64, 256, 1024):
        step = cost.step(table, gpus, cluster, computing=computing)
        other = cost.step(table, gpus, cluster, computing=computing, buckets=20, local_statistics=True)
        exact.append(f"{100 * step.efficiency:.0f}")
        local.append(f"{100 * other.efficiency:.0f}")
        times = f"{1e3 * step.gradients:.1f} | {1e3 * step.statistics:.1f}"
        rows.append(f"| {gpus} | {times} | {exact[-1]}% | {local[-1]}% | {gpus * 64 / step.seconds:,.0f} |")
    assert "\n".join(rows) in DOC
    assert f"line [{', '.join(exact)}]\n  line [{', '.join(local)}]" in DOC
    sums = cost.traffic(table)
    assert f"{sums.gradients / 1e6:.1f} MB of gradients" in DOC
    assert f"{sum(sums.statistics) / 1e6:.2f} MB of statistics in {len(sums.statistics)} sums" in DOC
    assert f"{1e3 * computing:.1f} ms a step, {64 / computing:,.0f}\nimages/s" in DOC
    assert f"about {cost.largest_share(table, 80e9)} images" in DOC
    every = cost.checkpoint_every(1024, write=2, between_failures=16 * 365.25 * 86400)
    assert f"every {every / 60:.0f} minutes" in DOC
    assert f"up to {100 * cost.slowest(1024, 0.02):.0f}% behind" in DOC
