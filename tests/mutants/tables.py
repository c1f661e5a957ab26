"""The tables themselves, and how they are resolved: values that a source gives otherwise, in numbers and in words.

`googlenet compare` sees none of these: NumPy's reference and every backend are built from the same resolved table, so
they agree on the wrong network. The tests that die hold the table against a source that does not know it.
"""

from mutants.mutant import OF_THE_TABLE, Mutant, tests

NETS, RESOLVE = "common/nets/", "common/table/resolve.py"
SPEC = "common/table/blocks.py"


def source(name: str) -> tuple[str, ...]:
    """The test that holds a table against one source: ``table-literal``, ``table-torchvision``."""
    return tests("table/published_values", f"a_table_says_what_its_source_says[{name}]")


def at_other_sizes(name: str) -> tuple[str, ...]:
    """The same at sizes of image that are odd and oblong."""
    return tests("table/published_values", f"a_table_says_what_its_source_says_at_other_sizes[{name}]")


def said(name: str) -> tuple[str, ...]:
    """The test that a table states what its source leaves open."""
    return tests("table/published_values", f"a_table_states_what_its_source_leaves_open[{name}]")


def table(name: str, trap: str, file: str, old: str, new: str, killers: tuple[str, ...], backend: str = "torch"):
    """A mutant that no comparison of networks can notice."""
    return Mutant(name, trap, file, old, new, killers, backend, OF_THE_TABLE)


MUTANTS = [
    # Normalisation
    table(
        "momentum-of-the-new",
        "3 PyTorch's 0.1 taken for the old value's weight",
        NETS + "torchvision.py",
        "BatchNorm(eps=1e-3, momentum=0.9)",
        "BatchNorm(eps=1e-3, momentum=0.1)",
        source("torchvision-torchvision"),
    ),
    table(
        "momentum-keras",
        "3 PyTorch's momentum in Keras' table",
        NETS + "inception_v3.py",
        "norm=BatchNorm(eps=1e-3, momentum=0.99)",
        "norm=BatchNorm(eps=1e-3, momentum=0.9)",
        source("inception_v3:keras-Keras"),
        "tf",
    ),
    table(
        "momentum-slim",
        "3 tf-slim's momentum in timm's table",
        NETS + "inception_v4.py",
        "norm=BatchNorm(eps=1e-3, momentum=0.9)",
        "norm=BatchNorm(eps=1e-3, momentum=0.9997)",
        source("inception_v4-timm"),
    ),
    table(
        "momentum-bninception",
        "2 the momentum that bninception.py hands to PyTorch",
        NETS + "inception_bn.py",
        "norm=BatchNorm(eps=1e-5, momentum=0.9)",
        "norm=BatchNorm(eps=1e-5, momentum=0.1)",
        source("inception_bn-literal"),
    ),
    table(
        "eps-v4",
        "3 PyTorch's default eps",
        NETS + "inception_v4.py",
        "norm=BatchNorm(eps=1e-3, momentum=0.9)",
        "norm=BatchNorm(eps=1e-5, momentum=0.9)",
        source("inception_v4-timm"),
    ),
    table(
        "eps-bn",
        "3 Keras' default eps",
        NETS + "inception_bn.py",
        "norm=BatchNorm(eps=1e-5, momentum=0.9)",
        "norm=BatchNorm(eps=1e-3, momentum=0.9)",
        source("inception_bn:paper-literal"),
    ),
    table(
        "eps-d2l",
        "3 Keras' default eps in the book's table",
        NETS + "d2l.py",
        "norm=BatchNorm(eps=1e-5, momentum=0.9)",
        "norm=BatchNorm(eps=1e-3, momentum=0.9)",
        source("d2l_bn-literal"),
    ),
    table(
        "momentum-default",
        "3 Keras' momentum as everybody's default",
        NETS + "cifar.py",
        'convention="ceil",\n    norm=BatchNorm(eps=1e-5, momentum=0.9)',
        'convention="ceil",\n    norm=BatchNorm(eps=1e-5, momentum=0.99)',
        source("cifar10_bn-literal"),
    ),
    # Dropout
    table(
        "dropout-keep",
        "2 the probability of keeping for that of dropping",
        NETS + "inception_v4.py",
        "Dropout(0.2)",
        "Dropout(0.8)",
        source("inception_v4-timm"),
    ),
    table(
        "dropout-v3",
        "2 tf-slim's dropout in torchvision's table",
        NETS + "inception_v3.py",
        "Dropout(0.5)",
        "Dropout(0.2)",
        source("inception_v3-torchvision"),
    ),
    table(
        "dropout-torchvision",
        "2 the paper's dropout in torchvision's table",
        NETS + "torchvision.py",
        "dropout=0.2",
        "dropout=0.4",
        source("torchvision-torchvision"),
    ),
    table(
        "dropout-facenet",
        "2 the paper's dropout in facenet's table",
        NETS + "inception_resnet.py",
        "Dropout(0.6)",
        "Dropout(0.2)",
        source("inception_resnet_v1:facenet-literal"),
    ),
    table(
        "dropout-heads",
        "2 one dropout for the two of the notes' heads",
        NETS + "imagenet_aux.py",
        "aux_heads(0.5, 0.5)",
        "aux_heads(0.5)",
        source("imagenet_aux-literal"),
    ),
    table(
        "dropout-before-pool",
        "2 dropout before the global pool",
        NETS + "googlenet.py",
        '"b5": Stage(**blocks["b5"], pool5=GlobalAvgPool(), **last)',
        '"b5": Stage(**blocks["b5"], **last, pool5=GlobalAvgPool())',
        source("caffe-literal"),
    ),
    table(
        "dropout-nin",
        "2 the dropout behind the wrong block",
        NETS + "comparison.py",
        ', dropout=Dropout(0.5)),\n        "b4": Stage(**_nin_block(CLASSES, 3), ',
        '),\n        "b4": Stage(**_nin_block(CLASSES, 3), dropout=Dropout(0.5), ',
        source("nin-literal"),
    ),
    # Heads
    table(
        "head-weight-v3",
        "2 GoogLeNet's weight of the heads' losses in Inception v3",
        NETS + "inception_v3.py",
        ", loss_weight=0.4)",
        ")",
        source("inception_v3-torchvision"),
    ),
    table(
        "inception-v3-head-weight",
        "2 heads that count in full",
        "common/table/network.py",
        "loss_weight: float = 0.3",
        "loss_weight: float = 1.0",
        source("paper-literal"),
    ),
    table(
        "head-weight-one",
        "2 the second head weighs less",
        NETS + "googlenet.py",
        'Aux("b4.4d", head)}',
        'Aux("b4.4d", head, loss_weight=0.2)}',
        source("caffe-literal"),
    ),
    table(
        "head-place",
        "2 the second head behind 4e",
        NETS + "googlenet.py",
        '"aux2": Aux("b4.4d", head)',
        '"aux2": Aux("b4.4e", head)',
        source("paper-literal"),
    ),
    table(
        "head-place-cifar",
        "2 the second head behind 4c",
        NETS + "cifar.py",
        '"aux2": Aux("b4.4d", _HEAD)',
        '"aux2": Aux("b4.4c", _HEAD)',
        source("cifar10_bn-literal"),
    ),
    table(
        "head-place-v3",
        "2 the head one block too early",
        NETS + "inception_v3.py",
        'Aux("b4.6e"',
        'Aux("b4.6d"',
        source("inception_v3-torchvision"),
    ),
    table(
        "head-linear",
        "2 a head without a ReLU between its dense layers",
        NETS + "torchvision.py",
        'fc1=Dense(1024, activation="relu")',
        "fc1=Dense(1024)",
        source("torchvision-torchvision"),
    ),
    # Activations
    table(
        "logits-relu",
        "2 a ReLU on a head's logits",
        NETS + "googlenet.py",
        "fc2=Dense(CLASSES)",
        'fc2=Dense(CLASSES, activation="relu")',
        source("paper-literal"),
    ),
    table(
        "linear-relu",
        "2 a ReLU on the linear 1x1 of the residuals",
        NETS + "inception_resnet.py",
        "bias=True, norm=None, activation=None)",
        "bias=True, norm=None)",
        source("inception_resnet_v1-literal"),
    ),
    table(
        "embedding-relu",
        "2 a ReLU on facenet's embedding",
        NETS + "inception_resnet.py",
        "embedding=Conv(512, 1, activation=None)",
        "embedding=Conv(512, 1)",
        source("inception_resnet_v1:facenet-literal"),
    ),
    table(
        "shortcut-relu",
        "2 a ReLU on the shortcut",
        NETS + "d2l_residual.py",
        "(Conv(out, 1, activation=None),)",
        "(Conv(out, 1),)",
        source("d2l_residual-literal"),
    ),
    table(
        "vgg-linear",
        "2 dense layers without a ReLU",
        NETS + "comparison.py",
        'fc2=Dense(4096, activation="relu")',
        "fc2=Dense(4096)",
        source("vgg16-literal"),
    ),
    # Padding, counting, biases
    table(
        "convention-imagenet-aux",
        "1 the book's pools in the notes' table",
        NETS + "imagenet_aux.py",
        'convention="ceil"',
        'convention="floor"',
        source("imagenet_aux-literal"),
    ),
    table(
        "convention-of-caffe",
        "1 Caffe's pools in the paper's table",
        NETS + "paper.py",
        'convention="same"',
        'convention="ceil"',
        source("paper-literal"),
    ),
    table(
        "padding-alexnet",
        "1 the padding of torchvision's AlexNet in the book's",
        NETS + "comparison.py",
        "Pad((1, 1), (1, 1))",
        "Pad((2, 2), (2, 2))",
        source("alexnet-literal"),
    ),
    table(
        "padding-v3-head",
        "1 the head's 5x5 padded",
        NETS + "inception_v3.py",
        "conv2=Conv(768, 5, padding=VALID)",
        "conv2=Conv(768, 5)",
        source("inception_v3-torchvision"),
    ),
    table(
        "padding-stem",
        "1 a stem that pads what it must not",
        NETS + "inception_resnet.py",
        "conv4a=Conv(192, 3, padding=VALID)",
        "conv4a=Conv(192, 3)",
        source("inception_resnet_v2-timm"),
    ),
    table(
        "counting-bn",
        "1 average pools that do not count in Inception-BN",
        NETS + "inception_bn.py",
        "_AVERAGE = AvgPool(3, count_padding=True)",
        "_AVERAGE = AvgPool(3)",
        source("inception_bn-literal"),
    ),
    table(
        "counting-v4",
        "1 average pools that count in Inception v4",
        NETS + "inception_v4.py",
        "POOL = AvgPool(3)",
        "POOL = AvgPool(3, count_padding=True)",
        source("inception_v4-timm"),
    ),
    table(
        "bias-bn",
        "2 Inception-BN without the biases of its weights",
        NETS + "inception_bn.py",
        "    norm=BatchNorm(eps=1e-5, momentum=0.9),",
        "    norm=BatchNorm(eps=1e-5, momentum=0.9),\n    bias=False,",
        source("inception_bn-literal"),
    ),
    table(
        "bias-cifar-stem",
        "2 a bias in CIFAR-100's stem",
        NETS + "cifar.py",
        "conv2_reduce=Conv(64, 3, bias=False)",
        "conv2_reduce=Conv(64, 3)",
        source("cifar100_bn-literal"),
    ),
    # Response normalisation, kernels, scales, order
    table(
        "lrn-alpha",
        "3 TensorFlow's alpha, which is not divided by the size",
        "common/table/nodes.py",
        "alpha: float = 1e-4",
        "alpha: float = 2e-5",
        source("caffe-literal"),
    ),
    table(
        "lrn-k",
        "3 PyTorch's and Krizhevsky's k of 2",
        "common/table/nodes.py",
        "k: float = 1.0",
        "k: float = 2.0",
        source("paper-literal"),
    ),
    table(
        "lrn-order",
        "2 the second normalisation behind its pool",
        NETS + "googlenet.py",
        "**norm2, pool2=MaxPool(3, stride=2))",
        "pool2=MaxPool(3, stride=2), **norm2)",
        source("caffe-literal"),
    ),
    table(
        "height-width",
        "2 7x1 before 1x7",
        NETS + "inception_v4.py",
        "p2=(Conv(192, 1), Conv(224, (1, 7)), Conv(256, (7, 1)))",
        "p2=(Conv(192, 1), Conv(224, (7, 1)), Conv(256, (1, 7)))",
        source("inception_v4-timm"),
    ),
    table(
        "scale-b",
        "2 the 17x17 residuals scaled as the 35x35 ones",
        NETS + "inception_resnet.py",
        "scale: float = 0.10",
        "scale: float = 0.17",
        source("inception_resnet_v2:paper-literal"),
    ),
    table(
        "paths-reduction",
        "2 the pool first, as the figure draws it",
        NETS + "inception_v4.py",
        "Concat(p1=(halving(n),), p2=(Conv(k, 1), Conv(l, 3), halving(m)), p3=(HALVE,))",
        "Concat(p3=(HALVE,), p1=(halving(n),), p2=(Conv(k, 1), Conv(l, 3), halving(m)))",
        (*source("inception_resnet_v1-literal"), *source("inception_v4-timm")),
    ),
    table(
        "paths-split",
        "2 3x1 before 1x3 in Inception v3's split",
        NETS + "inception_v3.py",
        "Concat(a=(Conv(channels, (1, 3)),), b=(Conv(channels, (3, 1)),))",
        "Concat(b=(Conv(channels, (3, 1)),), a=(Conv(channels, (1, 3)),))",
        (*source("inception_v3-timm"), *source("inception_v3-torchvision")),
    ),
    table(
        "classes",
        "2 the classes of another data set",
        NETS + "cifar.py",
        "num_classes=100",
        "num_classes=10",
        source("cifar100_bn-literal"),
    ),
    table(
        "input-facenet",
        "2 the paper's images for facenet's",
        NETS + "inception_resnet.py",
        "input=(3, 160, 160)",
        "input=(3, 299, 299)",
        source("inception_resnet_v1:facenet-literal"),
    ),
    # What a table says of itself
    table(
        "unsaid-lrn",
        "2 a choice of ours that the table keeps to itself",
        NETS + "paper.py",
        '"The paper gives no numbers for its local response normalisation: Caffe\'s, after Krizhevsky et al. 2012.",',
        "",
        said("paper-literal"),
    ),
    table(
        "unsaid-momentum",
        "2 a momentum of ours said to be the paper's",
        NETS + "inception_bn.py",
        '"The paper gives no numbers for the eps and momentum: those of inception_bn.",',
        "",
        said("inception_bn:paper-literal"),
    ),
]
