"""Learning rates: every schedule against its formula or, for the plateau, against PyTorch's own."""

from math import cos, pi

import numpy as np
import pytest

from common.base.errors import InputError
from common.contract.recipe import Recipe
from common.contract.schedules import Constant, Cosine, Plateau, Position, Stepwise


def factors(schedule, steps_per_epoch, epochs):
    return [schedule.factor(Position(i, steps_per_epoch, epochs)) for i in range(steps_per_epoch * epochs)]


def test_a_position_knows_its_epoch():
    assert [Position(i, 3, 2).epoch for i in range(6)] == [0, 0, 0, 1, 1, 1]


def test_constant():
    assert factors(Constant(), 2, 3) == [1.0] * 6


def test_stepwise_multiplies_after_every_so_many_epochs():
    assert factors(Stepwise(0.5, 2), 2, 5) == [1.0] * 4 + [0.5] * 4 + [0.25] * 2


@pytest.mark.parametrize(("steps", "every"), [(1, 1), (3, 1), (3, 2), (10, 4)])
def test_a_rate_changes_at_the_first_step_of_an_epoch(steps, every):
    """Not a step early, which the last of the epoch before would feel, nor a step late."""
    changed = factors(Stepwise(0.5, every), steps, 3 * every)
    assert [i for i in range(1, len(changed)) if changed[i] != changed[i - 1]] == [steps * every, 2 * steps * every]


def test_the_rate_of_a_step_is_that_of_where_the_run_stands_before_it():
    """All schedules, step by step, beside tables made by hand: 2 steps an epoch, 3 epochs."""
    assert factors(Stepwise(0.5, 1), 2, 3) == [1, 1, 0.5, 0.5, 0.25, 0.25]
    assert factors(Cosine(warmup=1.0), 2, 3) == [1 / 3, 2 / 3, *((1 + cos(pi * i / 4)) / 2 for i in range(4))]
    plateau, losses = Plateau(by=0.5, patience=0), [1.0, 1.0]
    assert [plateau.factor(Position(i, 2, 3, losses[: i // 2])) for i in range(6)] == [1, 1, 1, 1, 0.5, 0.5]


def test_the_papers_steps_are_4_percent_less_every_8_epochs():
    """Szegedy et al. 2015, section 6."""
    assert [Stepwise().factor(Position(i, 1, 20)) for i in (7, 8, 15, 16)] == [1.0, 0.96, 0.96, 0.96**2]


def torchs(losses, plateau):
    """The factors that PyTorch's scheduler has come to after each of the losses."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=plateau.by, patience=plateau.patience, threshold=plateau.threshold
    )
    found = []
    for loss in losses:
        scheduler.step(loss)
        found.append(optimizer.param_groups[0]["lr"])
    return found


@pytest.mark.only("torch")
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("patience", [0, 1, 2, 5])
def test_a_plateau_is_that_of_pytorch(patience, seed):
    """By a factor of .5, for PyTorch drops changes of less than 1e-8."""
    rng = np.random.default_rng(seed)
    # Falling, then noise around a level; some equal to the lowest, some below it by less than the threshold.
    losses = list(np.round(2 / np.arange(1, 21) + rng.uniform(0, 0.3, 20), 2) * (1 - 0.5e-4 * rng.integers(3, size=20)))
    plateau = Plateau(by=0.5, patience=patience)
    ours = [plateau.factor(Position(0, 1, 20, losses[: i + 1])) for i in range(20)]
    assert ours == torchs(losses, plateau)
    assert len(set(ours)) > 1 or patience > 2


def test_a_loss_that_hardly_falls_counts_as_a_plateau():
    losses = [1.0, 0.99995, 0.9999, 0.99985]
    assert Plateau(patience=1, threshold=1e-3).factor(Position(0, 1, 9, losses)) == 0.1
    assert Plateau(patience=1, threshold=1e-5).factor(Position(0, 1, 9, losses)) == 1.0


def test_cosine_goes_up_in_a_line_and_down_along_half_a_cosine():
    found = factors(Cosine(warmup=1.0, last=0.2), 4, 3)
    assert found[:4] == [0.2, 0.4, 0.6, 0.8]
    assert found[4:] == [0.2 + 0.8 * (1 + cos(pi * i / 8)) / 2 for i in range(8)]
    assert found[4] == 1.0


@pytest.mark.parametrize("schedule", [Cosine(), Cosine(warmup=0.0), Cosine(warmup=0.5), Cosine(warmup=9.0)])
@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (1, 5), (7, 3), (100, 2)])
def test_no_step_of_a_cosine_has_a_rate_of_0_or_above_1(schedule, steps, epochs):
    assert all(0 < factor <= 1 for factor in factors(schedule, steps, epochs))


def test_warm_up_is_a_part_of_an_epoch_if_it_says_so():
    assert factors(Cosine(warmup=0.5), 4, 2)[:3] == pytest.approx([1 / 3, 2 / 3, 1.0], abs=1e-15)


@pytest.mark.parametrize("schedule", [Constant(), Stepwise(0.5, 1), Plateau()])
def test_a_warm_up_rises_in_a_line_to_the_rate_of_any_schedule(schedule):
    recipe = Recipe(lr=0.8, schedule=schedule, warmup=1.5)
    places = [Position(step, 2, 4) for step in range(8)]
    plain = [Recipe(lr=0.8, schedule=schedule).rate(at) for at in places]
    assert [recipe.rate(at) for at in places[:3]] == pytest.approx([plain[i] * (i + 1) / 4 for i in range(3)])
    assert [recipe.rate(at) for at in places[3:]] == plain[3:]


def test_a_cosine_has_a_warm_up_of_its_own():
    with pytest.raises(InputError, match="a cosine has a warm-up of its own"):
        Recipe(schedule=Cosine(), warmup=1.0)
