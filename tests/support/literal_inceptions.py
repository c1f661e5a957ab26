"""Inception-BN and the Inception-ResNets, written down from their publications. Nothing here reads a table of ours.

Sources. "Read" means that the file was read while this was written; the papers are quoted from memory:

- Inception-BN as published: Cadene's pretrained-models.pytorch, pretrainedmodels/models/bninception.py (layers, biases,
  eps, pools); apache/mxnet, example/image-classification/symbols/inception-bn.py (``bn_mom = 0.9``, the weight of the
  old value; bninception.py has momentum=0.9 for PyTorch, which reads it as the weight of the new one). Both read.
- Inception-BN of the paper: Ioffe & Szegedy 2015, Figure 5. From memory of the paper.
- Inception-ResNet v1 and v2 of the paper: Szegedy et al. 2017, Figures 3, 10 to 20 and Table 1. From memory of the
  paper. The order of paths, which figures do not give, is that of davidsandberg/facenet,
  src/models/inception_resnet_v1.py, and of tensorflow/models, research/slim/nets/inception_resnet_v2.py. Both read.
- facenet: timesler/facenet-pytorch, models/inception_resnet_v1.py. Read.

bninception.py and facenet-pytorch's model, as on PyPI (pretrainedmodels 0.7.4, facenet-pytorch 2.6.0), were also traced
once as support/published_graphs.py traces models, and have these rows, but for what the tables declare.
"""

from support.literal_googlenets import Units
from support.rows import Ours

# Ioffe & Szegedy 2015, Figure 5: #1x1, #3x3 reduce, #3x3, double #3x3 reduce, double #3x3, pool, pool proj.
FIGURE_5 = {
    "3a": (64, 64, 64, 64, 96, "avg", 32),
    "3b": (64, 64, 96, 64, 96, "avg", 64),
    "3c": (0, 128, 160, 64, 96, "max", 0),
    "4a": (224, 64, 96, 96, 128, "avg", 128),
    "4b": (192, 96, 128, 96, 128, "avg", 128),
    "4c": (160, 128, 160, 128, 160, "avg", 96),
    "4d": (96, 128, 192, 160, 192, "avg", 96),
    "4e": (0, 128, 192, 192, 256, "max", 0),
    "5a": (352, 192, 320, 160, 224, "avg", 128),
    "5b": (352, 192, 320, 192, 224, "max", 128),
}


class InceptionBN(Units):
    projections = {"4c": 128, "4d": 128}  # noqa: RUF012  of bninception.py
    bias = True
    counts_padding: object = True
    said = ("The last pool averages the whole map; the published 7x7 window is the same at 224 pixels.",)
    normalisation = (1e-5, Ours(0.9, "The momentum is MXNet's, 0.9 for the old value"))

    def block(self, name, x):
        c1, r3, c3, rd, cd, pool, projection = FIGURE_5[name]
        projection = self.projections.get(name, projection)
        stride = 1 if c1 else 2
        ones = [self.unit(f"{name} 1x1", x, c1, 1)] if c1 else []
        three = self.unit(f"{name} 3x3", self.unit(f"{name} 3x3 reduce", x, r3, 1), c3, 3, stride, 1)
        double = self.unit(f"{name} double 3x3 1", self.unit(f"{name} double 3x3 reduce", x, rd, 1), cd, 3, 1, 1)
        double = self.unit(f"{name} double 3x3 2", double, cd, 3, stride, 1)
        if not projection:
            last = self.maximum(f"{name} pool", x, 3, 2, rounding_up=True)
        elif pool == "max":
            last = self.unit(f"{name} pool proj", self.maximum(f"{name} pool", x, 3, 1, 1), projection, 1)
        else:
            pooled = self.average(f"{name} pool", x, 3, 1, 1, counts_padding=self.counts_padding)
            last = self.unit(f"{name} pool proj", pooled, projection, 1)
        return self.concat(f"inception {name}", [*ones, three, double, last])

    def read(self, shape, classes):
        x = self.unit("conv1", self.image(shape), 64, 7, 2, 3)
        x = self.unit("conv2 reduce", self.maximum("pool1", x, 3, 2, rounding_up=True), 64, 1)
        x = self.maximum("pool2", self.unit("conv2", x, 192, 3, 1, 1), 3, 2, rounding_up=True)
        for name in FIGURE_5:
            x = self.block(name, x)
        self.end("fc", self.dense("last_linear", self.last_average("global_pool", x), classes))
        return self


class InceptionBNOfThePaper(InceptionBN):
    projections = {}  # noqa: RUF012
    bias = Ours(True, "Convolutions keep their bias, which the normalisation undoes")
    counts_padding = Ours(True, "Pools round up without padding, as in Caffe; average pools count their padding.")
    normalisation = (
        Ours(1e-5, "The paper gives no numbers for the eps and momentum"),
        Ours(0.9, "The paper gives no numbers for the eps and momentum"),
    )


_SAID = "The paper gives no numbers for the eps and momentum of its batch normalisation"
_UNDRAWN = "The order of the paths, and where convolutions have a bias, are tf-slim's; the paper's figures do not say."
_SCALED = "The residuals are scaled by 0.17, 0.10 and 0.20 in the three kinds of blocks"


class InceptionResNet(Units):
    """Reduction blocks and residual blocks, which the versions share."""

    bias = Ours(False, _UNDRAWN)
    normalisation = (Ours(1e-3, _SAID), Ours(0.9, _SAID))
    scales = (Ours(0.17, _SCALED), Ours(0.10, _SCALED), Ours(0.20, _SCALED))

    def halving(self, name, x, channels):
        return self.unit(name, x, channels, 3, 2)

    def pool(self, name, x):
        return self.maximum(name, x, 3, 2)

    def chain(self, name, x, *units):
        """Units of (channels, height, width), padded so that the map keeps its size."""
        for i, (channels, h, w) in enumerate(units):
            x = self.unit(f"{name}.{i}", x, channels, (h, w), 1, (h // 2, w // 2))
        return x

    def residual(self, name, x, scale, paths, *, rectified=True):
        """Figure 20: x + scale * linear(paths), where linear has a bias and neither normalisation nor activation."""
        ends = [self.chain(f"{name} path {i}", x, *path) for i, path in enumerate(paths)]
        linear = self.conv(f"{name} linear", self.concat(name, ends), self.shape(x)[0], 1, bias=True)
        y = self.sum(name, x, linear, scale)
        return self.activation(name, y) if rectified else y

    def reduction_a(self, x, k, l, m, n):  # noqa: E741  Figure 7 and Table 1
        deep = self.halving("6a deep", self.chain("6a", x, (k, 1, 1), (l, 3, 3)), m)
        return self.concat("reduction A", [self.halving("6a 3x3", x, n), deep, self.pool("6a pool", x)])

    def reduction_b(self, x, second, third, last):  # Figures 12 and 18
        ends = [
            self.halving("7a 0", self.chain("7a 0", x, (256, 1, 1)), 384),
            self.halving("7a 1", self.chain("7a 1", x, (256, 1, 1)), second),
            self.halving("7a 2", self.chain("7a 2", x, (256, 1, 1), (third, 3, 3)), last),
        ]
        return self.concat("reduction B", [*ends, self.pool("7a pool", x)])

    def blocks(self, x, kind, count, paths):
        for i in range(count):
            x = self.residual(f"{kind}{i}", x, self.scales["ABC".index(kind)], paths)
        return x

    def last(self, x, classes, keep):
        x = self.dropout("dropout", self.global_average("average pooling", x), round(1 - keep, 9))
        self.end("fc", self.dense("logits", x, classes))
        return self


class InceptionResNetV1(InceptionResNet):
    def body(self, shape):
        x = self.halving("stem 0", self.image(shape), 32)  # Figure 14
        x = self.unit("stem 2", self.unit("stem 1", x, 32, 3), 64, 3, 1, 1)
        x = self.unit("stem 4", self.pool("stem 3", x), 80, 1)
        x = self.halving("stem 6", self.unit("stem 5", x, 192, 3), 256)
        a = [[(32, 1, 1)], [(32, 1, 1), (32, 3, 3)], [(32, 1, 1), (32, 3, 3), (32, 3, 3)]]  # Figure 10
        x = self.reduction_a(self.blocks(x, "A", 5, a), 192, 192, 256, 384)
        b = [[(128, 1, 1)], [(128, 1, 1), (128, 1, 7), (128, 7, 1)]]  # Figure 11
        x = self.reduction_b(self.blocks(x, "B", 10, b), 256, 256, 256)
        self.c = [[(192, 1, 1)], [(192, 1, 1), (192, 1, 3), (192, 3, 1)]]  # Figure 13
        return self.blocks(x, "C", 5, self.c)

    def read(self, shape, classes):
        return self.last(self.body(shape), classes, 0.8)  # Figure 15: Dropout (keep 0.8)


class Facenet(InceptionResNetV1):
    bias = False
    said = (
        "A sixth 8x8 block, neither scaled nor rectified",
        "The embedding is written as a 1x1 convolution with normalisation on the 1x1 map",
        "The dropout is 0.6; the paper's is 0.2.",
    )
    normalisation = (1e-3, 0.9)  # BatchNorm2d(eps=0.001, momentum=0.1)
    scales = (0.17, 0.10, 0.20)

    def read(self, shape, classes):
        x = self.residual("block8", self.body(shape), 1.0, self.c, rectified=False)
        x = self.dropout("dropout", self.global_average("avgpool_1a", x), 0.6)
        # There a Linear without bias and a BatchNorm1d; on a 1x1 map this is the same.
        x = self.norm("last_bn", self.conv("last_linear", x, 512, 1, bias=False), *self.normalisation)
        self.end("fc", self.dense("logits", x, classes))
        return self


class InceptionResNetV2OfThePaper(InceptionResNet):
    said = ("printed are 1154 and 2048",)

    def read(self, shape, classes):
        x = self.unit("stem 1", self.halving("stem 0", self.image(shape), 32), 32, 3)  # Figure 3
        x = self.unit("stem 2", x, 64, 3, 1, 1)
        x = self.concat("stem 3", [self.pool("stem 3 pool", x), self.halving("stem 3 3x3", x, 96)])
        short = self.unit("stem 4 left 3x3", self.chain("stem 4 left", x, (64, 1, 1)), 96, 3)
        long = self.chain("stem 4 right", x, (64, 1, 1), (64, 1, 7), (64, 7, 1))
        x = self.concat("stem 4", [short, self.unit("stem 4 right 3x3", long, 96, 3)])
        x = self.concat("stem 5", [self.halving("stem 5 3x3", x, 192), self.pool("stem 5 pool", x)])
        a = [[(32, 1, 1)], [(32, 1, 1), (32, 3, 3)], [(32, 1, 1), (48, 3, 3), (64, 3, 3)]]  # Figure 16
        x = self.reduction_a(self.blocks(x, "A", 5, a), 256, 256, 384, 384)
        b = [[(192, 1, 1)], [(128, 1, 1), (160, 1, 7), (192, 7, 1)]]  # Figure 17
        x = self.reduction_b(self.blocks(x, "B", 10, b), 288, 288, 320)
        c = [[(192, 1, 1)], [(192, 1, 1), (224, 1, 3), (256, 3, 1)]]  # Figure 19
        return self.last(self.blocks(x, "C", 5, c), classes, 0.8)


INCEPTIONS = {  # table: how it is written down, its source, the input and the classes given there
    "inception_bn": (InceptionBN, "bninception.py", (3, 224, 224), 1000),
    "inception_bn:paper": (InceptionBNOfThePaper, "Ioffe & Szegedy 2015, Figure 5", (3, 224, 224), 1000),
    "inception_resnet_v1": (InceptionResNetV1, "Szegedy et al. 2017, Figures 10 to 15", (3, 299, 299), 1000),
    "inception_resnet_v1:facenet": (Facenet, "facenet-pytorch's inception_resnet_v1.py", (3, 160, 160), 1000),
    "inception_resnet_v2:paper": (
        *(InceptionResNetV2OfThePaper, "Szegedy et al. 2017, Figures 3 and 15 to 19"),
        *((3, 299, 299), 1000),
    ),
}
