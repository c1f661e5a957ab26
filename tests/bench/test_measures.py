"""Medians, quartiles, the rule of warming up, and the verdict: on made-up numbers."""

import pytest

from common.bench.measures import MOST_CALLS, calls_of_a_turn, quantile, spread, steady
from common.bench.verdict import LEAST, beside, compared, verdict


def test_quantiles_are_those_of_numpy():
    import numpy as np

    values = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]
    for share in (0, 0.25, 0.5, 0.75, 0.95, 1):
        assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-12)
    assert spread(values) == {name: quantile(values, q) for name, q in (("median", 0.5), ("q25", 0.25), ("q75", 0.75))}


@pytest.mark.parametrize(
    ("turns", "warm"),
    [
        ([1.0] * 5, False),  # too few to compare with those before
        ([1.0] * 6, True),
        ([1.0, 1.0, 1.0, 1.04, 1.04, 1.04], True),
        ([1.0, 1.0, 1.0, 0.94, 0.94, 0.94], False),
        ([1.0, 1.0, 1.0, 1.06, 1.06, 1.06], False),
        ([1.0, 1.0, 1.0, 1.0, 5.0, 1.0], True),  # one turn that somebody disturbed
        ([1.0, 1.0, 1.0, 1.0, 1.0, 5.0], True),  # the same at the end
        ([9.0, 9.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], True),  # what is long past does not count
    ],
)
def test_warm_is_who_no_longer_changes(turns, warm):
    assert steady(turns) is warm


def test_a_turn_has_as_many_calls_as_make_it_long_enough():
    assert [calls_of_a_turn(s) for s in (5.0, 0.4, 0.39, 0.1, 1e-9)] == [1, 1, 2, 4, MOST_CALLS]


def row(name, speeds, same=True, failure=None):
    provider, way = name.split()
    middle = spread(speeds) if speeds else None
    fields = {"name": name, "provider": provider, "way": way, "same_network": same, "failure": failure}
    return {**fields, "rounds": speeds, "images_per_s": middle}


def test_a_difference_is_told_only_where_it_is_larger_than_the_spread():
    told = compared([11.0, 11.1, 11.2, 11.1, 11.0], [10.0] * 5)
    assert told == pytest.approx({"ratio": 1.11, "q25": 1.1, "q75": 1.11, "rounds": 5, "told": True})
    wide = compared([10.2, 11.9, 11.2, 10.4, 12.2], [10.0] * 5)  # all are faster, and they are far apart
    assert wide["q25"] > 1 and not wide["told"]
    slower = compared([9.0, 9.1, 9.2, 9.1, 9.0], [10.0] * 5)
    assert slower["told"] and slower["ratio"] < 1


def test_a_machine_that_drifts_does_not_decide():
    """Both become three times as slow: their quartiles are far apart, and every round tells the same."""
    drift = [30.0, 26.0, 21.0, 16.0, 12.0, 10.0]
    told = compared([1.1 * speed for speed in drift], drift)
    assert told["told"] and told["ratio"] == pytest.approx(1.1)


def test_of_few_rounds_nothing_is_told():
    assert compared([20.0] * (LEAST - 1), [10.0] * (LEAST - 1))["told"] is False
    assert compared([20.0] * LEAST, [10.0] * LEAST)["told"] is True


def test_each_provider_is_judged_by_its_fastest_way_and_other_networks_are_not():
    rows = [
        row("torch plain", [10.0] * 5),
        row("torch fast", [30.0] * 5),
        row("tf fast", [20.0] * 5),
        row("torch torchvision", [99.0] * 5, same=False),
        row("mxnet fast", [99.0] * 5, failure={"kind": "differs", "message": "it does"}),
        row("mxnet plain", None, failure={"kind": "crashed", "message": "it did"}),
    ]
    told = verdict(rows)
    assert (told["fastest"], told["second"], told["ratio"], told["told"]) == ("torch fast", "tf fast", 1.5, True)
    alone = verdict(rows[:2])
    assert (alone["fastest"], alone["second"], alone["ratio"]) == ("torch fast", "torch plain", 3.0)
    assert verdict(rows[:1]) is None and verdict(rows[3:]) is None and verdict([]) is None


def test_ways_of_one_provider_are_compared_with_each_other():
    rows = [row("torch plain", [10.0] * 5), row("torch fast", [25.0] * 5), row("tf fast", [20.0] * 5)]
    (only,) = beside(rows, ("fast", "plain"))
    assert (only["name"], only["beside"], only["ratio"]) == ("torch fast", "torch plain", 2.5)


def test_who_is_called_the_fastest_is_so_round_by_round():
    """The median of one is higher, and in most rounds the other is faster."""
    rows = [row("torch fast", [10.0, 10.0, 12.0, 12.0, 12.0]), row("tf fast", [11.0, 11.0, 11.0, 13.0, 13.0])]
    told = verdict(rows)
    assert (told["fastest"], told["second"]) == ("tf fast", "torch fast") and told["ratio"] > 1
