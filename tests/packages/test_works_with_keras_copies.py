"""Copies of a Keras net are that net, whatever its table: copied, pickled, cloned, saved."""

import copy
import pickle
from operator import attrgetter

import numpy as np
import pytest
from support.oblong_tables import WIDE
from support.trainers import RANDOM

from common import nets
from common.data.images import random_images
from common.table.drawing import probing

pytestmark = pytest.mark.only("tf")


def built(one=RANDOM, **settings):
    import googlenet_tf

    one = nets.get(one, **settings)
    return googlenet_tf.build_net(one, weights=probing(one))


def images(net):
    """Images of the net's size, N x H x W x C."""
    return random_images(3, net.table.input).astype("float32").transpose(0, 2, 3, 1)


def keras():
    import keras

    return keras


def compiled(net):
    loss = keras().losses.SparseCategoricalCrossentropy(from_logits=True)
    net.compile(optimizer=keras().optimizers.SGD(0.05, momentum=0.9), loss=loss)
    return net


def pickled(net):
    return pickle.loads(pickle.dumps(net))


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, pickled])
@pytest.mark.parametrize("table", [RANDOM, WIDE], ids=lambda table: table.name)
def test_a_table_of_your_own_goes_along_with_a_copy(table, again):
    net = built(table)
    net.labels = tuple("abcd"[: net.table.num_classes])
    other = again(net)
    x = images(net)
    assert type(other) is type(net) and other is not net
    assert np.array_equal(other(x), net(x))
    assert (other.table, other.labels, other.loss_weights) == (net.table, net.labels, net.loss_weights)
    for variable in net.variables:
        variable.assign(variable + 1)
    assert not np.array_equal(other(x), net(x))


def test_a_copy_goes_on_training_as_the_net_does():
    """Its optimizer, another classifier and what is frozen are the net's."""
    net = built(WIDE)
    net.fc = keras().layers.Dense(4)
    for stage in net.layers[:-1]:
        stage.trainable = False
    net.layers[0].trainable = True
    compiled(net)
    x, y = images(net), np.array([0, 1, 2])
    net.fit(x, y, epochs=2, shuffle=False, verbose=0)
    other = copy.deepcopy(net)
    assert [v.path for v in other.trainable_variables] == [v.path for v in net.trainable_variables]
    assert len(net.trainable_variables) == 6
    for each in (net, other):
        each.fit(x, y, epochs=2, shuffle=False, verbose=0)
    for ours, theirs in zip(net.variables, other.variables, strict=True):
        assert np.array_equal(ours, theirs), ours.path


def test_a_layer_that_learns_within_a_stage_that_does_not_does_so_in_the_copy():
    net = built(WIDE)
    net.b2.trainable = False
    net.b2.block.p1_1.trainable = True
    other = copy.deepcopy(net)
    assert [v.path for v in other.trainable_variables] == [v.path for v in net.trainable_variables]
    assert other.b2.block.p1_1.trainable and not other.b2.trainable


@pytest.mark.parametrize("freeze", ["all-but-fc", "b1.conv", "b2.block.p1_1,b1"])
def test_what_a_recipe_has_frozen_is_frozen_in_the_copy(freeze):
    """Tensors, and the normalisations that keep their moving statistics."""
    import googlenet_tf
    from common.contract.recipe import Recipe

    net = built(WIDE)
    trainer = googlenet_tf.Trainer(net, Recipe(freeze=freeze))
    other = copy.deepcopy(net)
    assert [v.path for v in other.trainable_variables] == [v.path for v in net.trainable_variables]
    assert len(net.trainable_variables) == len(trainer.parameters)
    for name in net.table.norms:
        one, copied = (attrgetter(f"{name}.norm")(each).trainable for each in (net, other))
        assert one is copied is (name not in trainer.still), name
    assert trainer.still


def test_what_is_frozen_is_frozen_in_a_file_too(tmp_path):
    net = built("d2l", in_channels=1, num_classes=3)
    net.layers[0].trainable = False
    net.save(tmp_path / "net.keras")
    again = keras().models.load_model(tmp_path / "net.keras")
    assert not again.layers[0].trainable and again.layers[1].trainable
    assert len(again.trainable_variables) == len(net.trainable_variables)


@pytest.mark.parametrize("write", [lambda net, file: net.save(file), lambda net, file: keras().models.clone_model(net)])
def test_what_keras_writes_down_cannot_hold_a_table_of_your_own(tmp_path, write):
    """After a copy neither."""
    net = copy.deepcopy(built(WIDE))
    with pytest.raises(ValueError, match=r"'wide' is a table of your own, which \.keras cannot hold: use"):
        write(net, tmp_path / "net.keras")
