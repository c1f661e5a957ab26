"""Canonical weights: drawn the same everywhere, and checked by name; weights/test_canonical.py has their files."""

from zlib import crc32

import numpy as np
import pytest
from support.arrays import same
from support.small_network import network_of
from support.tables import small

from common import nets
from common.base.errors import InputError
from common.table import drawing, tensors
from common.table.spec import BatchNorm, Conv, Network, Stage
from common.weights import canonical


def test_shapes_and_places_follow_from_the_table():
    norm = {f"norm.{k}": None for k in ("weight", "bias", "running_mean", "running_var")}
    assert small().shapes == {
        "b1.conv.weight": (4, 3, 1, 3),
        **{f"b1.conv.{k}": (4,) for k in norm},
        "b1.block.p1_1.weight": (5, 4, 1, 1),
        **{f"b1.block.p1_1.{k}": (5,) for k in norm},
        "b1.block.p2_2.weight": (6, 4, 1, 1),
        **{f"b1.block.p2_2.{k}": (6,) for k in norm},
        "fc.weight": (7, 11 * 4 * 4),
        "fc.bias": (7,),
        "aux1.fc.weight": (7, 4 * 4 * 4),
        "aux1.fc.bias": (7,),
    }
    places = small().tensors
    assert list(places) == list(small().shapes)
    assert places["b1.block.p2_2.norm.weight"] == ("b1.block.p2_2", "norm.weight", (6,))
    assert places["fc.bias"] == ("fc", "bias", (7,))


def test_parameters_and_statistics_are_the_two_halves():
    drawn = drawing.probing(small())
    parameters, statistics = tensors.parameters(drawn), tensors.statistics(drawn)
    assert {**parameters, **statistics}.keys() == drawn.keys()
    assert len(statistics) == 6
    assert all(name.endswith(("running_mean", "running_var")) for name in statistics)
    assert not any("running" in name for name in parameters)


@pytest.mark.parametrize("draw", [drawing.initial, drawing.probing])
def test_a_seed_draws_the_same_numbers_and_another_seed_others(draw):
    a, again, b = draw(small(), 0), draw(small(), 0), draw(small(), 1)
    assert same(a, again)
    assert all(not np.array_equal(a[k], b[k]) for k in a if a[k].ndim > 1)


@pytest.mark.parametrize("relu", [False, True])
def test_a_seed_draws_what_it_drew_in_every_version(relu):
    """To the bit: normal numbers of a stream that follows from the seed and the name's checksum."""
    name, shape = "b1.conv.weight", (6, 5, 3, 3)
    stages = {"b1": Stage(conv=Conv(6, 3, activation="relu" if relu else None))}
    drawn = drawing.initial(nets.get(network_of("one", (5, 8, 9), 2, stages)), 7, "float64")[name]
    stream = np.random.default_rng([7, crc32(name.encode())])
    assert drawn.tobytes() == stream.normal(0, np.sqrt((2 if relu else 1) / 45), shape).tobytes()


@pytest.mark.parametrize("draw", [drawing.initial, drawing.probing])
def test_a_tensor_does_not_depend_on_what_else_there_is(draw):
    whole, headless = draw(small(), 0), draw(small(aux=False), 0)
    assert whole.keys() - headless.keys() == {"aux1.fc.weight", "aux1.fc.bias"}
    assert all(np.array_equal(whole[k], headless[k]) for k in headless)
    assert len({array.tobytes() for array in whole.values() if array.ndim > 1}) == 5


@pytest.mark.parametrize("name", nets.names())
def test_no_two_tensors_of_a_table_share_a_random_stream(name):
    shapes = nets.get(name).shapes
    first = {tensor: tuple(rng.integers(2**62, size=2)) for tensor, rng in drawing.streams(shapes, 0)}
    assert list(first) == list(shapes)
    assert len(set(first.values())) == len(shapes)


@pytest.mark.parametrize("draw", [drawing.initial, drawing.probing])
def test_names_with_one_checksum_do_not_draw_the_same_numbers(draw):
    """CRC-32 of "plumless" and "buckeroo" is one number, and so it is with what stands before and behind them."""
    assert crc32(b"b1.plumless.weight") == crc32(b"b1.buckeroo.weight")
    twins = {"plumless": Conv(3, 3), "buckeroo": Conv(3, 3)}
    drawn = draw(nets.get(Network("twins", "", "", (3, 8, 9), 2, "floor", {"b1": Stage(**twins)})), 0)
    a, b = (drawn[f"b1.{name}.weight"] for name in twins)
    assert a.shape == b.shape
    assert not np.isin(a, b).any()


def test_only_the_scales_of_normalisations_do_not_decay_whatever_a_layer_is_called():
    stage = Stage(prenorm=Conv(2, 1), fc_norm=Conv(2, 1, norm=BatchNorm()))
    table = nets.get(Network("named", "", "", (1, 4, 5), 2, "floor", {"b1": stage}))
    kept = {name for name in table.shapes if tensors.decays(name)}
    assert kept == {"b1.prenorm.weight", "b1.fc_norm.weight", "fc.weight"}
    one = {name for name, array in drawing.initial(table, 0).items() if array.ndim == 1 and array.all()}
    assert one == {"b1.fc_norm.norm.weight", "b1.fc_norm.norm.running_var"}


def test_convolutions_are_drawn_alike_with_normalisation_and_with_biases():
    """Whatever comes between them: the tables of the book differ by one layer behind each convolution."""
    plain, normed = (drawing.initial(nets.get(name), 0) for name in ("d2l", "d2l_bn"))
    names = [name for name in plain if plain[name].ndim > 1]
    assert names == [name for name in normed if normed[name].ndim > 1]
    assert all(np.array_equal(plain[name], normed[name]) for name in names)


@pytest.mark.parametrize("draw", [drawing.initial, drawing.probing])
def test_float32_numbers_are_the_float64_ones_rounded(draw):
    wide, narrow = draw(small(), 0, "float64"), draw(small(), 0, "float32")
    assert {a.dtype for a in wide.values()} == {np.dtype("float64")}
    assert {a.dtype for a in narrow.values()} == {np.dtype("float32")}
    assert all(np.array_equal(wide[k].astype("float32"), narrow[k]) for k in wide)


def test_without_a_seed_the_numbers_are_fresh():
    assert not np.array_equal(*(drawing.initial(small())["fc.weight"] for _ in range(2)))


@pytest.mark.parametrize("draw", [drawing.initial, drawing.probing])
@pytest.mark.parametrize(
    ("name", "fan_in", "gain"),
    [("b4.4e.p2_2.weight", 160 * 9, 2), ("b3.3a.p3_2.weight", 16 * 25, 2), ("fc.weight", 1024, 1)],
)
def test_variances_are_those_of_he(draw, name, fan_in, gain):
    """2 / fan_in before a ReLU, 1 / fan_in elsewhere; n squared normal numbers average to 1 ± sqrt(2/n)."""
    drawn = draw(nets.get("d2l"), 0)[name]
    five_sigma = 5 * np.sqrt(2 / drawn.size)
    assert abs(np.mean(drawn.astype("float64") ** 2) * fan_in / gain - 1) < five_sigma


def test_training_starts_from_biases_and_means_of_0_and_scales_and_variances_of_1():
    for name, array in drawing.initial(small(), 0).items():
        if array.ndim == 1:
            one = name.endswith(("norm.weight", "norm.running_var"))
            assert np.array_equal(array, np.full(array.shape, float(one))), name


def test_probing_leaves_nothing_at_its_default():
    for name, array in drawing.probing(small()).items():
        assert np.unique(array).size == array.size, name
        assert not np.isin(array, (0, 1)).any(), name
        if name.endswith("running_var"):
            assert array.min() >= 0.5


def altered(**changes):
    """The shapes of the small network, with some tensors changed, or dropped by None."""
    shapes = {**small().shapes, **{k.replace("__", "."): v for k, v in changes.items()}}
    return {name: np.zeros(shape) for name, shape in shapes.items() if shape is not None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fc__bias": None, "b1__conv__weight": None}, "here: tensor 'b1.conv.weight' is missing"),
        ({"fc__bias": (7, 1)}, "here: tensor 'fc.bias' has shape (7, 1), not (7,)"),
        ({"fc__weight": (176, 7)}, "here: tensor 'fc.weight' has shape (176, 7), not (7, 176)"),
        ({"fc2__bias": (7,)}, "here: tensor 'fc2.bias' is not part of the network"),
    ],
)
def test_the_first_tensor_that_does_not_fit_is_named(changes, message):
    with pytest.raises(InputError) as caught:
        tensors.check(altered(**changes), small().shapes, "here")
    assert str(caught.value) == message


def test_what_fits_is_taken():
    assert tensors.check(altered(), small().shapes, "here") is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seed": 1, "weights": {}}, "either seed or weights"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"seed": 1.5}, "seed must be a whole number of at least 0"),
        ({"dtype": "float16"}, "unknown dtype 'float16'"),
        ({"weights": {}}, "weights for 'small': tensor 'b1.conv.weight' is missing"),
    ],
)
def test_what_a_net_cannot_start_with(settings, message):
    with pytest.raises(InputError, match=message):
        canonical.starting(small(), **settings)


def test_what_a_net_can_start_with(tmp_path):
    drawn = drawing.probing(small(), 3, "float32")
    canonical.save(tmp_path / "w", drawn, small())
    assert same(canonical.starting(small(), seed=3), drawing.initial(small(), 3))
    assert canonical.starting(small(), weights=drawn) is drawn
    for path in (tmp_path / "w", str(tmp_path / "w")):
        loaded = canonical.starting(small(), weights=path)
        assert same({name: loaded[name] for name in drawn}, drawn)
