"""Publishers' own models as graphs of rows: PyTorch's by torch.fx, which runs their forward, Keras' by its own graph.

The PyTorch models are made on the device "meta": without memory, without weights, without time.
"""

import operator

from support.rows import Graph


def torch_trace(make):
    """(graph of torch.fx, its modules) of the PyTorch model that ``make`` makes, in training mode, heads included."""
    import torch
    from torch import fx

    leaves = (torch.nn.Linear, torch.nn.BatchNorm2d)
    named = ("SelectAdaptivePool2d",)

    class Tracer(fx.Tracer):
        def is_leaf_module(self, module, name):
            leaf = isinstance(module, leaves) or type(module).__name__ in named
            return leaf or super().is_leaf_module(module, name)

    with torch.device("meta"):
        model = make().train()
    return Tracer().trace(model), dict(model.named_modules())


def of_torch(trace, source, shape, outputs, weights):
    """The graph of a traced model for images of ``shape``.

    ``outputs`` are the names of the model's outputs in its order, such as ``("fc", "aux1")``; ``weights`` are those of
    the heads' losses, which no model has.
    """
    return _FromTorch(trace, source, shape).read(outputs, weights)


class _FromTorch(Graph):
    def __init__(self, trace, source, shape):
        super().__init__(source)
        self.nodes, self.modules = trace
        self.given = shape
        self.scaled = {}  # number of a row to the factor that multiplies it

    def read(self, outputs, weights):
        values = {}
        for node in self.nodes.nodes:
            values[node] = self.visit(node, lambda x: values[x])
        ends = values[next(node for node in self.nodes.nodes if node.op == "output")]
        for name, x in zip(outputs, ends, strict=True):
            self.end(name, x, weights.get(name, 1.0))
        return self

    def visit(self, node, value):
        match node.op:
            case "placeholder":
                return self.image(self.given)
            case "call_module":
                return self.module(str(node.target), self.modules[node.target], value(node.args[0]))
            case "output":
                ends = node.args[0]
                ends = ends if isinstance(ends, tuple) else (ends,)
                found = [value(x) for x in ends]
                return found[0] if isinstance(found[0], list) else found
            case "call_function":
                return self.function(node, value)
        raise TypeError(f"{self.source}: {node.op} {node.target}")

    def module(self, name, module, x):
        match type(module).__name__:
            case "Conv2d":
                assert module.dilation == (1, 1) and module.groups == 1, name
                sizes = (module.out_channels, module.kernel_size, module.stride, module.padding)
                return self.conv(name, x, *sizes, bias=module.bias is not None)
            case "BatchNorm2d" | "BatchNormAct2d":
                assert module.affine and module.track_running_stats, name
                x = self.norm(name, x, module.eps, 1 - module.momentum)
                for child in module.children():  # of timm's: a dropout, which is none, and the activation
                    x = self.module(name, child, x)
                return x
            case "MaxPool2d":
                return self.maximum(name, x, *self.pool(module), rounding_up=module.ceil_mode)
            case "AvgPool2d":
                counts = module.count_include_pad
                return self.average(name, x, *self.pool(module), counts_padding=counts, rounding_up=module.ceil_mode)
            case "AdaptiveAvgPool2d":
                return self.adaptive_average(name, x, module.output_size)
            case "SelectAdaptivePool2d":
                assert module.pool_type == "avg", name
                return self.global_average(name, x)
            case "ReLU":
                return self.activation(name, x)
            case "Dropout":
                return self.dropout(name, x, module.p) if module.p else x
            case "Linear":
                return self.dense(name, x, module.out_features, bias=module.bias is not None)
            case "Identity":
                return x
        raise TypeError(f"{self.source}, {name}: {module}")

    @staticmethod
    def pool(module):
        stride = module.kernel_size if module.stride is None else module.stride
        return module.kernel_size, stride, module.padding

    def function(self, node, value):
        function = getattr(node.target, "__name__", "")
        first, *rest = node.args
        settings = dict(node.kwargs)
        if node.target in (operator.mul, operator.add):
            return self.arithmetic(node, value)
        if isinstance(node.target, type):  # torchvision's named outputs: the heads come last to first
            return [value(x) for x in node.args]
        match function:
            case "cat":
                return self.concat(node.name, [value(x) for x in first])
            case "flatten":
                return value(first)
            case "relu":
                return self.activation(node.name, value(first))
            case "adaptive_avg_pool2d":
                return self.adaptive_average(node.name, value(first), *rest)
            case "avg_pool2d":
                facts = {"counts_padding": settings.get("count_include_pad", True)}
                return self.average(node.name, value(first), *self.called(rest, settings), **facts)
            case "max_pool2d":
                up = settings.get("ceil_mode", False)
                return self.maximum(node.name, value(first), *self.called(rest, settings), rounding_up=up)
        raise TypeError(f"{self.source}: {node.target}")

    @staticmethod
    def called(rest, settings):
        """Kernel, stride and padding of a pool that is called as a function."""
        given = dict(zip(("kernel_size", "stride", "padding"), rest, strict=False)) | settings
        return given["kernel_size"], given["stride"], given.get("padding", 0)

    def arithmetic(self, node, value):
        first, second = node.args
        if node.target is operator.mul:
            self.scaled[value(first)] = second
            return value(first)
        body, x = (value(first), value(second)) if value(first) in self.scaled else (value(second), value(first))
        return self.sum(node.name, x, body, self.scaled.pop(body))


def of_keras(model, source, shape):
    """The graph of a functional Keras model with logits at its end, for images of ``shape`` (C, H, W)."""
    graph = Graph(source)
    rows = {}
    for layer in model.layers:
        parents = [x for node in layer._inbound_nodes for x in node.input_tensors]
        inputs = [rows[x._keras_history.operation.name] for x in parents]
        rows[layer.name] = _keras_layer(graph, layer, inputs, shape)
    graph.end("fc", rows[model.outputs[0]._keras_history.operation.name])
    return graph


def _keras_layer(graph, layer, inputs, shape):
    name, stated = layer.name, layer.get_config()

    def activated(x):
        kind = stated["activation"]
        return x if kind == "linear" else graph.activation(name, x, kind)

    def pool():
        pads = {"valid": 0, "same": "same"}
        return stated["pool_size"], stated["strides"], pads[stated["padding"]]

    match type(layer).__name__:
        case "InputLayer":
            return graph.image(shape)
        case "Conv2D":
            assert stated["dilation_rate"] == (1, 1) and stated["groups"] == 1, name
            pad = {"valid": 0, "same": "same"}[stated["padding"]]
            sizes = (stated["filters"], stated["kernel_size"], stated["strides"], pad)
            return activated(graph.conv(name, *inputs, *sizes, bias=stated["use_bias"]))
        case "BatchNormalization":
            assert stated["center"] and stated["axis"] in (3, -1), name
            return graph.norm(name, *inputs, stated["epsilon"], stated["momentum"], scale=stated["scale"])
        case "Activation":
            return activated(*inputs)
        case "MaxPooling2D":
            return graph.maximum(name, *inputs, *pool())
        case "AveragePooling2D":  # tf.nn.avg_pool2d: padding is never counted
            return graph.average(name, *inputs, *pool())
        case "GlobalAveragePooling2D":
            return graph.global_average(name, *inputs)
        case "Concatenate":
            return graph.concat(name, inputs)
        case "CustomScaleLayer":  # of keras.applications.inception_resnet_v2: inputs[0] + scale * inputs[1]
            return graph.sum(name, *inputs, stated["scale"])
        case "Dense":
            return activated(graph.dense(name, *inputs, stated["units"], bias=stated["use_bias"]))
    raise TypeError(f"{graph.source}, {name}: {layer}")
