"""The mistakes that the page ships with: measured again, they are what the file says."""

import pytest

from common.compare.mistakes import MISTAKES
from common.site import broken
from common.site.broken import TABLES, measure, shipped


def test_every_mistake_is_seen_and_no_shape_or_count_shows_it():
    tries = [each for network in shipped()["networks"] for each in network["tries"]]
    assert {each["mistake"] for each in tries} == {mistake.key for mistake in MISTAKES}
    for network in shipped()["networks"]:
        limits = [stage["limit"] for stage in network["stages"]]
        for right in network["right"].values():
            assert all(error <= limit for error, limit in zip(right, limits, strict=True))
        for each in network["tries"]:
            assert each["shapes"] and each["params"] and each["first"] == each["where"]
            assert each["errors"][-1] > limits[-1]


def near(found, expected):
    """Equal but for round-off."""
    return found == pytest.approx(expected, rel=1e-6, abs=1e-12)


FIRST, *OTHERS = TABLES


@pytest.mark.parametrize(
    ("name", "keys"),
    [(FIRST, ["relu"]), *(pytest.param(name, None, marks=pytest.mark.long) for name in (FIRST, *OTHERS))],
)
def test_a_framework_that_makes_the_mistakes_has_the_errors_that_are_shipped(name, keys, backend_name, monkeypatch):
    monkeypatch.setattr(broken, "TABLES", {name: TABLES[name]})
    (found,) = measure([backend_name], keys)["networks"]
    expected = next(network for network in shipped()["networks"] if network["name"] == name)
    assert found["stages"] == expected["stages"]
    own = [
        each
        for each in expected["tries"]
        if each["backend"] == backend_name and each["mistake"] in (keys or each["mistake"])
    ]
    assert len(found["tries"]) == len(own) > 0
    for each, other in zip(found["tries"], own, strict=True):
        assert near(each.pop("errors"), other["errors"]) and each == {k: v for k, v in other.items() if k != "errors"}
