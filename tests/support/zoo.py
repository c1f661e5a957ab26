"""BVLC's GoogLeNet as its own files have it: the names and shapes of train_val.prototxt, and the zoo's ONNX graph.

Written from the published descriptions, without the table: it is what the importers are tested against.
"""

import numpy as np
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array
from support.weight_files import field, legacy_dims, new_layer, old_layer, shape

BLOCKS = {  # 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool_proj; and the channels that come in
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}


def weight_shapes(heads=True):
    """Layer name to the shape of its weights, in the order of train_val.prototxt."""
    found = {"conv1/7x7_s2": (64, 3, 7, 7), "conv2/3x3_reduce": (64, 64, 1, 1), "conv2/3x3": (192, 64, 3, 3)}
    for block, (come, c1, r3, c3, r5, c5, c4) in BLOCKS.items():
        found |= {
            f"inception_{block}/1x1": (c1, come, 1, 1),
            f"inception_{block}/3x3_reduce": (r3, come, 1, 1),
            f"inception_{block}/3x3": (c3, r3, 3, 3),
            f"inception_{block}/5x5_reduce": (r5, come, 1, 1),
            f"inception_{block}/5x5": (c5, r5, 5, 5),
            f"inception_{block}/pool_proj": (c4, come, 1, 1),
        }
        head = {"4a": "loss1", "4d": "loss2"}.get(block)
        if head and heads:
            channels = {"4a": 512, "4d": 528}[block]
            found |= {f"{head}/conv": (128, channels, 1, 1), f"{head}/fc": (1024, 2048)}
            found[f"{head}/classifier"] = (1000, 1024)
    return found | {"loss3/classifier": (1000, 1024)}


def weights(heads=True, dtype=np.float32):
    """Layer name to (weight, bias): He-scaled weights, biases of every size."""
    rng = np.random.default_rng(0)
    return {
        name: (
            rng.normal(0, (2 / np.prod(shape[1:])) ** 0.5, shape).astype(dtype),
            rng.normal(0, 0.2, shape[0]).astype(dtype),
        )
        for name, shape in weight_shapes(heads).items()
    }


class Zoo:
    """The graph of googlenet-*.onnx, node by node, called as Caffe2's exporter calls them."""

    def __init__(self, weights):
        self.nodes, self.initializers, self.blob = [], [], "data_0"
        for name, (weight, bias) in weights.items():
            self.initializers += [from_array(weight, f"{name}_w_0"), from_array(bias, f"{name}_b_0")]
        self.initializers.append(from_array(np.array([1, 1024], np.int64), "OC2_DUMMY_1"))

    def add(self, kind, name, *inputs, **attributes):
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def conv(self, x, name, kernel, stride=1):
        pads = [kernel // 2] * 4
        y = self.add(
            *("Conv", f"{name}_1", x, f"{name}_w_0", f"{name}_b_0"),
            **{"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": pads},
        )
        return self.add("Relu", f"{name}_2", y)

    def pool(self, x, name, stride, pads):
        return self.add("MaxPool", name, x, kernel_shape=[3, 3], strides=[stride] * 2, pads=pads)

    def lrn(self, x, name):
        return self.add("LRN", name, x, size=5, alpha=1e-4, beta=0.75, bias=1.0)

    def block(self, x, name):
        def conv(y, layer, kernel):
            return self.conv(y, f"inception_{name}/{layer}", kernel)

        paths = [
            conv(x, "1x1", 1),
            conv(conv(x, "3x3_reduce", 1), "3x3", 3),
            conv(conv(x, "5x5_reduce", 1), "5x5", 5),
            conv(self.pool(x, f"inception_{name}/pool_1", 1, [1, 1, 1, 1]), "pool_proj", 1),
        ]
        return self.add("Concat", f"inception_{name}/output_1", *paths, axis=1)


def onnx_model(weights, opset=9):
    """The zoo's model for 1 x 3 x 224 x 224; the logits are an output too, beside the zoo's probabilities."""
    zoo, rounding_up = Zoo(weights), [0, 0, 1, 1]  # on even maps Caffe's rounding up is one row more at the end
    x = zoo.conv("data_0", "conv1/7x7_s2", 7, 2)
    x = zoo.lrn(zoo.pool(x, "pool1/3x3_s2_1", 2, rounding_up), "pool1/norm1_1")
    x = zoo.conv(zoo.conv(x, "conv2/3x3_reduce", 1), "conv2/3x3", 3)
    x = zoo.pool(zoo.lrn(x, "conv2/norm2_1"), "pool2/3x3_s2_1", 2, rounding_up)
    for block in BLOCKS:
        x = zoo.block(x, block)
        if block in ("3b", "4e"):
            x = zoo.pool(x, f"pool{block[0]}/3x3_s2_1", 2, rounding_up)
    x = zoo.add("AveragePool", "pool5/7x7_s1_1", x, kernel_shape=[7, 7], strides=[1, 1], pads=[0] * 4)
    x = zoo.add("Dropout", "pool5/7x7_s1_2", x, ratio=0.4)
    x = zoo.add("Reshape", "OC2_DUMMY_0", x, "OC2_DUMMY_1")
    x = zoo.add("Gemm", "loss3/classifier_1", x, "loss3/classifier_w_0", "loss3/classifier_b_0", transB=1)
    zoo.add("Softmax", "prob_1", x, axis=1)
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 1000]) for n in ("prob_1", "loss3/classifier_1")]
    image = helper.make_tensor_value_info("data_0", TensorProto.FLOAT, [1, 3, 224, 224])
    graph = helper.make_graph(zoo.nodes, "GoogLeNet", [image], outputs, zoo.initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=4)


# What Caffe's first generation calls a layer's type.
CAFFE_V1 = {"Convolution": 4, "InnerProduct": 14}


def caffemodel(weights, generation, extra=b""):
    """The bytes of bvlc_googlenet.caffemodel: blobs with four legacy dims in the old generation."""
    out = [field(1, "GoogleNet")]
    for name, arrays in weights.items():
        kind = "InnerProduct" if arrays[0].ndim == 2 else "Convolution"
        if generation == "old":
            blobs = [
                legacy_dims(*(1,) * (4 - a.ndim), *a.shape) + field(5, a.astype(np.float32).tobytes()) for a in arrays
            ]
            out.append(old_layer(name, CAFFE_V1[kind], *blobs))
        else:
            blobs = [shape(*a.shape) + field(5, a.astype(np.float32).tobytes()) for a in arrays]
            out.append(new_layer(name, kind, *blobs))
    return b"".join([*out, extra])
