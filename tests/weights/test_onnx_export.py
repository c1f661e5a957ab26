"""An ONNX file is the table's function: ONNX Runtime computes what NumPy does, for every table and kind of node."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
from support.tables import family

from common import __version__, nets
from common.base.errors import InputError
from common.compare.reference import Reference
from common.compare.roundoff import relative_error
from common.data.images import random_images
from common.table.drawing import probing
from common.table.padding import CONVENTIONS, SAME, VALID, Pad
from common.table.sizes import evaluation_sizes, fits
from common.table.spec import (
    CLASSES,
    LRN,
    AdaptiveAvgPool,
    Aux,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Network,
    Residual,
    Stage,
)
from common.weights.canonical import FORMAT
from common.weights.onnx_export import export

LIMIT = 1e-5


def run(path, x):
    """The logits of a file, by ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"images": x.astype(np.float32)})[0]


def error(network, path, x, **settings):
    """Writes a network with weights for probing; the relative error of what ONNX Runtime makes of x."""
    weights = probing(network, dtype="float32")
    export(network, weights, path, size=x.shape[2:], **settings)
    return relative_error(run(path, x), Reference(network, weights, x, aux=False).values["fc"].array)


def size_for(network):
    """Oblong, odd, and a little larger than the smallest, where the network takes that; else the network's own."""
    start = evaluation_sizes(network)[0] // 2 * 2 + 33
    sizes = [(n, n + 12) for n in (*range(start, start + 32, 2), *range(start + 1, start + 33, 2))]
    return next((size for size in sizes if fits(network, size, aux=False) is None), network.input[1:])


def table(*nodes, shape=(3, 9, 12), convention="floor", **settings):
    """A network of one stage; the classifier takes its map as it is, so that every element counts."""
    stages = {"b1": Stage(**{f"n{i}": node for i, node in enumerate(nodes, 1)})}
    return nets.get(Network("tiny", "A few layers", "this test", shape, 4, convention, stages, **settings))


def tables():
    """The names of all; large files, and versions of tables, are for the long run."""
    large = ("alexnet", "vgg", "inception_")
    return [
        pytest.param(name, marks=pytest.mark.long if name.startswith(large) or ":" in name else ())
        for name in nets.names()
    ]


@pytest.mark.parametrize("name", tables())
def test_onnx_runtime_computes_every_table(name, tmp_path):
    network = nets.get(name)
    images = random_images(2, (network.input[0], *size_for(network)))
    assert error(network, tmp_path / "net.onnx", images) <= LIMIT


NODES = {
    "convolution": Conv(5, 3),
    "without a bias": Conv(5, 3, bias=False),
    "without an activation": Conv(5, 3, activation=None),
    "normalised": Conv(5, 3, norm=BatchNorm(eps=0.1), bias=False),
    "normalised, with a bias": Conv(5, 3, norm=BatchNorm(eps=1e-3)),
    "uneven kernel": Conv(5, (1, 7), stride=(2, 1)),
    "even kernel": Conv(5, (4, 2), stride=(2, 3), padding=Pad((1, 0), (2, 1))),
    "even kernel, SAME": Conv(5, (4, 2), stride=(2, 3), padding=SAME),
    "uneven sides": Conv(5, 3, padding=Pad((0, 2), (1, 0))),
    "padding wider than the window": Conv(5, 1, padding=Pad((2, 1), (0, 3))),
    "maximum": MaxPool(3),
    "maximum, rounded up": MaxPool(3, 2, padding=Pad(ceil=True)),
    "maximum, rounded up and padded": MaxPool(2, 3, padding=Pad((1, 0), (0, 1), ceil=True)),
    "maximum, SAME": MaxPool((2, 3), 2, padding=SAME),
    "maximum, VALID": MaxPool(3, (2, 1), padding=VALID),
    "mean": AvgPool(3),
    "mean of the padding too": AvgPool(3, count_padding=True),
    "mean, SAME": AvgPool(3, 2, padding=SAME),
    "mean, SAME, of the padding too": AvgPool((4, 3), 2, padding=SAME, count_padding=True),
    "mean, uneven sides": AvgPool(3, padding=Pad((0, 2), (1, 0))),
    "mean, uneven sides, of the padding too": AvgPool(3, 2, padding=Pad((0, 2), (2, 0)), count_padding=True),
    "mean of the whole map": GlobalAvgPool(),
    "response normalisation": LRN(5, alpha=0.5, beta=0.6, k=2.0),
    "response normalisation over three": LRN(3, alpha=0.5),
    "dropout": Dropout(0.5),
    "dense": Dense(7, activation="relu"),
    "flattened": Flatten(),
    "paths": Concat(a=(Conv(3, 1),), b=(), c=(MaxPool(3), Conv(4, 1))),
    "paths in paths": Concat(a=(Conv(3, 1), Concat(x=(Conv(2, (1, 3)),), y=(Conv(4, (3, 1)),))), b=(AvgPool(3),)),
    "residual": Residual((Conv(3, 3, activation=None),)),
    "residual, scaled": Residual((Conv(3, 3, activation=None),), scale=0.17),
    "residual, scaled, without an activation": Residual((Conv(3, 3),), scale=-0.3, activation=None),
    "residual with a shortcut": Residual((Conv(5, 3, 2), Conv(5, 3)), (Conv(5, 1, 2, activation=None),)),
}


@pytest.mark.parametrize("node", NODES.values(), ids=NODES)
def test_onnx_runtime_computes_every_kind_of_node(node, tmp_path):
    """The images are of both signs and mostly negative: a maximum that took zeros from the padding would show."""
    network = table(node)
    images = random_images(2, network.input) - 1
    assert error(network, tmp_path / "net.onnx", images) <= LIMIT


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("size", [(8, 8), (9, 9), (8, 11), (13, 6)])
def test_padding_is_that_of_the_size_of_image_asked_for(convention, size, tmp_path):
    network = table(Conv(4, 3, 2), MaxPool(3, 2), Conv(5, 3), GlobalAvgPool(), convention=convention)
    images = random_images(2, (3, *size)) - 1
    assert error(network, tmp_path / "net.onnx", images) <= LIMIT


def test_a_classifier_that_only_flattens(tmp_path):
    network = table(Conv(CLASSES, 1, activation=None), GlobalAvgPool(), classifier=Flatten())
    assert error(network, tmp_path / "net.onnx", random_images(2, network.input)) <= LIMIT


@pytest.fixture
def written(tmp_path):
    """(network, weights, path) of a file of blocks of every kind, at the network's own size."""
    network = nets.get(family())
    weights, path = probing(network, dtype="float32"), tmp_path / "family.onnx"
    export(network, weights, path, metadata={"sha256": "abc", "network": "another"})
    return network, weights, path


def test_any_number_of_images_goes_through_one_file(written):
    network, weights, path = written
    images = random_images(3, network.input)
    expected = Reference(network, weights, images).values["fc"].array
    for n in (1, 3):
        assert run(path, images[:n]).shape == (n, 5)
        assert relative_error(run(path, images[:n]), expected[:n]) <= LIMIT


def test_the_initializers_are_the_weights_bit_by_bit(written):
    _, weights, path = written
    found = {x.name: onnx.numpy_helper.to_array(x) for x in onnx.load(path).graph.initializer}
    assert list(found) == list(weights)
    for name, array in weights.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape), name
        assert found[name].tobytes() == array.tobytes(), name


def test_nodes_are_named_after_the_layers(written):
    nodes = {node.name: node.op_type for node in onnx.load(written[2]).graph.node}
    assert len(nodes) == len(onnx.load(written[2]).graph.node)
    expected = {
        "stem.conv.conv": "Conv",
        "stem.conv.norm": "BatchNormalization",
        "stem.conv.relu": "Relu",
        "mixed.a.p3_1": "AveragePool",
        "mixed.c.p2_2": "Concat",
        "mixed.c.p2_2.a_1.conv": "Conv",
        "residual.block.body_2.norm": "BatchNormalization",
        "residual.block.scale": "Mul",
        "residual.block.sum": "Add",
        "residual.block.relu": "Relu",
        "residual.pool": "GlobalAveragePool",
        "fc.dense": "Gemm",
    }
    assert expected.items() <= nodes.items()
    assert "residual.block.body_2.relu" not in nodes


def test_what_a_file_says_of_itself(written):
    model = onnx.load(written[2])
    assert ([(x.domain, x.version) for x in model.opset_import], model.ir_version) == ([("", 17)], 8)
    assert (model.producer_name, model.producer_version) == ("googlenet", __version__)
    found = [
        (x.name, x.type.tensor_type.elem_type, [d.dim_param or d.dim_value for d in x.type.tensor_type.shape.dim])
        for x in (*model.graph.input, *model.graph.output)
    ]
    assert found == [("images", 1, ["N", 3, 21, 18]), ("logits", 1, ["N", 5])]
    assert {x.key: x.value for x in model.metadata_props} == {
        "sha256": "abc",
        "format_version": FORMAT,
        "network": "family",
        "in_channels": "3",
        "num_classes": "5",
        "aux": "[]",
    }


def test_heads_and_dropout_are_left_out(tmp_path):
    head = Stage(pool=AdaptiveAvgPool(2), fc=Dense(CLASSES))
    network = table(Conv(4, 3), Dropout(0.9), Conv(2, 1), aux={"aux1": Aux("b1.n1", head)})
    weights, path, images = probing(network, dtype="float32"), tmp_path / "net.onnx", random_images(2, network.input)
    export(network, weights, path)
    model = onnx.load(path)
    assert "aux1.fc.weight" in weights
    assert [x.name for x in model.graph.initializer] == list(replace(network, aux={}).shapes)
    assert not {"Dropout", "Identity"} & {node.op_type for node in model.graph.node}
    assert {x.key: x.value for x in model.metadata_props}["aux"] == "[]"
    assert relative_error(run(path, images), Reference(network, weights, images).values["fc"].array) <= LIMIT


def refused(network, path, **settings):
    """The one line that a network is refused with; no file is written."""
    weights = settings.pop("weights", None) or probing(network, dtype="float32")
    with pytest.raises(InputError) as caught:
        export(network, weights, path, **settings)
    assert "\n" not in str(caught.value)
    assert not list(path.parent.glob("*.onnx*"))
    return str(caught.value)


def test_other_floats_are_refused(tmp_path):
    path, network = tmp_path / "net.onnx", nets.get(family())
    for dtype in ("float64", "float16"):
        message = refused(network, path, weights=probing(network, dtype=dtype))
        assert message.startswith(f"{path}: tensor 'stem.conv.weight' is {dtype}, ")
        assert message.endswith("ONNX Runtime computes convolutions in float32: convert with --dtype float32 first")


def test_a_layer_that_onnx_runtime_could_not_run_is_named(tmp_path):
    """It ends with the process's own error at run time otherwise."""
    path = tmp_path / "net.onnx"
    assert "b1.n2: a layer AdaptiveAvgPool" in refused(table(Conv(4, 3), AdaptiveAvgPool(2)), path)


def test_weights_and_sizes_that_do_not_fit_are_refused(tmp_path):
    path, network = tmp_path / "net.onnx", nets.get(family())
    weights = probing(network, dtype="float32")
    missing = {name: array for name, array in weights.items() if name != "mixed.b.p1_2.weight"}
    assert "'mixed.b.p1_2.weight' is missing" in refused(network, path, weights=missing)
    assert "image of 5x5 is too small for family" in refused(network, path, size=(5, 5))


def test_a_model_that_is_not_valid_is_not_written(tmp_path, monkeypatch):
    """Paths that end in maps of different sizes: only the inference of shapes can tell."""
    network = nets.get(family())
    monkeypatch.setattr("common.weights.onnx_export.sides", lambda *args: ((1, 1), (1, 1)))
    with pytest.raises(onnx.shape_inference.InferenceError):
        export(network, probing(network, dtype="float32"), tmp_path / "net.onnx")
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_that_is_said_in_one_line(tmp_path):
    path = tmp_path / "no" / "folder" / "net.onnx"
    assert refused(nets.get(family()), path).startswith(f"{path}: cannot be written: ")


def test_a_failed_write_leaves_the_earlier_file_and_nothing_else(written, monkeypatch):
    network, weights, path = written
    before = path.read_bytes()

    def half(self, data):
        with open(self, "wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", half)
    with pytest.raises(InputError) as caught:
        export(network, weights, path)
    assert str(caught.value) == f"{path}: cannot be written: No space left on device"
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


WITHOUT_ONNX = """
import sys
sys.modules["onnx"] = None
from common import nets
from common.base.errors import InputError
from common.weights.onnx_export import export
try:
    export(nets.get(), {}, "net.onnx")
except InputError as error:
    print(error)
"""


def test_without_onnx_it_says_what_to_install():
    done = subprocess.run([sys.executable, "-c", WITHOUT_ONNX], capture_output=True, text=True)
    assert done.stdout == ("writing ONNX needs onnx, which is not installed: pip install 'googlenet[convert]'\n"), (
        done.stderr
    )


def test_the_command_line_loads_no_onnx():
    script = "import sys, common.cli, common.weights.onnx_export; print('onnx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"
