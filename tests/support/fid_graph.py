"""The graph of 2015, built node by node with TensorFlow's own messages, so that TensorFlow can run it too."""

import numpy as np
from support.fid_files import BLOCKS, CONVOLUTIONS, EPS, PARTS, STEM


class Graph:
    """Adds nodes to a GraphDef; each method returns the name of the node that has the output."""

    def __init__(self, arrays, scaled):
        import tensorflow as tf

        self.tf, self.arrays, self.scaled = tf, arrays, scaled
        self.graph = tf.compat.v1.GraphDef()
        self.modules = {there: here for here, there in CONVOLUTIONS.items()}

    def built(self):
        self.inputs()
        x = "Mul"
        for name in STEM.values():
            valid = name in ("conv", "conv_1", "conv_4")
            x = self.conv(name, x, stride=2 if name == "conv" else 1, same=not valid)
            if name in ("conv_2", "conv_4"):
                x = self.pool("MaxPool", "pool" if name == "conv_2" else "pool_1", x, stride=2)
        for module, (name, _) in BLOCKS.items():
            x = self.block(module[-2:], name, x)
        x = self.node("AvgPool", "pool_3", [x], ksize=[1, 8, 8, 1], strides=[1, 1, 1, 1], padding="VALID")
        self.const("pool_3/_reshape/shape", np.array([-1, 2048], np.int32))
        x = self.node("Reshape", "pool_3/_reshape", [x, "pool_3/_reshape/shape"], Tshape=self.tf.int32)
        self.const("softmax/weights", self.arrays["fc.weight"].T)
        self.const("softmax/biases", self.arrays["fc.bias"])
        x = self.node("MatMul", "softmax/logits/MatMul", [x, "softmax/weights"], transpose_a=False, transpose_b=False)
        x = self.node("BiasAdd", "softmax/logits", [x, "softmax/biases"], data_format="NHWC")
        self.node("Softmax", "softmax", [x])
        return self.graph

    def inputs(self):
        tf = self.tf
        self.const("DecodeJpeg/contents", np.array(b"", object))
        self.node("DecodeJpeg", "DecodeJpeg", ["DecodeJpeg/contents"], typed=False, channels=3)
        self.node("Cast", "Cast", ["DecodeJpeg"], typed=False, SrcT=tf.uint8, DstT=tf.float32)
        self.const("ExpandDims/dim", np.array(0, np.int32))
        self.node("ExpandDims", "ExpandDims", ["Cast", "ExpandDims/dim"], Tdim=tf.int32)
        self.const("ResizeBilinear/size", np.array([299, 299], np.int32))
        self.node("ResizeBilinear", "ResizeBilinear", ["ExpandDims", "ResizeBilinear/size"], align_corners=False)
        self.const("Sub/y", np.array(128, np.float32))
        self.node("Sub", "Sub", ["ResizeBilinear", "Sub/y"])
        self.const("Mul/y", np.array(1 / 128, np.float32))
        self.node("Mul", "Mul", ["Sub", "Mul/y"])

    def block(self, kind, name, x):
        """The block of that name in torchvision, such as 5b."""
        conv, pool = self.path(name), self.pool
        pooled = f"{name}/tower_2/pool"
        if kind[0] == "5":
            last = conv(pool("AvgPool", pooled, x, same=True), "tower_2", 1)
            ends = [conv(x, "", 1), conv(x, "tower", 2), conv(x, "tower_1", 3), last]
        elif kind == "6a":
            ends = [
                conv(x, "", 1, halve=True),
                conv(x, "tower", 3, halve=True),
                pool("MaxPool", f"{name}/pool", x, stride=2),
            ]
        elif kind[0] == "6":
            last = conv(pool("AvgPool", pooled, x, same=True), "tower_2", 1)
            ends = [conv(x, "", 1), conv(x, "tower", 3), conv(x, "tower_1", 5), last]
        elif kind == "7a":
            ends = [conv(x, "tower", 2, halve=True), conv(x, "tower_1", 4, halve=True)]
            ends.append(pool("MaxPool", f"{name}/pool", x, stride=2))
        else:
            split = [conv(conv(x, "tower", 1), "tower/mixed", 2, beside=True)]
            split.append(conv(conv(x, "tower_1", 2), "tower_1/mixed", 2, beside=True))
            last = conv(pool("MaxPool" if kind == "7c" else "AvgPool", pooled, x, same=True), "tower_2", 1)
            ends = [conv(x, "", 1), *split, last]
        return self.concat(f"{name}/join", ends)

    def path(self, block):
        def conv(x, tower, count, halve=False, beside=False):
            prefix = f"{block}/{tower}" if tower else block
            names = [f"{prefix}/conv" + (f"_{i}" if i else "") for i in range(count)]
            if beside:
                return self.concat(f"{prefix}/join", [self.conv(name, x) for name in names])
            for name in names:
                halves = halve and name == names[-1]
                x = self.conv(name, x, stride=2 if halves else 1, same=not halves)
            return x

        return conv

    def conv(self, name, x, stride=1, same=True):
        module = self.modules[name]
        self.const(f"{name}/conv2d_params", self.arrays[f"{module}.conv.weight"].transpose(2, 3, 1, 0))
        for here, there in PARTS.items():
            self.const(f"{name}/{there}", self.arrays[f"{module}.{here}"])
        moves = {"strides": [1, stride, stride, 1], "padding": "SAME" if same else "VALID"}
        x = self.node("Conv2D", f"{name}/Conv2D", [x, f"{name}/conv2d_params"], **moves)
        parts = [f"{name}/batchnorm/{part}" for part in ("moving_mean", "moving_variance", "beta", "gamma")]
        facts = {"variance_epsilon": EPS, "scale_after_normalization": self.scaled}
        x = self.node("BatchNormWithGlobalNormalization", f"{name}/batchnorm", [x, *parts], **facts)
        return self.node("Relu", name, [x])

    def pool(self, op, name, x, stride=1, same=False):
        moves = {"strides": [1, stride, stride, 1], "padding": "SAME" if same else "VALID"}
        return self.node(op, name, [x], ksize=[1, 3, 3, 1], **moves)

    def concat(self, name, ends):
        self.const(f"{name}/concat_dim", np.array(3, np.int32))
        return self.node("Concat", name, [f"{name}/concat_dim", *ends], N=len(ends))

    def const(self, name, array):
        node = self.graph.node.add(name=name, op="Const")
        tensor = self.tf.make_tensor_proto(array)
        node.attr["dtype"].type = tensor.dtype
        node.attr["value"].tensor.CopyFrom(tensor)

    def node(self, op, name, inputs, typed=True, **attributes):
        node = self.graph.node.add(name=name, op=op, input=inputs)
        if typed:
            node.attr["T"].type = self.tf.float32.as_datatype_enum
        for key, value in attributes.items():
            self.attribute(node.attr[key], value)
        return name

    def attribute(self, to, value):
        match value:
            case bool():
                to.b = value
            case int():
                to.i = value
            case float():
                to.f = value
            case str():
                to.s = value.encode()
            case list():
                to.list.i.extend(value)
            case _:
                to.type = value.as_datatype_enum
