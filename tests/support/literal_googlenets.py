"""The GoogLeNets, written down from their publications. Nothing here reads a table of ours.

Sources. "Read" means that the file was read while this was written; the papers are quoted from memory:

- paper: Szegedy et al. 2015, "Going Deeper with Convolutions", Table 1 (channels), Figure 2b (the block), Figure 3
  (padding: S or V behind each layer, LRN, heads), section 5 (heads, dropouts 40% and 70%, loss weight 0.3). From memory
  of the paper; its Table 1 is also that of the prototxt below.
- caffe: github.com/BVLC/caffe, models/bvlc_googlenet/train_val.prototxt. Read in the copy of amplab/SparkNet.
- the book: github.com/d2l-ai/d2l-en, chapter_convolutional-modern/googlenet.md (its three tabs) and batch-norm.md
  ("Concise Implementation"). Read.
- notes on ImageNet: github.com/WZMIAOMIAO/deep-learning-for-image-processing,
  pytorch_classification/Test4_googlenet/model.py and train.py. Read.
- CIFAR-100: github.com/weiaicunzai/pytorch-cifar100, models/googlenet.py, commit 49ddb26. Read.
- CIFAR-10: no address is known; what is said here is the paper's, PyTorch's default or our own. Not verified.
"""

from support.rows import Graph, Ours

# Table 1 of the paper: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj.
TABLE_1 = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


class Units(Graph):
    """Convolution units as a source has them: with a bias or none, with a normalisation (eps, momentum) or none."""

    bias: object = True
    normalisation: tuple | None = None
    same = False  # TensorFlow's padding everywhere, where it is not said otherwise
    said: tuple[str, ...] = ()  # how the table must say where it leaves its source

    def __init__(self, source):
        super().__init__(source)
        self.sentences += self.said

    def last_average(self, name, x):
        """The sources' 7x7 is the whole map at their own size of image; at others the table says that it differs."""
        whole = self.shape(x)[1:] != (7, 7)
        return self.global_average(name, x) if whole else self.average(name, x, 7, 1)

    def unit(self, name, x, channels, kernel, stride=1, pad=0, *, bias=None):
        pad = "same" if self.same else pad
        x = self.conv(name, x, channels, kernel, stride, pad, bias=self.bias if bias is None else bias)
        x = self.norm(name, x, *self.normalisation) if self.normalisation else x
        return self.activation(name, x)

    def fully(self, name, x, units):
        return self.activation(name, self.dense(name, x, units))


class GoogLeNet(Units):
    """What the sources share; each one overrides where it differs."""

    dropout_p: float | None = 0.4
    residual = False

    def halve(self, name, x):
        """A maximum of 3x3 with stride 2."""
        return self.maximum(name, x, 3, 2, "same" if self.same else 1)

    def local_response(self, name, x):
        return x

    def stem(self, x):
        x = self.halve("pool1", self.unit("conv1", x, 64, 7, 2, 3))
        x = self.unit("conv2 reduce", self.local_response("norm1", x), 64, 1)
        x = self.unit("conv2", x, 192, 3, 1, 1)
        return self.halve("pool2", self.local_response("norm2", x))

    def third(self, name, x, reduced, channels):
        return self.unit(f"{name} 5x5", self.unit(f"{name} 5x5 reduce", x, reduced, 1), channels, 5, 1, 2)

    def block(self, name, x):
        c1, r3, c3, r5, c5, projection = TABLE_1[name]
        pool = self.maximum(f"{name} pool", x, 3, 1, "same" if self.same else 1)
        parts = [
            self.unit(f"{name} 1x1", x, c1, 1),
            self.unit(f"{name} 3x3", self.unit(f"{name} 3x3 reduce", x, r3, 1), c3, 3, 1, 1),
            self.third(name, x, r5, c5),
            self.unit(f"{name} pool proj", pool, projection, 1),
        ]
        y = self.concat(f"inception {name}", parts)
        if not self.residual:
            return y
        if self.shape(y) != self.shape(x):
            x = self.conv(f"{name} shortcut", x, self.shape(y)[0], 1, bias=True)
        return self.activation(name, self.sum(name, x, y, 1.0))

    def head(self, name, x):
        """None, or the logits of a head."""

    def read(self, shape, classes):
        x, heads = self.stem(self.image(shape)), {}
        for name in TABLE_1:
            x = self.block(name, x)
            if name in ("4a", "4d"):  # Szegedy et al. 2015, section 5: "on top of the output of the (4a) and (4d)"
                heads[{"4a": "aux1", "4d": "aux2"}[name]] = self.head(classes, x)
            if name in ("3b", "4e"):
                x = self.halve(f"pool{name[0]}", x)
        x = self.last_average("pool5", x)
        x = self.dropout("dropout", x, self.dropout_p) if self.dropout_p else x
        self.end("fc", self.dense("classifier", x, classes))
        for name, head in heads.items():
            if head is not None:
                self.end(name, head, 0.3)  # "the losses of the auxiliary classifiers were weighted by 0.3"
        return self


class Paper(GoogLeNet):
    same = True
    said = ("The last pool averages the whole map, where the paper's window is 7x7",)
    bias = Ours(True, "The paper does not say whether convolutions have a bias; here they have")

    def local_response(self, name, x):
        said = "The paper gives no numbers for its local response normalisation: Caffe's"
        return self.lrn(name, x, Ours(5, said), Ours(1e-4, said), Ours(0.75, said), Ours(1.0, said))

    def head(self, classes, x):
        x = self.average("head pool", x, 5, 3)  # Figure 3: AveragePool 5x5+3(V)
        x = self.fully("head fc", self.unit("head conv", x, 128, 1), 1024)
        return self.dense("head classifier", self.dropout("head dropout", x, 0.7), classes)


class Caffe(GoogLeNet):
    said = (
        "The last pool averages the whole map; Caffe's 7x7 window is the same at 224 pixels",
        "The heads' 5x5 pool rounds down; Caffe rounds up, which is the same on the 14x14 map of 224 pixels.",
    )

    def halve(self, name, x):
        return self.maximum(name, x, 3, 2, rounding_up=True)  # Caffe's pooling layer rounds up

    def local_response(self, name, x):
        return self.lrn(name, x, 5, 1e-4, 0.75, 1.0)  # k is caffe.proto's default

    def head(self, classes, x):
        x = self.average("ave_pool", x, 5, 3, rounding_up=True)
        x = self.fully("fc", self.unit("conv", x, 128, 1), 1024)
        return self.dense("classifier", self.dropout("drop_fc", x, 0.7), classes)


class Book(GoogLeNet):
    dropout_p = None

    def last_average(self, name, x):
        return self.global_average(name, x)


class BookInTensorFlow(Book):
    same = True


class BookWithNorm(Book):
    bias = Ours(False, "Convolutions have no bias of their own")
    normalisation = (
        Ours(1e-5, "The eps and momentum are the defaults of PyTorch and MXNet"),
        Ours(0.9, "The eps and momentum are the defaults of PyTorch and MXNet"),
    )


class BookWithShortcuts(Book):
    residual = True
    said = (
        "Each Inception block is the body of relu(x + block(x)); the block's own last ReLUs stay.",
        "Where a block changes the channels (3a, 3b, 4a, 4d, 4e, 5b), its shortcut is a 1x1 convolution.",
    )


class Notes(GoogLeNet):
    def halve(self, name, x):
        return self.maximum(name, x, 3, 2, rounding_up=True)

    def head(self, classes, x):
        x = self.unit("conv", self.average("averagePool", x, 5, 3), 128, 1)
        x = self.dropout("F.dropout after fc1", self.fully("fc1", self.dropout("F.dropout", x, 0.5), 1024), 0.5)
        return self.dense("fc2", x, classes)


class Cifar10(GoogLeNet):
    normalisation = (
        Ours(1e-5, "The eps and momentum are PyTorch's defaults."),
        Ours(0.9, "The eps and momentum are PyTorch's defaults."),
    )
    bias = Ours(True, "Each convolution is followed by batch normalisation and keeps its bias")
    said = (
        "Pools round up without padding, as in Caffe",
        "The heads average their whole map and have dense layers of 64 and K without dropout",
        "The last pool is global",
    )

    def halve(self, name, x):
        return self.maximum(name, x, 3, 2, rounding_up=True)

    def head(self, classes, x):
        x = self.unit("conv", self.global_average("pool", x), 128, 1)
        return self.dense("fc2", self.fully("fc1", x, 64), classes)


class Cifar100(GoogLeNet):
    normalisation = (Ours(1e-5, "eps is 1e-5 everywhere"), 0.9)  # nn.BatchNorm2d's default: 0.1 for the new value

    def stem(self, x):
        for name, channels in (("prelayer 0", 64), ("prelayer 3", 64), ("prelayer 6", 192)):
            x = self.unit(name, x, channels, 3, 1, 1, bias=False)
        return self.halve("maxpool", x)

    def last_average(self, name, x):
        return self.global_average(name, x)

    def third(self, name, x, reduced, channels):
        x = self.unit(f"{name} b3.0", x, reduced, 1)
        return self.unit(f"{name} b3.6", self.unit(f"{name} b3.3", x, channels, 3, 1, 1), channels, 3, 1, 1)


GOOGLENETS = {  # table: how it is written down, its source, the input and the classes given there
    "paper": (Paper, "Szegedy et al. 2015, Table 1 and Figure 3", (3, 224, 224), 1000),
    "caffe": (Caffe, "BVLC's train_val.prototxt", (3, 224, 224), 1000),
    "d2l": (Book, "the book's googlenet.md, PyTorch tab", (1, 96, 96), 10),
    "d2l_same": (BookInTensorFlow, "the book's googlenet.md, TensorFlow tab", (1, 96, 96), 10),
    "d2l_bn": (BookWithNorm, "the book's googlenet.md, exercise 1.1", (1, 96, 96), 10),
    "d2l_residual": (BookWithShortcuts, "the book's googlenet.md, exercise", (1, 96, 96), 10),
    "imagenet_aux": (Notes, "WZMIAOMIAO's Test4_googlenet/model.py", (3, 224, 224), 1000),
    "cifar10_bn": (Cifar10, "a CIFAR-10 tutorial", (3, 32, 32), 10),
    "cifar100_bn": (Cifar100, "weiaicunzai's models/googlenet.py", (3, 32, 32), 100),
}
