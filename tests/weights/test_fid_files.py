"""FID's Inception comes in from the port's state dict and from TensorFlow's own graph, as one and the same network."""

import numpy as np
import pytest
from support.fid_files import graph, save_state, state
from support.published_models import stirred, torchvision
from support.small_network import network_of

from common import nets
from common.base.errors import InputError
from common.compare.roundoff import relative_error
from common.data.fid import FID
from common.data.images import random_images
from common.table.spec import Conv, Stage
from common.weights import convert, formats
from common.weights.sources import sources, tensorflow_graph

only_torch, only_tf = pytest.mark.only("torch"), pytest.mark.only("tf")


@pytest.fixture(scope="module")
def published_graph():
    return graph()


@pytest.fixture(scope="module")
def files(tmp_path_factory, published_graph):
    folder = tmp_path_factory.mktemp("fid")
    save_state(folder / "pt_inception-2015-12-05-6726825d.pth")
    (folder / "classify_image_graph_def.pb").write_bytes(published_graph.SerializeToString())
    return sorted(folder.iterdir())


@only_torch
@only_tf
def test_the_graph_and_its_port_are_the_same_weights_of_the_same_table(files):
    of_graph, of_port = map(convert.read, files)
    assert (of_graph.source, of_graph.format) == ("tensorflow_inception_v3", "tensorflow")
    assert (of_port.source, of_port.format) == ("pytorch_fid_inception_v3", "torch")
    for imported in (of_graph, of_port):
        assert (imported.bundle.table.name, imported.bundle.table.num_classes) == ("inception_v3:fid", 1008)
        assert (imported.bundle.preprocessing, imported.also_fits) == (FID, ())
    for name, array in of_port.bundle.weights.items():
        assert np.array_equal(of_graph.bundle.weights[name], array), name
    assert np.array_equal(
        of_graph.bundle.weights["b5.7b.p2_2.a_1.weight"], state()["Mixed_7b.branch3x3_2a.conv.weight"]
    )
    assert set(of_graph.ignored) >= {"ResizeBilinear/size", "Sub/y", "Mul/y", "pool_3/_reshape/shape"}


@pytest.mark.long
@only_tf
def test_tensorflow_itself_computes_the_same_logits_from_the_graph(published_graph, files):
    import tensorflow as tf

    from common.contract.backend import load

    x = random_images(1, (3, 299, 299)).astype(np.float32)
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        tf.import_graph_def(published_graph, name="")
        theirs = session.run("softmax/logits:0", {"Mul:0": np.moveaxis(x, 1, 3)})
    package, imported = load("tf"), convert.read(files[0])
    net = package.build_net(imported.bundle.table, weights=imported.bundle.weights)
    assert relative_error(theirs, package.predict(net, x)) <= 1e-5


@only_torch
@pytest.mark.parametrize(
    ("classes", "heads", "table"),
    [(1008, False, "inception_v3:fid"), (1000, False, "inception_v3"), (1008, True, "inception_v3"), (7, False, None)],
)
def test_the_classes_tell_two_tables_of_the_same_names_apart_or_the_user_must(classes, heads, table, tmp_path):
    model = torchvision().models.inception_v3(
        weights=None, init_weights=False, aux_logits=heads, num_classes=classes, transform_input=False
    )
    save_state(tmp_path / "w.pth", {name: t.numpy() for name, t in stirred(model).state_dict().items()})
    if table is None:
        with pytest.raises(InputError) as caught:
            convert.read(tmp_path / "w.pth")
        assert str(caught.value).endswith("w.pth: its tensors fit inception_v3, inception_v3:fid: say which with --net")
    else:
        assert convert.read(tmp_path / "w.pth").bundle.table.name == table
    if not heads:
        for name in ("inception_v3", "inception_v3:fid"):
            assert convert.read(tmp_path / "w.pth", net=name).bundle.table.name == name
        found = convert.read(tmp_path / "w.pth", source="pytorch_fid_inception_v3").bundle.table
        assert (found.name, found.num_classes) == ("inception_v3:fid", classes)


@only_torch
def test_a_file_of_our_own_names_its_table_whatever_its_classes(files, tmp_path):
    convert.convert_file(files[1], tmp_path / "w.safetensors")
    found = convert.read(tmp_path / "w.safetensors").bundle
    assert (found.table.name, found.preprocessing) == ("inception_v3:fid", FID)
    convert.convert_file(tmp_path / "w.safetensors", tmp_path / "w.pth")  # this format names no table
    with pytest.raises(InputError, match="its tensors fit inception_v3, inception_v3:keras, inception_v3:fid: say"):
        convert.read(tmp_path / "w.pth")


EDITS = {
    "an average in 7c": ("mixed_10/tower_2/pool", lambda node: {"op": "AvgPool"}, "op AvgPool, where b5.7c.p4_1"),
    "a maximum in 7b": ("mixed_9/tower_2/pool", lambda node: {"op": "MaxPool"}, "op MaxPool, where b5.7b.p4_1"),
    "a larger pool": ("pool", lambda node: {"ksize": (1, 2, 2, 1)}, "ksize (1, 2, 2, 1), where b1.pool1"),
    "padded": ("conv/Conv2D", lambda node: {"padding": "SAME"}, "padding SAME, where b1.conv1a"),
    "not padded": ("conv_2/Conv2D", lambda node: {"padding": "VALID"}, "padding VALID, where b1.conv2b"),
    "slower": ("conv/Conv2D", lambda node: {"strides": (1, 1, 1, 1)}, "strides (1, 1, 1, 1), where b1.conv1a"),
    "other eps": ("conv_3/batchnorm", lambda node: {"variance_epsilon": 1e-5}, "variance_epsilon"),
    "turned": ("conv/Conv2D", lambda node: {"data_format": "NCHW"}, "data_format NCHW"),
    "mean for variance": (
        "conv/batchnorm",
        lambda node: {"inputs": (node.inputs[0], node.inputs[2], node.inputs[1], *node.inputs[3:])},
        "input 1 conv/batchnorm/moving_variance, where b1.conv1a",
    ),
    "weights of another": (
        "mixed/conv/Conv2D",
        lambda node: {"inputs": (node.inputs[0], "mixed_1/conv/conv2d_params")},
        "input 1 mixed_1/conv/conv2d_params, where b3.5b.p1_1",
    ),
    "gone": ("mixed_3/pool", lambda node: None, "lacks the node 'mixed_3/pool', which is b4.6a.p3_1"),
}


@pytest.fixture(scope="module")
def contents(files):
    return formats.read(files[0])


def changed(contents, name, change):
    """The contents with another node of that name: with other fields or attributes, or without it."""
    from dataclasses import fields, replace

    nodes = []
    for node in contents.nodes:
        edit = change(node) if node.name == name else {}
        if edit is None:
            continue
        own = {field.name for field in fields(node)}
        attributes = {**node.attributes, **{k: v for k, v in edit.items() if k not in own}}
        nodes.append(replace(node, attributes=attributes, **{k: v for k, v in edit.items() if k in own}))
    return replace(contents, nodes=tuple(nodes))


@only_torch
@only_tf
@pytest.mark.parametrize("edit", EDITS)
def test_a_graph_whose_layers_are_not_the_tables_is_refused_by_its_node(edit, contents):
    name, change, words = EDITS[edit]
    source = sources()["tensorflow_inception_v3"]
    table = nets.get("inception_v3:fid")
    source.check(contents, table, source.names(table))
    with pytest.raises(InputError) as caught:
        source.check(changed(contents, name, change), table, source.names(table))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "stride", "words"), [(8, 2, set()), (9, 2, {"SAME"}), (8, 1, {"SAME"})], ids=["even", "odd", "dense"]
)
def test_padding_is_that_of_a_word_only_where_each_side_is(rows, stride, words):
    """One row on either side is what SAME means but on an even map with a stride of 2, where the shapes are equal."""
    table = nets.get(network_of("padded", (1, rows, rows), 2, {"b1": Stage(conv=Conv(2, 3, stride))}))
    assert tensorflow_graph._moves(table.at(aux=False)["b1.conv"])["padding"] == words


@only_torch
@only_tf
def test_the_check_of_a_graph_is_part_of_reading_it(published_graph, tmp_path):
    edited = type(published_graph)()
    edited.CopyFrom(published_graph)
    next(node for node in edited.node if node.name == "mixed_10/tower_2/pool").op = "AvgPool"
    (tmp_path / "w.pb").write_bytes(edited.SerializeToString())
    with pytest.raises(InputError, match=r"'mixed_10/tower_2/pool' has op AvgPool, where b5\.7c\.p4_1 .* has MaxPool"):
        convert.read(tmp_path / "w.pb")


@only_torch
@only_tf
def test_a_scale_that_the_graph_leaves_out_is_one(contents):
    gamma = "conv_1/batchnorm/gamma"
    without = changed(contents, "conv_1/batchnorm", lambda node: {"scale_after_normalization": 0})
    tensors = sources()["tensorflow_inception_v3"].tensors(without)
    assert np.array_equal(tensors[gamma], np.ones(32)) and not np.array_equal(contents.tensors[gamma], np.ones(32))
    assert np.array_equal(tensors["conv_2/batchnorm/gamma"], contents.tensors["conv_2/batchnorm/gamma"])
