"""The Inception score is the formula's, and torch-fidelity's on the same logits and the same shuffling."""

import numpy as np
import pytest
from support.published_scores import fidelity_isc

from common.base.errors import InputError
from common.scores.inception import CHUNK, inception_score

LOGITS = 3 * np.random.default_rng(0).normal(size=(97, 13))


def test_a_part_is_the_exponential_of_the_mean_divergence():
    p = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    divergences = (p * np.log(p / p.mean(0))).sum(1)
    found = inception_score(LOGITS, splits=1)
    assert found.mean == pytest.approx(np.exp(divergences.mean()), rel=1e-13) and found.std == 0


@pytest.mark.parametrize(("splits", "seed"), [(10, 2020), (1, 3), (97, 0), (7, None)])
def test_it_is_torch_fidelitys(splits, seed):
    theirs = fidelity_isc(LOGITS, splits, seed is not None, seed)
    assert inception_score(LOGITS, splits=splits, seed=seed) == pytest.approx(theirs, rel=1e-12, abs=1e-14)


def test_by_default_it_is_split_and_shuffled_as_by_torch_fidelity():
    assert inception_score(LOGITS) == pytest.approx(fidelity_isc(LOGITS), rel=1e-12)


def test_many_logits_are_read_in_pieces():
    logits = np.random.default_rng(1).normal(size=(2 * CHUNK + 10, 3))
    asked = []

    class Rows:
        def __len__(self):
            return len(logits)

        def __getitem__(self, numbers):
            asked.append(len(numbers))
            return logits[numbers]

    found = inception_score(Rows(), splits=2)
    assert max(asked) <= CHUNK and sum(asked) == len(logits)
    assert found == pytest.approx(fidelity_isc(logits, 2), rel=1e-12)


def test_its_bounds_are_1_and_the_number_of_classes():
    alike = np.tile(LOGITS[:1], (20, 1))
    assert inception_score(alike, splits=4) == pytest.approx((1, 0), abs=1e-14)
    sure = 500 * np.eye(13)[np.arange(39) % 13]
    assert inception_score(sure, splits=1).mean == pytest.approx(13, rel=1e-13)


@pytest.mark.parametrize("splits", [0, 98])
def test_more_parts_than_images_or_none_are_refused(splits):
    with pytest.raises(InputError, match=f"{splits} parts of 97 images: take from 1 to 97"):
        inception_score(LOGITS, splits=splits)


def test_logits_beyond_all_numbers_are_refused():
    with pytest.raises(InputError, match="the Inception score is beyond all numbers"):
        inception_score(np.array([[1e308, -1e308], [0, 0]]), splits=1)
