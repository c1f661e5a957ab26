"""Groups of one, shares of a batch, and what the environment says of a group."""

import numpy as np
import pytest

from common.base.errors import InputError
from common.workers.environment import Place, place
from common.workers.group import Alone, require_same
from common.workers.shares import seed_of, share

TOLD = {"RANK": "2", "WORLD_SIZE": "3", "MASTER_ADDR": "node1", "MASTER_PORT": "29500"}


@pytest.mark.parametrize("count", range(12))
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_shares_are_the_batch_in_order_and_as_equal_as_can_be(count, size):
    parts = [np.arange(count)[share(count, rank, size)] for rank in range(size)]
    assert np.concatenate(parts).tolist() == list(range(count))
    lengths = [len(part) for part in parts]
    assert max(lengths) - min(lengths) <= 1
    assert lengths == sorted(lengths, reverse=True)


def test_workers_draw_their_own_numbers_and_rank_0_those_of_one_alone():
    seeds = [seed_of(5, rank) for rank in range(50)]
    assert seeds[0] == 5
    assert len(set(seeds)) == 50
    assert seeds[1] != seed_of(6, 1)


def test_a_group_of_one_exchanges_nothing():
    array = np.array([1.0, 2.0])
    for call in (Alone().sum, Alone().broadcast):
        assert call(array).tolist() == [1, 2]
        assert call(array) is not array


class Differing(Alone):
    """A worker of another rank than 0, which holds other numbers than that."""

    size = 2

    def broadcast(self, array):
        return array + 1


def test_workers_that_hold_something_else_are_told_apart():
    require_same(Alone(), b"ab", "the weights")
    with pytest.raises(InputError, match="the weights of the workers are not those of rank 0"):
        require_same(Differing(), b"ab", "the weights")


def test_the_environment_tells_the_place():
    assert place(TOLD) == Place(2, 3, "node1", 29500)
    assert place({**TOLD, "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "1"}) == Place(
        2, 3, "node1", 29500, listening=True, attempt="1"
    )


def test_slurm_tells_the_place_of_what_srun_has_started():
    slurm = {"SLURM_PROCID": "1", "SLURM_NTASKS": "2", "MASTER_ADDR": "node1", "MASTER_PORT": "29500"}
    assert place(slurm) is None
    assert place({**slurm, "SLURM_STEP_ID": "0"}) == Place(1, 2, "node1", 29500)


@pytest.mark.parametrize("told", [{}, {"RANK": "0"}, {"RANK": "0", "WORLD_SIZE": "1"}])
def test_no_group_is_none(told):
    assert place(told) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("RANK", text) for text in ("", "3", "-1", "x", "1.0", "9" * 5000, "²")),
        *(("WORLD_SIZE", text) for text in ("0", "", "two", "65537", "1e3")),
        *(("MASTER_PORT", text) for text in ("", "0", "65536", "http", "\x1b[31m")),
        *(("MASTER_ADDR", text) for text in ("", "a b", "h" * 256, "\x1b[31m")),
    ],
)
def test_a_bad_environment_is_one_line_that_names_the_variable(name, text):
    with pytest.raises(InputError) as error:
        place({**TOLD, name: text})
    assert str(error.value).startswith(name)
    assert len(str(error.value)) < 200 and str(error.value).isprintable()


@pytest.mark.parametrize("name", ["RANK", "MASTER_ADDR", "MASTER_PORT"])
def test_a_variable_that_is_missing_is_named(name):
    with pytest.raises(InputError, match=f"^{name} is ''"):
        place({key: value for key, value in TOLD.items() if key != name})
