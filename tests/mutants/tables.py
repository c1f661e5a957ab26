"""The tables themselves: normalisation, dropout, heads and activations that a source gives otherwise.

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
]
