"""What is asked of a net in evaluation mode is computed in evaluation mode, whatever mode the net or its caller is in.

And the net is afterwards as it was: weights and statistics, modes, gradients, hooks; also where something raises.
"""

import numpy as np
import pytest
from support.net_states import equal, last_layer_fails, state, ways_of_training
from support.trainers import RANDOM, begun, train

from common.data.images import random_images
from common.table.drawing import probing

X, Y = random_images(3, RANDOM.input), np.array([0, 1, 3])
EVALUATED = {
    "predict": lambda backend, net: backend.predict(net, X),
    "stage_outputs": lambda backend, net: backend.stage_outputs(net, X),
    "layer_outputs": lambda backend, net: backend.layer_outputs(net, X),
    "layer_outputs with heads": lambda backend, net: backend.layer_outputs(net, X, aux=True),
    "gradients": lambda backend, net: backend.gradients(net, X, Y),
    "outputs_and_gradients": lambda backend, net: backend.outputs_and_gradients(net, X, Y),
}
IN_TRAINING = {
    "layer_outputs": lambda backend, net: backend.layer_outputs(net, X, training=True),
    "stage_outputs": lambda backend, net: backend.stage_outputs(net, X, training=True),
}
GIVEN_GRADIENTS = {"torch", "mxnet"}  # who keeps gradients in the net


def built(backend_name, backend):
    """A net with normalisation, dropout and a head, that has gradients of its own from a step of training."""
    net = backend.build_net(RANDOM, weights=probing(RANDOM), dtype="float64")
    if backend_name in GIVEN_GRADIENTS:
        weights = backend.get_weights(net)
        train(backend, net, backend.Trainer(net, begun(backend)[1].recipe), range(1))
        backend.set_weights(net, weights)
    return net


@pytest.mark.parametrize("use", EVALUATED)
def test_evaluation_is_evaluation_in_whatever_mode_the_net_and_its_caller_are(use, backend_name, backend):
    net, use = built(backend_name, backend), EVALUATED[use]
    expected = use(backend, built(backend_name, backend))
    for name, way in ways_of_training(backend_name, net):
        way(lambda: None)  # puts the net into the mode
        before = state(backend_name, net)
        assert equal(way(lambda: use(backend, net)), expected), name
        after = state(backend_name, net)
        assert after == before, (name, [key for key in before if before[key] != after[key]])


@pytest.mark.parametrize("use", IN_TRAINING)
def test_a_look_at_a_net_in_training_mode_leaves_it_as_it_was(use, backend_name, backend):
    net = built(backend_name, backend)
    before = state(backend_name, net)
    outputs = IN_TRAINING[use](backend, net)
    assert state(backend_name, net) == before
    assert not equal(outputs["fc"], backend.predict(net, X))  # dropout, and statistics of the batch


@pytest.mark.parametrize("use", [*EVALUATED, "layer_outputs in training"])
def test_a_net_is_as_it_was_after_a_layer_has_raised(use, backend_name, backend):
    net = built(backend_name, backend)
    use = EVALUATED.get(use, IN_TRAINING["layer_outputs"])
    last_layer_fails(backend_name, net)
    before = state(backend_name, net)
    with pytest.raises(ArithmeticError, match="the classifier fails"):
        use(backend, net)
    after = state(backend_name, net)
    assert after == before, [key for key in before if before[key] != after[key]]


@pytest.mark.only("mxnet")
def test_gradients_are_not_added_to_those_that_a_net_collects():
    import googlenet_mxnet as backend

    net = backend.build_net(RANDOM, weights=probing(RANDOM), dtype="float64")
    expected = backend.gradients(net, X, Y)
    net.collect_params().setattr("grad_req", "add")
    assert all(equal(backend.gradients(net, X, Y)[name], expected[name]) for name in ("fc.weight", "b1.conv.weight"))
    losses = []
    for _ in range(2):
        again = backend.build_net(RANDOM, weights=probing(RANDOM), dtype="float64")
        if losses:
            again.collect_params().setattr("grad_req", "add")
        losses.append(train(backend, again, backend.Trainer(again, begun(backend)[1].recipe), range(3)))
    assert losses[0] == losses[1]


def test_a_step_of_training_is_the_same_in_whatever_mode_the_caller_is(backend_name, backend):
    def steps(way):
        net = backend.build_net(RANDOM, weights=probing(RANDOM), dtype="float64")
        trainer = backend.Trainer(net, begun(backend)[1].recipe)
        losses = way(lambda: train(backend, net, trainer, range(1)))
        return {"losses": np.array(losses), **backend.get_weights(net)}

    expected = steps(lambda use: use())
    for name, way in ways_of_training(backend_name, backend.build_net(RANDOM, seed=0)):
        assert equal(steps(way), expected), name
