"""The networks that the book compares GoogLeNet with (Zhang et al., "Dive into Deep Learning", sections 8.1 to 8.3)."""

from common.table.padding import VALID, Pad
from common.table.spec import CLASSES, INHERIT, Conv, Dense, Dropout, Flatten, GlobalAvgPool, MaxPool, Network, Stage

_BOOK = "Zhang et al., Dive into Deep Learning"


def _dense() -> Stage:
    """The two dense layers of AlexNet and VGG, each followed by a dropout."""
    return Stage(
        fc1=Dense(4096, activation="relu"),
        dropout1=Dropout(0.5),
        fc2=Dense(4096, activation="relu"),
        dropout2=Dropout(0.5),
    )


ALEXNET = Network(
    name="alexnet",
    title="AlexNet of the book",
    source=f"{_BOOK}, section 8.1; Krizhevsky et al. 2012",
    input=(1, 224, 224),
    num_classes=10,
    convention="floor",
    stages={
        "b1": Stage(
            conv1=Conv(96, 11, stride=4, padding=Pad((1, 1), (1, 1))),
            pool1=MaxPool(3, stride=2, padding=VALID),
        ),
        "b2": Stage(conv2=Conv(256, 5), pool2=MaxPool(3, stride=2, padding=VALID)),
        "b3": Stage(
            conv3=Conv(384, 3),
            conv4=Conv(384, 3),
            conv5=Conv(256, 3),
            pool5=MaxPool(3, stride=2, padding=VALID),
        ),
        "b4": _dense(),
    },
    departures=(
        "The convolutions are not split over two devices.",
        "The local response normalisation of the paper is left out.",
        "Images are grey and of 224 pixels with a padding of 1; the paper's have three channels.",
    ),
)


def _vgg(*blocks: tuple[int, int]) -> dict[str, Stage]:
    """A stage for each (number of convolutions, channels), then the dense layers."""
    stages = {}
    for i, (count, channels) in enumerate(blocks, 1):
        convolutions = {f"conv{j}": Conv(channels, 3) for j in range(1, count + 1)}
        stages[f"b{i}"] = Stage(**convolutions, pool=MaxPool(2, stride=2, padding=VALID))
    return {**stages, f"b{len(blocks) + 1}": _dense()}


VGG11 = Network(
    name="vgg11",
    title="VGG-11 of the book",
    source=f"{_BOOK}, section 8.2; Simonyan & Zisserman 2014, Table 1, column A",
    input=(1, 224, 224),
    num_classes=10,
    convention="floor",
    stages=_vgg((1, 64), (1, 128), (2, 256), (2, 512), (2, 512)),
    departures=("Images are grey and there are 10 classes; the paper has three channels and 1000 classes.",),
)

VGG16 = Network(
    name="vgg16",
    title="VGG-16 of the book",
    source=f"{_BOOK}, section 8.2, exercises; Simonyan & Zisserman 2014, Table 1, column D",
    input=(1, 224, 224),
    num_classes=10,
    convention="floor",
    stages=_vgg((2, 64), (2, 128), (3, 256), (3, 512), (3, 512)),
    departures=("Images are grey and there are 10 classes; the paper has three channels and 1000 classes.",),
)


def _nin_block(channels: int | str, kernel: int, stride: int = 1, padding: Pad | str = INHERIT) -> dict[str, Conv]:
    """A convolution and two 1x1 convolutions (Lin et al. 2013, section 3.1)."""
    return {"conv": Conv(channels, kernel, stride, padding), "mlp1": Conv(channels, 1), "mlp2": Conv(channels, 1)}


NIN = Network(
    name="nin",
    title="Network in Network of the book",
    source=f"{_BOOK}, section 8.3; Lin et al. 2013",
    input=(1, 224, 224),
    num_classes=10,
    convention="floor",
    stages={
        "b1": Stage(**_nin_block(96, 11, stride=4, padding=VALID), pool=MaxPool(3, stride=2, padding=VALID)),
        "b2": Stage(**_nin_block(256, 5), pool=MaxPool(3, stride=2, padding=VALID)),
        "b3": Stage(**_nin_block(384, 3), pool=MaxPool(3, stride=2, padding=VALID), dropout=Dropout(0.5)),
        "b4": Stage(**_nin_block(CLASSES, 3), pool=GlobalAvgPool()),
    },
    classifier=Flatten(),
    departures=("The kernels and strides are AlexNet's, as in the book; the paper has CIFAR's images of 32 pixels.",),
)
