"""A written file alone is the reference: in a fresh process of its framework, with nothing of ours on the path.

Forward, block by block, and gradients in float64, in evaluation and in training mode; moving statistics; counts and
dropouts. The short run has one process for each framework, with tables of all kinds; the long one has every table.
"""

import hypothesis
import pytest
from support.backends import NAMES
from support.random_tables import tables
from support.sizes import FAMILY
from support.written_files import Case, dropouts, run_alone
from support.written_tables import ODD

from common import nets

long = pytest.mark.long

# (images, height, width) in evaluation and in training mode. Gluon's rounded-up pools need maps as large as the window.
SIZES = {
    **FAMILY,
    "d2l": ((2, 33, 46), (2, 33, 46)),
    "d2l_same": ((2, 34, 46), (2, 34, 46)),
    "d2l_bn": ((2, 33, 46), (3, 64, 64)),
    "paper": ((1, 65, 78), (1, 224, 240)),
    "caffe": ((1, 65, 78), (1, 224, 240)),
    "imagenet_aux": ((1, 65, 78), (1, 224, 240)),
    "torchvision": ((2, 65, 78), (3, 97, 64)),
    "cifar10_bn": ((2, 65, 78), (8, 64, 64)),
}
SHORT = (("d2l", False), ("d2l_bn", True))
RANDOM = 2


def drawn(count):
    """So many random tables, the same ones each time."""
    found = []

    @hypothesis.settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(tables())
    def collect(table):
        found.append(table)

    collect()
    return found[-count:]


def case(name, training):
    return Case(nets.get(name), SIZES[name][training], training)


@pytest.fixture(scope="module")
def short():
    """What the short run compares, by name."""
    cases = {f"{name}-{'training' if training else 'evaluation'}": case(name, training) for name, training in SHORT}
    for number, table in enumerate([*ODD, *drawn(RANDOM)]):
        for training in (bool(table.aux),):
            size = (4, *table.input[1:])
            cases[f"{table.name}-{number}-{'training' if training else 'evaluation'}"] = Case(table, size, training)
    return cases


def check(cases, backend, tmp_path):
    """Run the cases in one process, and hold each to the reference."""
    folders = {name: tmp_path / name.replace(":", "_") for name in cases}
    for folder in folders.values():
        folder.mkdir()
    jobs = [each.job(folders[name], backend) for name, each in cases.items()]
    for (name, each), found in zip(cases.items(), run_alone(jobs, backend, tmp_path), strict=True):
        errors = each.errors(found, backend)
        assert {key: error for key, error in errors.items() if not error <= 1} == {}, name
        assert found["params"] == each.table.layers.totals().params, name
        assert sorted(found["drops"]) == sorted(dropouts(each.table)), name
        assert len(errors) > len(each.slopes), name


def test_every_table_has_a_size_here():
    assert sorted(SIZES) == sorted(nets.names())


@pytest.mark.parametrize("backend", NAMES)
def test_files_of_all_kinds_of_tables_are_the_reference(backend, short, tmp_path):
    check(short, backend, tmp_path)


@long
@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize("name", SIZES)
def test_the_file_of_every_table_is_the_reference(name, training, tmp_path):
    one = {name: case(name, training)}
    for backend in NAMES:
        (tmp_path / backend).mkdir()
        check(one, backend, tmp_path / backend)
