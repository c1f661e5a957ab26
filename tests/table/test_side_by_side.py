"""``googlenet summary --against``: the numbers of the tables side by side are those of their sources."""

import json
import re

import pytest

from common import nets
from common.table.analysis import Layers
from common.table.layers import walk_network
from common.table.side_by_side import against, measure

BOOK = ("d2l", "alexnet", "vgg11", "vgg16", "nin")
PARAMETERS = dict(zip(BOOK, (5_977_530, 46_764_746, 128_806_154, 134_300_362, 1_992_166), strict=True))
DENSE = {  # weights and biases of the dense layers, by hand
    "d2l": 1025 * 10,
    "alexnet": (256 * 5 * 5 + 1) * 4096 + 4097 * 4096 + 4097 * 10,
    "vgg11": (512 * 7 * 7 + 1) * 4096 + 4097 * 4096 + 4097 * 10,
    "vgg16": (512 * 7 * 7 + 1) * 4096 + 4097 * 4096 + 4097 * 10,
    "nin": 0,
}
MIB = {"d2l": 22.80, "alexnet": 178.39, "vgg11": 491.36, "vgg16": 512.32, "nin": 7.60}
ALEXNET = [96 * 11**2 * 54**2, 256 * 96 * 25 * 26**2, *(n * 9 * 12**2 for n in (384 * 256, 384 * 384, 256 * 384))]
NIN = [
    (96 * 11**2 + 2 * 96**2) * 54**2,
    (256 * 96 * 25 + 2 * 256**2) * 26**2,
    (384 * 256 * 9 + 2 * 384**2) * 12**2,
    (10 * 384 * 9 + 2 * 10**2) * 5**2,
]
MACS = {  # at 224 px
    # GoogLeNet's 1,582,671,872 are for three channels and 1000 classes; here there are one and 10.
    "d2l": 1_582_671_872 - 2 * 64 * 7**2 * 112**2 - 990 * 1024,
    "alexnet": sum(ALEXNET) + (256 * 5 * 5 + 4096 + 10) * 4096,
    "vgg11": 7_609_090_048 - 2 * 64 * 9 * 224**2 - 990 * 4096,  # likewise
    "vgg16": 15_470_264_320 - 2 * 64 * 9 * 224**2 - 990 * 4096,
    "nin": sum(NIN),
}


def found_for(*names, size=None, **options):
    """Name of a table to what is said of it."""
    found = against([nets.get(name, **options) for name in names], size)
    assert (found["net"], found["against"]) == (names[0], list(names[1:]))
    assert [row["name"] for row in found["networks"]] == list(names)
    return {row["name"]: row for row in found["networks"]}


@pytest.mark.parametrize("name", BOOK)
def test_the_books_networks_have_their_published_numbers(name):
    row = found_for(*BOOK)[name]
    assert row["input_shape"] == [1, 224, 224]
    assert row["num_classes"] == 10
    assert row["params"] == PARAMETERS[name]
    assert row["params_by_kind"] == {
        "convolution": PARAMETERS[name] - DENSE[name],
        "dense": DENSE[name],
        "normalisation": 0,
    }
    assert row["mib"] == pytest.approx(MIB[name], abs=0.005)
    assert row["macs"] == MACS[name]
    assert row["params_ratio"] == PARAMETERS[name] / PARAMETERS["d2l"]
    assert row["macs_ratio"] == MACS[name] / MACS["d2l"]


def test_ratios_are_to_the_table_that_is_named_first():
    rows = found_for("vgg16", "d2l")
    assert (rows["vgg16"]["params_ratio"], rows["vgg16"]["macs_ratio"]) == (1, 1)
    assert rows["d2l"]["params_ratio"] == pytest.approx(0.0445, abs=5e-5)


def test_the_largest_layers_are_named_with_their_shares():
    rows = found_for(*BOOK)
    assert [layer["layer"] for layer in rows["alexnet"]["largest"]] == ["b4.fc1", "b4.fc2", "b3.conv4"]
    first = rows["alexnet"]["largest"][0]
    assert first["params"] == 26_218_496
    assert first["share"] == 26_218_496 / 46_764_746
    assert rows["vgg16"]["largest"][0] == {"layer": "b6.fc1", "params": 102_764_544, "share": 102_764_544 / 134_300_362}
    assert rows["nin"]["largest"][0]["layer"] == "b3.conv"


def test_scales_and_shifts_are_counted_as_normalisation_and_statistics_are_not():
    row = measure(nets.get("d2l_bn"))
    assert row["params_by_kind"] == {
        "convolution": 5_984_810 - 14_560 - 10_250,
        "dense": 10_250,
        "normalisation": 14_560,
    }
    assert row["params"] == 5_984_810


@pytest.mark.parametrize("name", nets.names())
def test_kinds_add_up_and_heads_are_left_out_in_every_table(name):
    network = nets.get(name)
    trunk = Layers(walk_network(network, aux=False)).totals()
    row = measure(network)
    assert row["input_shape"] == list(network.input)
    assert (row["params"], row["macs"]) == (trunk.params, trunk.macs)
    assert sum(row["params_by_kind"].values()) == trunk.params
    assert [layer["params"] for layer in row["largest"]] == sorted(
        (layer.params for layer in walk_network(network, aux=False) if layer.leaf), reverse=True
    )[:3]


def test_each_has_its_own_size_where_one_does_not_take_the_largest():
    """VGG's dense layers are for 224 px and Inception's own size is 299."""
    rows = found_for("d2l", "vgg16", "inception_v3")
    assert [row["input_shape"] for row in rows.values()] == [[1, 96, 96], [1, 224, 224], [3, 299, 299]]
    assert rows["inception_v3"]["macs"] == 5_713_216_096
    assert rows["d2l"]["macs"] == 276_066_304


def test_the_largest_size_is_taken_wherever_it_stands():
    for names in (("d2l", "inception_v3"), ("inception_v3", "d2l")):
        assert {tuple(row["input_shape"][1:]) for row in found_for(*names).values()} == {(299, 299)}


def test_a_size_that_is_asked_for_holds_for_all():
    rows = found_for("d2l", "nin", "d2l_bn", size=(128, 160))
    assert {tuple(row["input_shape"]) for row in rows.values()} == {(1, 128, 160)}
    assert rows["d2l"]["macs"] == measure(nets.get("d2l"), (128, 160))["macs"]


def test_the_command_prints_a_row_for_each_and_the_same_as_json(run, tmp_path):
    code, out, err = run(
        "summary", "d2l", "--against", "alexnet", "vgg11", "vgg16", "nin", "--json", tmp_path / "a.json"
    )
    assert (code, err) == (0, "")
    assert out.startswith("d2l against alexnet, vgg11, vgg16, nin\n")
    for name in BOOK:
        assert re.search(rf"^{name} +1x224x224 .* {PARAMETERS[name]:,} .* {MACS[name]:,} ", out, re.M)
    assert re.search(
        r"^alexnet +1x224x224 +3,723,968 +43,040,778 +46,764,746 +7.82 +178.4 +938,146,176 +0.62 "
        r"+b4.fc1 56%, b4.fc2 36%, b3.conv4 3% *$",
        out,
        re.M,
    )
    networks = [nets.get(name) for name in BOOK]
    assert json.loads((tmp_path / "a.json").read_text()) == against(networks)
    assert set(against(networks)["networks"][0]) == {
        *("name", "input_shape", "num_classes", "params", "params_by_kind", "mib", "macs", "largest"),
        *("params_ratio", "macs_ratio"),
    }


def test_options_hold_for_every_table_and_the_list_ends_at_the_next_option(run):
    code, out, _ = run(
        *("summary", "d2l", "--against", "nin", "d2l_bn", "--image-size", "96x128", "--in-channels", 3),
        *("--num-classes", 1000, "--json", "-"),
    )
    assert code == 0
    rows = json.loads(out)["networks"]
    assert [row["name"] for row in rows] == ["d2l", "nin", "d2l_bn"]
    assert {(*row["input_shape"], row["num_classes"]) for row in rows} == {(3, 96, 128, 1000)}
    assert rows[0]["params"] == 6_998_552


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--against", "alexnte"], ["'alexnte'", "did you mean 'alexnet'"]),
        (["--against", "nin", "vgg99"], ["'vgg99'", "vgg"]),
        (["--against", "nin", "vgg16", "--image-size", "96"], ["vgg16", "96x96", "b6.fc1"]),
        (["--against", "nin", "--image-size", "20"], ["nin", "20x20"]),
        (["--against", "nin", "--image-size", "wide"], ["'wide'"]),
        (["--against", "nin", "--num-classes", "0"], ["num_classes"]),
    ],
)
def test_what_does_not_exist_or_fit_is_told_in_one_line(run, arguments, words, tmp_path):
    code, out, err = run("summary", "d2l", *arguments, "--json", tmp_path / "a.json")
    assert (code, out, list(tmp_path.iterdir())) == (2, "", [])
    assert err.startswith("googlenet: ")
    assert len(err.splitlines()) == 1
    assert all(word in err for word in words), err


@pytest.mark.parametrize("arguments", [["--against"], ["--against", "--image-size", "96"]])
def test_against_nothing_is_refused(run, arguments):
    code, _, err = run("summary", "d2l", *arguments)
    assert code == 2
    assert "--against" in err
