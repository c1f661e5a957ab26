"""Running a Gluon net on NumPy arrays: outputs of every layer, logits, gradients."""

from contextlib import contextmanager
from operator import attrgetter

from common.contract.loss import check_batch, targets
from common.table.sizes import check_input
from googlenet_mxnet.framework import mx
from googlenet_mxnet.layers import BatchNorm, Dropout
from googlenet_mxnet.weights import from_array, get_weights, set_weights, tensors


def tensor(net, x):
    """Images N x C x H x W as MXNet's array, of the net's own dtype."""
    return from_array(x, next(iter(tensors(net).values())).dtype)


def array(x):
    """MXNet's array as NumPy's."""
    return x.asnumpy()


@contextmanager
def changed(net, change):
    """The net with the attributes that ``change(block)`` gives for each of its blocks; afterwards as before."""
    blocks = []
    net.apply(blocks.append)
    changes = [change(block) for block in blocks]
    before = [{name: vars(block)[name] for name in new} for block, new in zip(blocks, changes, strict=True)]
    try:
        for block, new in zip(blocks, changes, strict=True):
            vars(block).update(new)
        yield
    finally:
        for block, old in zip(blocks, before, strict=True):
            vars(block).update(old)


def imperative(block):
    """Without its compiled graph, inside of which there are no hooks and no settings."""
    return {"_active": False} if isinstance(block, mx.gluon.HybridBlock) else {}


def frozen(block):
    """Dropout off, moving statistics used and left alone, even in MXNet's training mode.

    MXNet has derivatives in training mode only: what is recorded with ``train_mode=False`` lacks what the
    backward passes of batch normalisation and of float32 pooling need, and they return garbage.
    """
    match block:
        case BatchNorm():
            return {**imperative(block), "_kwargs": {**block._kwargs, "use_global_stats": True}}
        case Dropout():
            return {**imperative(block), "_rate": 0}
        case _:
            return imperative(block)


@contextmanager
def recording(net, names):
    """A dict that the outputs of the layers called ``names`` go to."""
    found = {}

    def recorder(name):
        return lambda block, args, output: found.update({name: output})

    hooks = [attrgetter(name)(net).register_forward_hook(recorder(name)) for name in names]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.detach()


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
    with changed(net, imperative), recording(net, names) as found, mx.autograd.pause(train_mode=training):
        if aux and not training:
            net.with_heads(tensor(net, x))
        else:
            net(tensor(net, x))
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
    with mx.autograd.pause(train_mode=False):
        return array(net(tensor(net, x)))


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
    wanted = from_array(targets(y, net.table.num_classes), x.dtype)
    parameters = {name: p for name, p in tensors(net).items() if p.grad_req != "null"}
    how = imperative if training else frozen
    with changed(net, how), recording(net, names) as outputs, mx.autograd.record():
        x.attach_grad()
        logits = net(x) if training else net.trunk(x)
        loss, _ = loss_of(net, logits, wanted)
    loss.backward()
    reached = {name for name in parameters if training or name.split(".")[0] not in net.table.aux}
    named = {name: array(p.grad()) for name, p in parameters.items() if name in reached}
    return arrays(net, outputs, names), {**named, "input": array(x.grad)}


def loss_of(net, logits, wanted):
    """(mean cross-entropy with distributions, that of the heads included, and the classifier's logits)."""
    heads = logits if isinstance(logits, dict) else {"fc": logits}
    loss = cross_entropy(heads["fc"], wanted)
    for name, aux in net.table.aux.items():
        if name in heads:
            loss = loss + aux.loss_weight * cross_entropy(heads[name], wanted)
    return loss, heads["fc"]


def cross_entropy(logits, wanted):
    """Mean cross-entropy of logits with distributions."""
    return mx.gluon.loss.SoftmaxCrossEntropyLoss(sparse_label=False)(logits, wanted).mean()
