"""A Keras net does what models of Keras do; docs/works-with.md lists what."""

import copy

import numpy as np
import pytest
from support.trainers import RANDOM

from common import nets
from common.compare.roundoff import relative_error
from common.data.images import random_images
from common.table.drawing import probing

pytestmark = pytest.mark.only("tf")

LABELS = np.array([0, 1, 3])
SMALL = {"in_channels": 1, "num_classes": 3}  # of a table that a file can name


def built(one=RANDOM, dtype="float32", aux=None, **settings):
    """A net with weights that nothing hides behind; with ``aux=False`` without its heads."""
    import googlenet_tf

    one = nets.get(one, aux=aux, **settings)
    return googlenet_tf.build_net(one, weights=probing(one), dtype=dtype)


def images(net):
    """Images of the net's size, N x H x W x C."""
    return random_images(3, net.table.input).astype("float32").transpose(0, 2, 3, 1)


def loss():
    import keras

    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def compiled(net, given=None, rate=0.05):
    import keras

    keras.utils.set_random_seed(0)
    net.compile(optimizer=keras.optimizers.SGD(rate), loss=given or loss(), metrics=["accuracy"])
    return net


def test_fit_without_heads():
    net = compiled(built(aux=False))
    history = net.fit(images(net), LABELS, epochs=9, verbose=0, validation_data=(images(net), LABELS)).history
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history["val_loss"][-1] < history["val_loss"][0]


def test_fit_with_heads():
    """One loss is for each of the logits; each is shown by name, and counts by its weight in the table."""
    net = compiled(built())
    x = images(net)
    history = net.fit(x, LABELS, epochs=9, verbose=0, validation_data=(x, LABELS)).history
    training = {"loss", "fc_loss", "aux1_loss", "fc_accuracy"}
    assert set(history) == training | {f"val_{name}" for name in training}
    assert history["val_aux1_loss"][-1] < history["val_aux1_loss"][0]
    weight = RANDOM.aux["aux1"].loss_weight
    assert history["loss"][0] == pytest.approx(history["fc_loss"][0] + weight * history["aux1_loss"][0], rel=1e-6)


def test_evaluate_and_predict_with_heads():
    """``evaluate`` says what the losses are by their definition; ``predict`` gives the classifier's logits."""
    net = compiled(built())
    x = images(net)
    logits = {name: z.numpy() for name, z in net(x, aux=True).items()}
    by_name = net.evaluate(x, LABELS, verbose=0, return_dict=True)
    for name, z in logits.items():
        own = (np.log(np.exp(z).sum(1)) - z[np.arange(3), LABELS]).mean()
        assert by_name[f"{name}_loss"] == pytest.approx(own, rel=1e-5)
    assert by_name["fc_accuracy"] == pytest.approx((logits["fc"].argmax(1) == LABELS).mean())
    assert relative_error(net.predict(x, verbose=0), logits["fc"]) <= 1e-5
    assert net(x).shape == (3, 4)  # what evaluate needs, it puts back


def test_losses_by_name():
    """Those that are named count; the labels may be by name too."""
    net = compiled(built(), {"fc": loss()})
    assert set(net.fit(images(net), LABELS, verbose=0).history) == {"loss", "fc_accuracy"}
    net = compiled(built(), {"fc": loss(), "aux1": loss()})
    history = net.fit(images(net), {"fc": LABELS, "aux1": LABELS}, verbose=0, sample_weight=np.ones(3)).history
    assert set(history) == {"loss", "fc_loss", "aux1_loss", "fc_accuracy"}


@pytest.mark.parametrize("aux", [False, True], ids=["aux=False", "trunk"])
def test_a_plain_loop(aux):
    """Two ways to the logits alone in training mode: without heads, and past them."""
    import keras
    import tensorflow as tf

    net = built(aux=aux)
    keras.utils.set_random_seed(0)
    optimizer, x, losses = keras.optimizers.SGD(0.05), images(net), []
    for _ in range(20):
        with tf.GradientTape() as tape:
            value = loss()(LABELS, net.trunk(x) if aux else net(x, training=True))
        variables = [v for layer in net.layers for v in layer.trainable_variables]  # layers: all but the heads
        optimizer.apply_gradients(zip(tape.gradient(value, variables), variables, strict=True))
        losses.append(float(value))
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_a_loop_with_heads():
    """The sum by ``loss_weights`` is the loss that `gradients` differentiates."""
    import tensorflow as tf

    import googlenet_tf
    from googlenet_tf.weights import tensors, to_canonical

    net = built(dtype="float64")
    for layer in net._flatten_layers():
        if type(layer).__name__ == "Dropout":
            layer.rate = 0
    x = images(net).astype("float64")
    one_hot = np.eye(4)[LABELS]
    with tf.GradientTape() as tape:
        each = {n: tf.nn.softmax_cross_entropy_with_logits(one_hot, z) for n, z in net(x, training=True).items()}
        total = sum(net.loss_weights[name] * tf.reduce_mean(own) for name, own in each.items())
    variables = {name: v for name, v in tensors(net).items() if v.trainable}
    slopes = tape.gradient(total, [v.value for v in variables.values()])
    expected = googlenet_tf.gradients(net, x.transpose(0, 3, 1, 2), LABELS, training=True)
    for name, slope in zip(variables, slopes, strict=True):
        assert relative_error(to_canonical(slope.numpy()), expected[name]) <= 1e-11


def test_copy_and_clone():
    import keras

    net = built("d2l", **SMALL)
    x = images(net)[:1, :32, :32]
    assert np.array_equal(copy.deepcopy(net)(x), net(x))
    clone = keras.models.clone_model(net)
    assert not np.array_equal(clone(x), net(x))  # fresh weights, as of every clone
    clone.set_weights(net.get_weights())
    assert np.array_equal(clone(x), net(x))


def test_save_and_load(tmp_path):
    """Compiled with heads, and with another classifier: the file has it all."""
    import keras

    net = built("cifar10_bn", **SMALL)
    net.fc = keras.layers.Dense(5)
    compiled(net)
    x = images(net)
    net.save(tmp_path / "net.keras")
    again = keras.models.load_model(tmp_path / "net.keras")
    assert type(again) is type(net) and again.fc.units == 5
    assert np.array_equal(again(x), net(x))
    assert again.loss_weights == net.loss_weights
    each, y = again(x, aux=True), np.array([0, 1, 2])
    total = sum(weight * loss()(y, each[name]) for name, weight in net.loss_weights.items())
    assert float(again.compute_loss(y=y, y_pred=each)) == pytest.approx(float(total), rel=1e-6)


def test_summary_shows_shapes():
    """Those of the table's own size of image, for every layer, and for another classifier too."""
    import keras

    net, lines = built("imagenet_aux", aux=False, num_classes=5), []
    net.summary(print_fn=lines.append, line_length=120, positions=[0.4, 0.8, 1.0])
    text = "".join(lines)
    assert "?" not in text
    for name, shape in (("pool1 (MaxPool)", "(None, 56, 56, 64)"), ("3a (Inception)", "(None, 28, 28, 256)")):
        assert shape in next(line for line in text.splitlines() if name in line)
    assert "(None, 5)" in next(line for line in text.splitlines() if "fc (Dense)" in line)
    net.fc = keras.layers.Dense(2, name="mine")
    lines.clear()
    net.summary(print_fn=lines.append, line_length=120, positions=[0.4, 0.8, 1.0])
    row = next(line for line in "".join(lines).splitlines() if "mine (Dense)" in line)
    assert "(None, 2)" in row


def test_another_classifier_takes_the_place_of_the_first():
    """None of its variables is left, and everything else goes on as before: what is not ``fc`` stays locked."""
    import keras

    net = built()
    before = len(net.trainable_variables)
    net.fc = keras.layers.Dense(2)
    assert net.fc.built and len(net.trainable_variables) == before
    assert net(images(net)).shape == (3, 2)
    with pytest.raises(ValueError, match="cannot add new elements of state"):
        net.another = keras.layers.Dense(2)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("given", ["global", "name", "policy"])
def test_mixed_precision(policy, given):
    """By the global policy, a name or a policy: products of 16 bits, weights of 32."""
    import keras

    import googlenet_tf

    settings = {"name": {"dtype": policy}, "policy": {"dtype": keras.DTypePolicy(policy)}, "global": {}}[given]
    if given == "global":
        keras.mixed_precision.set_global_policy(policy)
    try:
        net = googlenet_tf.build_net(RANDOM, weights=probing(RANDOM), **settings)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    x = images(net)
    assert net.dtype_policy.name == policy
    assert {v.dtype for v in net.trainable_variables} == {"float32"}
    assert net.b1.conv(x).dtype == policy.removeprefix("mixed_") == net(x).dtype
    expected, unit = built(dtype="float64")(x.astype("float64")).numpy(), {"b": 2**-7, "f": 2**-10}[policy[6]]
    logits = googlenet_tf.predict(net, x.transpose(0, 3, 1, 2))
    assert 1e-6 < relative_error(logits.astype("float64"), expected) <= 32 * unit
    if given == "global" and policy == "mixed_float16":  # whose small gradients would be 0
        assert set(compiled(net).fit(x, LABELS, verbose=0).history) == {"loss", "fc_loss", "aux1_loss", "fc_accuracy"}
        assert type(net.optimizer).__name__ == "LossScaleOptimizer"


def test_an_unknown_dtype_is_an_error_with_the_choices():
    import googlenet_tf

    with pytest.raises(ValueError, match="float32, float64, mixed_bfloat16, mixed_float16"):
        googlenet_tf.build_net("d2l", dtype="float31")


def test_a_net_within_a_functional_model():
    import keras

    net = built()
    inputs = keras.Input(images(net).shape[1:])
    model = keras.Model(inputs, keras.layers.Softmax()(net.trunk(inputs)))
    assert relative_error(model.predict(images(net), verbose=0).sum(1), np.ones(3)) <= 1e-6
