"""Runs written files alone, in a process that has the framework and nothing of ours.

``python -I written_alone.py torch jobs.json``: each job names a file, its weights, its images and labels, and where to
put what the network makes of them. Nothing here reads a table, and what is ours cannot be imported.
"""

import importlib.util
import json
import sys
from operator import attrgetter

OURS = ("common", "googlenet", "googlenet_torch", "googlenet_tf", "googlenet_mxnet")
KERAS = {"weight": "kernel", "bias": "bias"}
KERAS_NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
GLUON_NORM = {"weight": "gamma", "bias": "beta"}


class Refusing:
    """Finds none of our packages."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in OURS:
            raise ImportError(f"{name} is ours, and a written file imports nothing of ours")
        return None


sys.meta_path.insert(0, Refusing())

import numpy as np  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402


def module_of(path):
    spec = importlib.util.spec_from_file_location("written", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def logits_of(out):
    return dict(out) if isinstance(out, dict) else {"fc": out}


def placed(name, names, norms):
    layer, kind = name.rsplit(".", 1)
    return f"{layer}.{(norms if layer.endswith('.norm') else names).get(kind, kind)}"


class Torch:
    def __init__(self, module, job):
        import torch

        self.torch = torch
        torch.set_default_dtype(torch.float64)
        self.net = getattr(module, job["class"])()
        from safetensors.torch import load_file as load

        self.net.load_state_dict(load(job["weights"]))
        self.drops = [m.p for m in self.net.modules() if isinstance(m, torch.nn.Dropout)]
        for m in self.net.modules():
            if isinstance(m, torch.nn.Dropout):
                m.p = 0.0

    def blocks(self, stages, x):
        found, self.net = {}, self.net.eval()
        with self.torch.no_grad():
            x = self.torch.from_numpy(x)
            for stage in stages:
                for name, block in getattr(self.net, stage).named_children():
                    x = found[f"{stage}.{name}"] = block(x)
        return {name: array.numpy() for name, array in found.items()}

    def computed(self, x, y, weights, training):
        self.net.train(training).zero_grad()
        x = self.torch.from_numpy(x).requires_grad_()
        logits = logits_of(self.net(x))
        cross = self.torch.nn.functional.cross_entropy
        sum(weights[name] * cross(out, self.torch.from_numpy(y)) for name, out in logits.items()).backward()
        slopes = {name: p.grad.numpy() for name, p in self.net.named_parameters() if p.grad is not None}
        return {name: out.detach().numpy() for name, out in logits.items()}, {**slopes, "input": x.grad.numpy()}

    def statistics(self, names):
        return {name: array.numpy() for name, array in self.net.state_dict().items() if name in names}

    def counts(self):
        return sum(p.numel() for p in self.net.parameters())


class Keras:
    def __init__(self, module, job):
        import keras
        import tensorflow as tf

        keras.config.set_floatx("float64")
        self.tf, self.keras = tf, keras
        self.net = getattr(module, job["class"])()
        self.names = list(load_file(job["weights"]))
        module.load(self.net, load_file(job["weights"]))
        self.drops = []
        for layer in self.net._flatten_layers():
            if isinstance(layer, keras.layers.Dropout):
                self.drops.append(layer.rate)
                layer.rate = 0

    def variable(self, name):
        return attrgetter(placed(name, KERAS, KERAS_NORM))(self.net)

    def canonical(self, array):
        array = np.asarray(array)
        return np.moveaxis(array, (-1, -2), (0, 1)) if array.ndim > 1 else array

    def blocks(self, stages, x):
        found, x = {}, self.tf.constant(x.transpose(0, 2, 3, 1))
        for stage in stages:
            for name in getattr(self.net, stage)._names:
                x = found[f"{stage}.{name}"] = getattr(getattr(self.net, stage), name)(x)
        return {name: self.maps(array.numpy()) for name, array in found.items()}

    @staticmethod
    def maps(array):
        return array.transpose(0, 3, 1, 2) if array.ndim == 4 else array

    def computed(self, x, y, weights, training):
        x = self.tf.constant(x.transpose(0, 2, 3, 1))
        cross = self.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        of = {name: self.variable(name) for name in self.names if "running_" not in name}
        with self.tf.GradientTape() as tape:
            tape.watch(x)
            logits = logits_of(self.net(x, training=training))
            loss = sum(weights[name] * cross(y, out) for name, out in logits.items())
        slopes = tape.gradient(loss, [*(v.value for v in of.values()), x])
        found = {name: self.canonical(slope) for name, slope in zip(of, slopes, strict=False) if slope is not None}
        return {name: out.numpy() for name, out in logits.items()}, {**found, "input": self.maps(slopes[-1].numpy())}

    def statistics(self, names):
        return {name: self.variable(name).numpy() for name in names}

    def counts(self):
        return sum(int(np.prod(v.shape)) for v in self.net.trainable_weights)


class Gluon:
    def __init__(self, module, job):
        import mxnet as mx

        self.mx = mx
        self.net, self.stages = getattr(module, job["class"])(), job["stages"]
        self.net.cast("float64")
        self.names = list(load_file(job["weights"]))
        module.load(self.net, load_file(job["weights"]))
        self.blocks_of = []
        self.net.apply(self.blocks_of.append)
        self.drops = [b._rate for b in self.blocks_of if isinstance(b, mx.gluon.nn.Dropout)]
        for b in self.blocks_of:
            if isinstance(b, mx.gluon.nn.Dropout):
                b._rate = 0
        if job["hybridize"]:
            self.net.hybridize()

    def parameter(self, name):
        return attrgetter(placed(name, {}, GLUON_NORM))(self.net)

    def array(self, x):
        return self.mx.nd.array(x, dtype="float64")

    def blocks(self, stages, x):
        found, x = {}, self.array(x)
        for stage in stages:
            for name, block in getattr(self.net, stage)._children.items():
                x = found[f"{stage}.{name}"] = block(x)
        return {name: array.asnumpy() for name, array in found.items()}

    def computed(self, x, y, weights, training):
        mx = self.mx
        evaluated = {} if training else {"fc": self.net(self.array(x)).asnumpy()}
        self.net.hybridize(False)  # what is compiled does not see the changes below
        for block in self.blocks_of:  # MXNet has derivatives in training mode only
            if isinstance(block, mx.gluon.nn.BatchNorm):
                block._kwargs["use_global_stats"] = not training
        x, y = self.array(x), self.array(y)
        x.attach_grad()
        cross = mx.gluon.loss.SoftmaxCrossEntropyLoss()
        with mx.autograd.record():
            logits = logits_of(self.net(x)) if training else {"fc": self.trunk(x)}
            loss = sum(weights[name] * cross(out, y).mean() for name, out in logits.items())
        names = [
            n
            for n in self.names
            if "running_" not in n and (training or n.split(".")[0] not in weights or n.startswith("fc."))
        ]
        slopes = mx.autograd.grad(loss, [*(self.parameter(n).data() for n in names), x])
        found = {name: slope.asnumpy() for name, slope in zip((*names, "input"), slopes, strict=True)}
        return evaluated or {name: out.asnumpy() for name, out in logits.items()}, found

    def trunk(self, x):
        """The classifier's logits without the heads, which MXNet's training mode would run on images of any size."""
        for stage in self.stages:
            x = getattr(self.net, stage)(x)
        return self.net.fc(x)

    def statistics(self, names):
        return {name: self.parameter(name).data().asnumpy() for name in names}

    def counts(self):
        return sum(int(np.prod(p.shape)) for p in self.net.collect_params().values() if p.grad_req != "null")


def run(job, kind):
    given = np.load(job["images"])
    net = kind(module_of(job["file"]), job)
    logits, slopes = net.computed(given["x"], given["y"], job["loss_weights"], job["training"])
    found = {
        **{f"logits {name}": array for name, array in logits.items()},
        **{f"slope {name}": array for name, array in slopes.items()},
        **{f"statistic {name}": array for name, array in net.statistics(job["statistics"]).items()},
        **{
            f"block {name}": array
            for name, array in net.blocks(job["stages"], given["x"]).items()
            if not job["training"]
        },
    }
    np.savez(job["out"], drops=np.array(net.drops), params=net.counts(), **found)


if __name__ == "__main__":
    kinds = {"torch": Torch, "tf": Keras, "mxnet": Gluon}
    with open(sys.argv[2]) as file:
        jobs = json.load(file)
    for each in jobs:
        run(each, kinds[sys.argv[1]])
    assert not [name for name in sys.modules if name.split(".")[0] in OURS]
