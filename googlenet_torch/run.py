"""Running a PyTorch net on NumPy arrays: outputs of every layer, logits, gradients."""

from contextlib import contextmanager

import torch
import torch.nn.functional as F

from common.contract.loss import check_batch, targets
from common.table.sizes import check_input
from googlenet_torch.weights import get_weights, set_weights


def tensor(net, x):
    """Images N x C x H x W as a tensor of the net's own dtype and device."""
    own = next(net.parameters())
    return torch.as_tensor(x).to(own.device, own.dtype)


def array(x):
    """A tensor as an array."""
    return x.detach().cpu().numpy()


@contextmanager
def mode(net, training):
    """The net in training or evaluation mode; afterwards as it was."""
    before = net.training
    try:
        yield net.train(training)
    finally:
        net.train(before)


@contextmanager
def recording(net, names):
    """A dict that the outputs of the layers called ``names`` go to."""
    found = {}

    def recorder(name):
        return lambda module, args, output: found.update({name: output})

    hooks = [net.get_submodule(name).register_forward_hook(recorder(name)) for name in names]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


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
    with recording(net, names) as found, torch.no_grad(), mode(net, training):
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
    with torch.no_grad(), mode(net, False):
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
    x = tensor(net, x).requires_grad_()
    wanted = tensor(net, targets(y, net.table.num_classes))
    parameters = {name: p for name, p in net.named_parameters() if p.requires_grad}
    with mode(net, training), recording(net, names) as outputs:
        logits = net(x)
    loss, _ = loss_of(net, logits, wanted)
    found = torch.autograd.grad(loss, [*parameters.values(), x], allow_unused=True)
    named = {name: array(g) for name, g in zip(parameters, found, strict=False) if g is not None}
    return arrays(net, outputs, names), {**named, "input": array(found[-1])}


def loss_of(net, logits, wanted):
    """(mean cross-entropy with distributions, that of the heads included, and the classifier's logits)."""
    heads = logits if isinstance(logits, dict) else {"fc": logits}
    heads = {name: logits.to(wanted.dtype) for name, logits in heads.items()}
    loss = cross_entropy(heads["fc"], wanted)
    for name, aux in net.table.aux.items():
        if name in heads:
            loss = loss + aux.loss_weight * cross_entropy(heads[name], wanted)
    return loss, heads["fc"]


def cross_entropy(logits, wanted):
    """Mean cross-entropy of logits with distributions."""
    return F.cross_entropy(logits, wanted)
