"""Running a Keras net on NumPy arrays: outputs of every layer, logits, gradients."""

from contextlib import contextmanager
from operator import attrgetter

from common.contract.loss import check_batch, targets
from common.table.sizes import check_input
from googlenet_tf.framework import tf
from googlenet_tf.weights import get_weights, set_weights, tensors, to_canonical


def tensor(net, x):
    """Images N x C x H x W as a tensor N x H x W x C of the net's own dtype."""
    return tf.convert_to_tensor(x.transpose(0, 2, 3, 1).astype(net.compute_dtype))


def array(x):
    """A tensor N x H x W x C, or N x K, as an array N x C x H x W, or N x K."""
    return x.numpy().transpose(0, 3, 1, 2) if len(x.shape) == 4 else x.numpy()


@contextmanager
def recording(net, names):
    """A dict that the outputs of the layers called ``names`` go to."""
    found = {}

    def recorder(name, call):
        def record(*args, **kwargs):
            found[name] = call(*args, **kwargs)
            return found[name]

        return record

    layers = {name: attrgetter(name)(net) for name in names}
    for name, layer in layers.items():
        layer.call = recorder(name, layer.call)  # Keras has no hooks
    try:
        yield found
    finally:
        for layer in layers.values():
            del layer.call


def layer_outputs(net, x, *, training=False, aux=False):
    """Output of every layer, block and stage by its canonical name, as arrays in NCHW.

    Args:
        training: normalise by the batch and run the heads; the moving statistics are put back afterwards.
        aux: run the auxiliary heads in evaluation mode too.

    Raises:
        ValueError: images that the net, or its heads if they are run, do not take.
    """
    check_input(net.table, x.shape[1:], aux=aux or training)
    names = list(net.table.at(aux=aux or training))
    before = get_weights(net)
    with recording(net, names) as found:
        if aux and not training:
            net.with_heads(tensor(net, x))
        else:
            net(tensor(net, x), training=training)
    set_weights(net, before)
    return arrays(net, found, names)


def arrays(net, found, names):
    """What `recording` found, as arrays in NCHW, in the order of ``names``."""
    for stage, node in net.table.stages.items():  # with_heads runs them block by block
        if stage in names:
            found.setdefault(stage, found[f"{stage}.{list(node.nodes)[-1]}"])
    return {name: array(found[name]) for name in names}


def stage_outputs(net, x, *, training=False, aux=False):
    """Outputs of the stages, the classifier and the heads, as arrays in NCHW."""
    outputs = layer_outputs(net, x, training=training, aux=aux)
    return {name: array for name, array in outputs.items() if "." not in name}


def predict(net, x):
    """Logits, N x K, in evaluation mode.

    Raises:
        ValueError: images too small, or of other channels than the net's.
    """
    check_input(net.table, x.shape[1:], aux=False)
    return net(tensor(net, x), training=False).numpy()


def gradients(net, x, y, *, training=False):
    """Gradients of the mean cross-entropy by every parameter it depends on, and by ``input``.

    While training the losses of the heads count with their weights, dropout is random, and the moving
    statistics move, as in any step of training. Frozen parameters have none.

    Raises:
        ValueError: images that the net, or while training its heads, do not take, or labels that do not fit.
    """
    return backward(net, x, y, training, ())[1]


def outputs_and_gradients(net, x, y, *, training=False):
    """`gradients`, and the output of every layer in the very pass that they were taken in.

    In float32 another pass may round otherwise, and a ReLU near 0 then decides otherwise.
    """
    return backward(net, x, y, training, list(net.table.at(aux=training)))


def backward(net, x, y, training, names):
    """(outputs of the layers called ``names``, gradients) of one pass."""
    check_batch(net.table, x, y, training=training)
    x = tensor(net, x)
    wanted = tf.convert_to_tensor(targets(y, net.table.num_classes), net.variable_dtype)
    parameters = {name: v for name, v in tensors(net).items() if v.trainable}
    with tf.GradientTape() as tape, recording(net, names) as outputs:
        tape.watch(x)
        logits = net(x, training=training)
        loss, _ = loss_of(net, logits, wanted)
    found = tape.gradient(loss, [*(v.value for v in parameters.values()), x])
    named = {name: to_canonical(g.numpy()) for name, g in zip(parameters, found, strict=False) if g is not None}
    return arrays(net, outputs, names), {**named, "input": array(found[-1])}


def loss_of(net, logits, wanted):
    """(mean cross-entropy with distributions, that of the heads included, and the classifier's logits)."""
    heads = logits if isinstance(logits, dict) else {"fc": logits}
    heads = {name: tf.cast(logits, wanted.dtype) for name, logits in heads.items()}
    loss = cross_entropy(heads["fc"], wanted)
    for name, aux in net.table.aux.items():
        if name in heads:
            loss = loss + aux.loss_weight * cross_entropy(heads[name], wanted)
    return loss, heads["fc"]


def cross_entropy(logits, wanted):
    """Mean cross-entropy of logits with distributions; Keras' own loss computes in float32."""
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
