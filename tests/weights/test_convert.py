"""`googlenet convert`: every format takes weights out and back to the last bit; bad input leaves nothing behind."""

import json
import os
import pickle
from importlib import import_module
from math import prod

import numpy as np
import pytest
from support import zoo

from common import nets
from common.base.errors import InputError
from common.compare.reference import Reference
from common.data.preprocessing import Preprocessing, plain
from common.table.drawing import probing
from common.weights import bundle, convert
from common.weights.bundle import Bundle


def marks(name, suffix, dtype, backend):
    """Of a table, a format in a dtype, and whose it is."""
    short = (name, dtype) in SHORT and suffix != ".pt"  # which is .pth by another name
    return [*([pytest.mark.only(backend)] if backend else []), *([] if short else [pytest.mark.long])]


TABLES = ("d2l", "d2l_residual", "torchvision", "inception_bn:paper", "nin")
SHORT = {("d2l_residual", "float64"), ("torchvision", "float32")}  # they have all that the others have
FORMATS = [
    pytest.param(name, suffix, dtype, marks=marks(name, suffix, dtype, backend))
    for name in TABLES
    for suffix, backend in convert.written().items()
    for dtype in ("float32", "float64")
    if dtype == "float32" or (name == "d2l_residual" and suffix != ".onnx")  # which refuses float64, see below
]


def trained(name, dtype="float32", **options):
    """A bundle with weights that nothing hides behind, and a preprocessing."""
    network = nets.get(name, **options)
    return Bundle(network, probing(network, dtype=dtype), plain(network))


def same(a, b):
    """Equal names, dtypes and bits."""
    assert a.keys() == b.keys()
    for name in a:
        assert (a[name].dtype, a[name].tobytes()) == (b[name].dtype, b[name].tobytes()), name


def failing(call):
    """The one line of an error."""
    with pytest.raises(InputError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("name", "suffix", "dtype"), FORMATS)
def test_a_round_trip_through_every_format_is_exact(name, suffix, dtype, tmp_path):
    made = trained(name, dtype, num_classes=7)
    bundle.save(tmp_path / "a.safetensors", made)
    convert.convert_file(tmp_path / "a.safetensors", tmp_path / f"b{suffix}")
    convert.convert_file(tmp_path / f"b{suffix}", tmp_path / "c.safetensors", net=name)
    back = bundle.load(tmp_path / "c.safetensors")
    heads = suffix != ".onnx"
    assert back.table == nets.get(name, num_classes=7, **({} if heads else {"aux": False}))
    same(back.weights, {k: v for k, v in made.weights.items() if heads or not k.startswith("aux")})
    # Our own format and ONNX have room for it; the frameworks' own files have none.
    assert back.preprocessing == (made.preprocessing if suffix in (".safetensors", ".onnx") else None)


def tables():
    """The names of all; the short run writes no files of more than 30 MB."""
    sizes = {name: sum(map(prod, nets.get(name).shapes.values())) for name in nets.names()}
    return [pytest.param(name, marks=pytest.mark.long if size > 7_500_000 else ()) for name, size in sizes.items()]


@pytest.mark.parametrize("name", tables())
def test_our_own_files_tell_their_network_and_their_preprocessing(name, tmp_path):
    network = nets.get(name, aux=False if nets.get(name).aux else None)
    weights = {k: np.zeros(shape, np.float32) for k, shape in network.shapes.items()}
    bundle.save(tmp_path / "w.safetensors", Bundle(network, weights, plain(network)))
    found = bundle.load(tmp_path / "w.safetensors")
    assert (found.table, found.preprocessing) == (network, plain(network))


def test_each_package_writes_what_the_command_sends_it(backend_name, backend):
    files = import_module(f"{backend.__name__}.files")
    assert tuple(s for s, name in convert.written().items() if name == backend_name) == files.SUFFIXES


def test_onnx_takes_float32_alone_and_dtype_makes_it(tmp_path):
    import onnxruntime

    made = trained("d2l", "float64")
    bundle.save(tmp_path / "a.safetensors", made)
    words = failing(lambda: convert.convert_file(tmp_path / "a.safetensors", tmp_path / "b.onnx"))
    assert "convert with --dtype float32 first" in words
    assert sorted(os.listdir(tmp_path)) == ["a.safetensors"]
    found = convert.convert_file(tmp_path / "a.safetensors", tmp_path / "b.onnx", to="float32", size=(33, 46))
    assert (found["dtype"], found["network"]) == ("float32", "d2l")
    x = np.random.default_rng(0).normal(size=(3, 1, 33, 46)).astype(np.float32)
    session = onnxruntime.InferenceSession(tmp_path / "b.onnx", providers=["CPUExecutionProvider"])
    logits = session.run(None, {"images": x})[0]
    expected = Reference(made.table, made.weights, x).outputs["fc"]
    assert np.abs(logits - expected).max() <= 1e-5 * np.abs(expected).max()


def test_the_caffemodel_becomes_an_onnx_file_with_the_logits_of_the_zoos(tmp_path):
    """Two ways to ONNX: ours, from Caffe's file, and the published graph with the same weights."""
    import onnxruntime

    (tmp_path / "w.caffemodel").write_bytes(zoo.caffemodel(zoo.weights(), "old"))
    found = convert.convert_file(tmp_path / "w.caffemodel", tmp_path / "w.onnx")
    assert found["heads_left_out"] == ["aux1", "aux2"]
    # The same stream of numbers with and without heads would differ behind the first head: take those with heads.
    weights = {name: arrays for name, arrays in zoo.weights().items() if name[:5] not in ("loss1", "loss2")}
    x = 60 * np.random.default_rng(0).normal(size=(1, 3, 224, 224)).astype(np.float32)

    def run(model, name, output):
        return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run([output], {name: x})[0]

    ours = run(str(tmp_path / "w.onnx"), "images", "logits")
    theirs = run(zoo.onnx_model(weights).SerializeToString(), "data_0", "loss3/classifier_1")
    assert np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max()
    assert (
        convert.read(tmp_path / "w.onnx").bundle.preprocessing
        == convert.read(tmp_path / "w.caffemodel").bundle.preprocessing
    )


@pytest.mark.only("torch")
def test_tables_with_the_same_tensors_must_be_told_apart(tmp_path):
    bundle.save(tmp_path / "a.safetensors", trained("d2l"))
    convert.convert_file(tmp_path / "a.safetensors", tmp_path / "b.pth")
    words = failing(lambda: convert.read(tmp_path / "b.pth"))
    fitting = "d2l, d2l_same, paper, caffe, imagenet_aux"  # the last three without their heads
    assert words == f"{tmp_path / 'b.pth'}: its tensors fit {fitting}: say which with --net"
    assert convert.read(tmp_path / "b.pth", net="d2l_same").bundle.table.name == "d2l_same"
    bundle.save(tmp_path / "a.safetensors", trained("inception_bn:paper"))  # names of inception_bn, other shapes
    convert.convert_file(tmp_path / "a.safetensors", tmp_path / "b.pth")
    assert convert.read(tmp_path / "b.pth").bundle.table.name == "inception_bn:paper"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"net": "caffe"}, "weights of d2l, not of caffe"),
        ({"num_classes": 1000}, "tensor 'fc.weight' of d2l is for 10 classes, not 1000"),
        ({"in_channels": 3}, "tensor 'b1.conv1.weight' of d2l is for 1 channels, not 3"),
    ],
)
def test_a_file_must_be_what_is_asked_for(options, words, tmp_path):
    bundle.save(tmp_path / "a.safetensors", trained("d2l"))
    said = failing(lambda: convert.convert_file(tmp_path / "a.safetensors", tmp_path / "b.onnx", **options))
    assert said == f"{tmp_path / 'a.safetensors'}: {words}"
    assert os.listdir(tmp_path) == ["a.safetensors"]


def test_the_preprocessing_can_be_said(tmp_path):
    network = nets.get("d2l", in_channels=3)
    bundle.save(tmp_path / "a.safetensors", Bundle(network, probing(network, dtype="float32")))
    assert convert.read(tmp_path / "a.safetensors").bundle.preprocessing is None
    assert convert.read(tmp_path / "a.safetensors", preprocessing="plain").bundle.preprocessing == plain(network)
    caffe = convert.read(tmp_path / "a.safetensors", preprocessing="caffe_googlenet").bundle.preprocessing
    assert caffe.order == "BGR"
    assert "did you mean 'caffe_googlenet'?" in failing(
        lambda: convert.read(tmp_path / "a.safetensors", preprocessing="caffe_googlnet")
    )


def test_weights_that_are_not_finite_are_refused(tmp_path):
    made = trained("d2l")
    made.weights["b3.3a.p2_1.bias"][5] = np.nan
    bundle.save(tmp_path / "a.safetensors", made)
    said = failing(lambda: convert.convert_file(tmp_path / "a.safetensors", tmp_path / "b.safetensors"))
    assert said.startswith(f"{tmp_path / 'a.safetensors'}: tensor 'b3.3a.p2_1.bias' is not finite")
    assert os.listdir(tmp_path) == ["a.safetensors"]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("network", "d3l", "unknown network 'd3l': did you mean 'd2l'?"),
        ("num_classes", "ten", "its metadata is not that of weights"),
        ("format_version", "9", "made for format_version 9, not 1"),
        ("preprocessing", "{}", "the preprocessing '{}' cannot be used"),
    ],
)
def test_metadata_that_cannot_be_used_is_refused(key, value, words, tmp_path):
    from safetensors import safe_open
    from safetensors.numpy import save_file

    path = tmp_path / "a.safetensors"
    bundle.save(path, trained("d2l"))
    with safe_open(path, framework="numpy") as file:
        tensors, metadata = {k: file.get_tensor(k) for k in file.keys()}, file.metadata()  # noqa: SIM118
    save_file(tensors, path, {**metadata, key: value})
    said = failing(lambda: bundle.load(path))
    assert said.startswith(f"{path}: ")
    assert words in said


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_the_command_says_what_it_did_as_text_and_as_json(run, tmp_path):
    (tmp_path / "w.caffemodel").write_bytes(zoo.caffemodel(zoo.weights(), "new"))
    code, out, _ = run("convert", tmp_path / "w.caffemodel", tmp_path / "w.safetensors", "--json", tmp_path / "r.json")
    found = json.loads((tmp_path / "r.json").read_text())
    assert code == 0
    assert (found["source"], found["format"], found["network"]) == ("caffe_googlenet", "caffe", "caffe")
    assert (found["aux"], found["numbers"], found["dtype"]) == (["aux1", "aux2"], 13_378_280, "float32")
    assert "BGR, (pixel * 1 - [104, 117, 123]) / [1, 1, 1]" in found["preprocessing"]
    for words in ("caffe_googlenet", "aux1, aux2", "13,378,280", "BGR", str(tmp_path / "w.safetensors")):
        assert words in out
    assert bundle.load(tmp_path / "w.safetensors").preprocessing == Preprocessing(
        (256, 256), (224, 224), order="BGR", scale=1.0, mean=(104.0, 117.0, 123.0), std=(1.0, 1.0, 1.0)
    )


def damaged(path):
    path.write_bytes(zoo.caffemodel(zoo.weights(), "old")[:-5])


def other(path):
    path.write_bytes(zoo.caffemodel({"conv9": zoo.weights()["conv2/3x3"]}, "old"))


def headless(path):
    path.write_bytes(zoo.caffemodel(dict(list(zoo.weights().items())[:-1]), "old"))


def whole(path):
    bundle.save(path, trained("d2l", num_classes=3))


@pytest.mark.parametrize(
    ("make", "arguments", "words"),
    [
        (lambda path: path.write_bytes(b""), (), "w: "),
        (damaged, (), "w: "),
        (other, (), "w: of no network known here; its first tensors are 'conv9:0', 'conv9:1'"),
        (headless, (), "lacks 'loss3/classifier:0', 'loss3/classifier:1'"),
        (whole, ("--image-size", "0"), "image size '0'"),
        (whole, ("--dtype", "float16"), "unknown dtype 'float16'"),
        (whole, ("--source", "timm"), "unknown source 'timm'"),
        (whole, ("--source", "caffe_googlenet"), "w: our own format, not BVLC's bvlc_googlenet.caffemodel"),
        (other, ("--source", "timm_inception_v4"), "w: caffe format, not timm's inception_v4, a state dict"),
        (whole, ("--net", "d2"), "unknown network 'd2'"),
        (whole, ("--num-classes", "10"), "tensor 'fc.weight' of d2l is for 3 classes, not 10"),
    ],
    ids=["empty", "half", "other", "missing", "size", "dtype", "source", "ours", "not-ours", "net", "classes"],
)
def test_bad_input_is_one_line_and_leaves_nothing_behind(make, arguments, words, run, tmp_path):
    make(tmp_path / "w")
    code, out, err = run("convert", tmp_path / "w", tmp_path / "out.onnx", *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert words in err
    assert os.listdir(tmp_path) == ["w"]


def test_a_pickle_that_runs_code_is_refused_and_not_run(run, tmp_path):
    (tmp_path / "w.pth").write_bytes(pickle.dumps(Bomb(tmp_path / "boom"), protocol=2))
    code, _, err = run("convert", tmp_path / "w.pth", tmp_path / "out.safetensors")
    assert code == 2
    assert len(err.splitlines()) == 1
    assert os.listdir(tmp_path) == ["w.pth"]


def test_an_unknown_suffix_is_told_before_anything_is_read(run, tmp_path):
    code, _, err = run("convert", tmp_path / "missing", tmp_path / "out.h5")
    assert code == 2
    assert "the suffix must be .safetensors or .pth" in err
    code, _, err = run("convert", tmp_path / "missing", tmp_path / "out.pth")
    assert code == 2
    assert f"{tmp_path / 'missing'}: no such file" in err
