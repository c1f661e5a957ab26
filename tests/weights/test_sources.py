"""Published weights come in by declared names, and give the logits of the code that they are published with."""

import numpy as np
import pytest
from support import zoo
from support.published_models import keras_model, save_legacy_h5, stirred, torch_models
from support.weight_files import new_layer

from common import nets
from common.base.errors import InputError
from common.compare.reference import Reference
from common.compare.roundoff import relative_error
from common.data.images import random_images
from common.weights import convert
from common.weights.sources import sources

CLASSES = 11  # as few as tell classes from features
SIZE = (3, 107, 91)

only_torch, only_tf = pytest.mark.only("torch"), pytest.mark.only("tf")


def logits(imported, x):
    """Of the reference, with the weights that came in."""
    return Reference(imported.bundle.table, imported.bundle.weights, x, aux=False).outputs["fc"]


@pytest.fixture(scope="module")
def torch_files(tmp_path_factory):
    """Name of a source to (a file of its state dict, its logits in float32 and float64 of the images below)."""
    import torch

    folder, made = tmp_path_factory.mktemp("torch"), {}

    def make(name):
        if name not in made:
            model = stirred(torch_models()[name](CLASSES))
            torch.save(model.state_dict(), folder / f"{name}.pth")
            x = torch.from_numpy(random_images(2, SIZE))
            with torch.no_grad():
                made[name] = folder / f"{name}.pth", model(x.float()).numpy(), model.double()(x).numpy()
        return made[name]

    return make


def models():
    """The names of all; the largest two are for the long run."""
    large = ("timm_inception_v4", "timm_inception_resnet_v2")
    return [pytest.param(name, marks=pytest.mark.long if name in large else ()) for name in torch_models()]


@only_torch
@pytest.mark.parametrize("name", models())
def test_torchvisions_and_timms_models_keep_their_logits(name, torch_files):
    path, single, double = torch_files(name)
    imported = convert.read(path, source=name)
    assert (imported.source, imported.format) == (name, "torch")
    assert imported.bundle.table.num_classes == CLASSES
    found = logits(imported, random_images(2, SIZE))
    assert relative_error(double, found) <= 1e-13  # their functions are ours
    assert relative_error(single, found) <= 1e-5
    assert all(name.endswith("num_batches_tracked") for name in imported.ignored)
    assert imported.constants == 0


@pytest.mark.long
@only_torch
def test_the_source_is_found_from_the_file_and_its_twin_is_told(torch_files):
    for name in ("torchvision_googlenet", "timm_inception_v4", "timm_inception_resnet_v2"):
        imported = convert.read(torch_files(name)[0])
        assert (imported.source, imported.also_fits) == (name, ())
    # Its 11 classes do not tell it from inception_v3:fid, whose tensors are called alike.
    imported = convert.read(torch_files("timm_inception_v3")[0], net="inception_v3")
    twins = ("timm_inception_v3", "timm_inception_v3_gluon")
    assert (imported.source, imported.also_fits) == ("torchvision_inception_v3", twins)
    for twin, mean in zip(twins, (0.5, 0.485), strict=True):
        chosen = convert.read(torch_files("timm_inception_v3")[0], source=twin)
        assert (chosen.also_fits, chosen.bundle.preprocessing.mean[0]) == ((), mean)


@only_torch
def test_heads_come_in_where_the_file_has_them_and_may_be_missing(torch_files, tmp_path):
    import torch

    path, _, _ = torch_files("torchvision_googlenet")
    imported = convert.read(path)
    assert list(imported.bundle.table.aux) == ["aux1", "aux2"]
    state = torch.load(path, weights_only=True)
    assert np.array_equal(imported.bundle.weights["aux2.fc1.weight"], state["aux2.fc1.weight"].numpy())
    assert np.array_equal(
        imported.bundle.weights["aux1.conv.norm.running_var"], state["aux1.conv.bn.running_var"].numpy()
    )
    torch.save({k: v for k, v in state.items() if not k.startswith("aux")}, tmp_path / "w.pth")
    assert convert.read(tmp_path / "w.pth").bundle.table.aux == {}
    torch.save({k: v for k, v in state.items() if not k.startswith("aux1")}, tmp_path / "half.pth")
    with pytest.raises(InputError, match=r"lacks 'aux1\.conv\.conv\.weight'"):
        convert.read(tmp_path / "half.pth")


@only_torch
@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_half_precision_is_widened_exactly(kind, torch_files, tmp_path):
    import torch
    from safetensors.torch import save_file

    state = torch.load(torch_files("torchvision_googlenet")[0], weights_only=True)
    half = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
    path = tmp_path / f"half.{kind}"
    torch.save(half, path) if kind == "pth" else save_file(half, path)
    weights = convert.read(path).bundle.weights
    assert {w.dtype for w in weights.values()} == {np.dtype("float32")}
    assert np.array_equal(weights["b3.3a.p3_2.weight"], half["inception3a.branch3.1.conv.weight"].float().numpy())


@only_torch
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("inception4b.branch3.1.bn.bias"), "lacks 'inception4b.branch3.1.bn.bias'"),
        (
            lambda s: s.update({"inception9z.conv.weight": s["fc.bias"]}),
            "'inception9z.conv.weight' have no place there",
        ),
        (
            lambda s: s.update({"conv2.conv.weight": s["conv2.conv.weight"][:, :-1]}),
            "tensor 'conv2.conv.weight' has shape (64, 63, 1, 1), not (64, 64, 1, 1) (b2.conv2_reduce.weight)",
        ),
        (
            lambda s: s.update({"conv2.conv.weight": s["conv2.conv.weight"].squeeze()}),
            "tensor 'conv2.conv.weight' has 2 axes, not 4",
        ),
        (
            lambda s: s.update({"conv2.bn.bias": s["conv2.bn.bias"].int()}),
            "tensor 'conv2.bn.bias' is of int32, not of floating point numbers",
        ),
    ],
    ids=["missing", "unused", "shape", "axes", "integers"],
)
def test_every_tensor_is_accounted_for(change, message, torch_files, tmp_path):
    import torch

    state = torch.load(torch_files("torchvision_googlenet")[0], weights_only=True)
    change(state)
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(InputError) as caught:
        convert.read(tmp_path / "w.pth")
    assert str(caught.value).startswith(f"{tmp_path / 'w.pth'}: ")
    assert message in str(caught.value)


@only_torch
def test_another_network_is_refused_with_its_first_tensors(tmp_path):
    import torch

    torch.save({f"layer{i}.weight": torch.zeros(2) for i in range(5)}, tmp_path / "resnet.pth")
    with pytest.raises(InputError) as caught:
        convert.read(tmp_path / "resnet.pth")
    assert str(caught.value).endswith(
        "of no network known here; its first tensors are 'layer0.weight', 'layer1.weight', 'layer2.weight' and 2 more"
    )


@only_tf
@pytest.mark.parametrize(
    ("model", "network"),
    [
        pytest.param("InceptionV3", "inception_v3:keras", marks=pytest.mark.long),
        pytest.param("InceptionResNetV2", "inception_resnet_v2", marks=pytest.mark.long),
    ],
)
def test_the_models_of_keras_applications_keep_their_logits_from_every_kind_of_file(model, network, tmp_path):
    net = keras_model(model)
    save_legacy_h5(net, tmp_path / "w.h5")
    net.save_weights(tmp_path / "w.weights.h5")
    net.save(tmp_path / "w.keras")
    found = [convert.read(tmp_path / f"w.{kind}") for kind in ("h5", "weights.h5", "keras")]
    x = random_images(1, (3, 299, 299)).astype("float32")
    theirs = np.asarray(net(np.moveaxis(x, 1, 3), training=False))
    assert relative_error(theirs, logits(found[0], x)) <= 1e-5
    for imported in found:
        assert imported.bundle.table.name == network
        assert imported.constants == sum(name.endswith("norm.weight") for name in imported.bundle.weights)
        for name, array in found[0].bundle.weights.items():
            assert np.array_equal(imported.bundle.weights[name], array), name


@pytest.mark.long
@only_tf
def test_keras_numbers_may_begin_anywhere_but_must_all_be_there(tmp_path):
    from common.weights.sources.keras import from_zero

    names = ["conv2d_5/kernel:0", "conv2d_94/kernel:0", "batch_normalization/beta:0", "predictions/bias:0"]
    assert from_zero(names) == {
        "conv2d_5/kernel:0": "conv2d/kernel",
        "conv2d_94/kernel:0": "conv2d_89/kernel",
        "batch_normalization/beta:0": "batch_normalization/beta",
        "predictions/bias:0": "predictions/bias",
    }
    import h5py

    save_legacy_h5(keras_model("InceptionV3"), tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5", "a") as file:
        first = next(name for name in file.attrs["layer_names"] if name.startswith("conv2d"))
        file.attrs["layer_names"] = [n for n in file.attrs["layer_names"] if n != first]
    with pytest.raises(InputError, match=r"nearest to keras\.applications\.InceptionV3"):
        convert.read(tmp_path / "w.h5")


@pytest.fixture(scope="module")
def zoo_logits():
    """Of the ONNX zoo's graph in ONNX Runtime, for one image from 0 to 255 less the means."""
    import onnxruntime

    model = zoo.onnx_model(zoo.weights(heads=False))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = 60 * random_images(1, (3, 224, 224)).astype(np.float32)
    return x, session.run(["loss3/classifier_1"], {"data_0": x})[0]


def same_weights(imported, weights):
    """Whether each tensor has its value, found through the names of the paper rather than the importer's."""
    paths = {
        "1x1": "p1_1",
        "3x3_reduce": "p2_1",
        "3x3": "p2_2",
        "5x5_reduce": "p3_1",
        "5x5": "p3_2",
        "pool_proj": "p4_2",
    }
    for name, arrays in weights.items():
        place, _, layer = name.partition("/")
        if place.startswith("inception_"):
            block = place.removeprefix("inception_")
            here = f"b{block[0]}.{block}.{paths[layer]}"
        else:
            heads = {"conv": "conv", "fc": "fc1", "classifier": "fc2"}
            here = {"conv1/7x7_s2": "b1.conv1", "conv2/3x3_reduce": "b2.conv2_reduce", "conv2/3x3": "b2.conv2"}.get(
                name
            )
            here = here or ("fc" if place == "loss3" else f"aux{place[-1]}.{heads[layer]}")
        for local, array in zip(("weight", "bias"), arrays, strict=True):
            assert np.array_equal(imported.bundle.weights[f"{here}.{local}"], array), name


@pytest.mark.parametrize("generation", ["old", "new"])
def test_the_caffemodel_comes_in_with_both_heads_and_its_own_preprocessing(generation, zoo_logits, tmp_path):
    weights = zoo.weights()
    (tmp_path / "bvlc_googlenet.caffemodel").write_bytes(zoo.caffemodel(weights, generation))
    imported = convert.read(tmp_path / "bvlc_googlenet.caffemodel")
    assert (imported.source, imported.bundle.table.name) == ("caffe_googlenet", "caffe")
    assert list(imported.bundle.table.aux) == ["aux1", "aux2"]
    same_weights(imported, weights)
    prepared = imported.bundle.preprocessing
    assert (prepared.order, prepared.scale, prepared.mean) == ("BGR", 1.0, (104.0, 117.0, 123.0))
    assert (prepared.resize, prepared.crop) == ((256, 256), (224, 224))


def test_a_vector_that_the_caffemodel_stores_as_a_map_is_refused(tmp_path):
    weights = zoo.weights()
    weight, bias = weights["loss3/classifier"]
    weights["loss3/classifier"] = weight, bias.reshape(2, 1, 1, 500)
    (tmp_path / "w.caffemodel").write_bytes(zoo.caffemodel(weights, "old"))
    with pytest.raises(InputError, match=r"'loss3/classifier:1' has shape \(2, 1, 1, 500\), .* begin with 3 ones"):
        convert.read(tmp_path / "w.caffemodel")


def test_the_zoos_onnx_file_keeps_its_logits(zoo_logits, tmp_path):
    weights = zoo.weights(heads=False)
    (tmp_path / "googlenet-9.onnx").write_bytes(zoo.onnx_model(weights).SerializeToString())
    imported = convert.read(tmp_path / "googlenet-9.onnx")
    assert (imported.source, imported.bundle.table.name) == ("onnx_googlenet", "caffe")
    assert imported.bundle.table.aux == {}
    assert imported.ignored == ("OC2_DUMMY_1",)
    same_weights(imported, weights)
    x, theirs = zoo_logits
    assert relative_error(theirs, logits(imported, x)) <= 1e-5


def test_an_unknown_layer_is_refused_by_name(tmp_path):
    from onnx import helper

    (tmp_path / "w.caffemodel").write_bytes(zoo.caffemodel(zoo.weights(), "new", new_layer("odd", "Deconvolution")))
    with pytest.raises(InputError, match=r"layer 'odd' is of type Deconvolution, which BVLC's .* does not have"):
        convert.read(tmp_path / "w.caffemodel")
    model = zoo.onnx_model(zoo.weights(heads=False))
    model.graph.node.append(helper.make_node("Erf", ["prob_1"], ["odd_1"]))
    (tmp_path / "w.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="'odd_1' is of type Erf"):
        convert.read(tmp_path / "w.onnx")


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("pads", [2, 2, 3, 3], "has pads (2, 2, 3, 3), where b1.conv1 of caffe has (3, 3, 3, 3)"),
        ("strides", [1, 2], "has strides (1, 2), where b1.conv1 of caffe has (2, 2)"),
        ("dilations", [2, 2], "has dilations (2, 2)"),
        ("group", 3, "has group 3"),
    ],
)
def test_a_convolution_of_the_graph_that_moves_otherwise_is_refused(attribute, value, words, tmp_path):
    from onnx import helper

    model = zoo.onnx_model(zoo.weights(heads=False))
    conv = model.graph.node[0]
    kept = [a for a in conv.attribute if a.name != attribute]
    del conv.attribute[:]
    conv.attribute.extend([*kept, helper.make_attribute(attribute, value)])
    (tmp_path / "w.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(InputError) as caught:
        convert.read(tmp_path / "w.onnx")
    assert words in str(caught.value)


def test_every_source_names_every_tensor_of_its_table_once():
    for source in sources().values():
        network = nets.get(source.network)
        names = source.names(network)
        assert len(set(names.values())) == len(names), source.name
        left_out = [n for n in network.shapes if n not in names]
        assert all(any(n.endswith(end) for end in source.constants) for n in left_out), source.name
