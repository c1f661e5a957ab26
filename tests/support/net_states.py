"""What a net holds beside its weights, as plain data, and the ways in which a caller can be in training mode."""

from contextlib import ExitStack

import numpy as np


def _torch_state(net):
    return {
        "modes": [module.training for module in net.modules()],
        "trainable": [p.requires_grad for p in net.parameters()],
        "gradients": [None if p.grad is None else p.grad.numpy().tobytes() for p in net.parameters()],
        "values": [t.detach().numpy().tobytes() for t in (*net.parameters(), *net.buffers())],
        "hooks": [(len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks)) for m in net.modules()],
        "own": ["forward" in vars(module) for module in net.modules()],
    }


def _keras_state(net):
    layers = net._flatten_layers()
    return {
        "trainable": [layer.trainable for layer in layers],
        "values": [variable.numpy().tobytes() for variable in net.variables],  # of dropout's seeds, too
        "hooks": [vars(layer).get("call") for layer in layers],
        "dtypes": [layer.dtype_policy.name for layer in layers],
    }


def _gluon_state(net):
    import mxnet as mx

    blocks = []
    net.apply(blocks.append)
    parameters = list(net.collect_params().values())
    return {
        "modes": [mx.autograd.is_training(), mx.autograd.is_recording()],
        "trainable": [p.grad_req for p in parameters],
        "gradients": [p.grad().asnumpy().tobytes() for p in parameters if p.grad_req != "null"],
        "values": [p.data().asnumpy().tobytes() for p in parameters],
        "hooks": [(len(block._forward_hooks), len(block._forward_pre_hooks)) for block in blocks],
        "settings": [
            (str(vars(b).get("_active")), str(vars(b).get("_kwargs")), str(vars(b).get("_rate"))) for b in blocks
        ],
    }


def state(backend_name, net):
    """Everything of a net that using it must leave as it was, by what it is."""
    return {"torch": _torch_state, "tf": _keras_state, "mxnet": _gluon_state}[backend_name](net)


def _torch_ways(net):
    import torch

    for name, context in {
        "net.train()": ExitStack,
        "no_grad": torch.no_grad,
        "inference_mode": torch.inference_mode,
        "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    }.items():

        def way(use, context=context):
            net.train()
            for module in list(net.modules())[::3]:  # some are frozen in evaluation mode, as one does when fine-tuning
                module.training = False
            with context():
                return use()

        yield name, way


def _keras_ways(net):
    import tensorflow as tf
    from tensorflow import keras

    class Outer(keras.layers.Layer):
        """Uses the net while it is called itself in training mode."""

        def __init__(self, use):
            super().__init__()
            self.use = use

        def call(self, x, training=None):
            self.result = self.use()
            return x

    def within_a_layer(use):
        outer = Outer(use)
        outer(tf.zeros((1, 1)), training=True)
        return outer.result

    def on_tape(use):
        with tf.GradientTape() as tape:
            tape.watch([variable.value for variable in net.trainable_variables])
            return use()

    yield "within a layer that is training", within_a_layer
    yield "on a tape", on_tape


def _gluon_ways(net):
    import mxnet as mx

    for name, context in {
        "record": mx.autograd.record,
        "train_mode": mx.autograd.train_mode,
        "predict_mode": mx.autograd.predict_mode,
        "pause": mx.autograd.pause,
    }.items():

        def way(use, context=context):
            with context():
                return use()

        yield name, way


def ways_of_training(backend_name, net):
    """(name, function that calls another while the caller, or the net, is in a mode of its own)."""
    return {"torch": _torch_ways, "tf": _keras_ways, "mxnet": _gluon_ways}[backend_name](net)


def last_layer_fails(backend_name, net):
    """From now on the classifier raises; what was computed before it has left its traces by then."""

    def fail(*args, **kwargs):
        raise ArithmeticError("the classifier fails")

    setattr(net.fc, "call" if backend_name == "tf" else "forward", fail)


def equal(a, b):
    """Whether two results, arrays or arrays by name or tuples of those, are the same to the last bit."""
    if isinstance(a, dict):
        return list(a) == list(b) and all(equal(a[name], b[name]) for name in a)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return a.dtype == b.dtype and np.array_equal(a, b)
