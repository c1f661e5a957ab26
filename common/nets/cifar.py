"""GoogLeNets for the 32-pixel images of CIFAR, as tutorials publish them, without their mistakes."""

from common.nets.googlenet import stages, third_path
from common.table.spec import CLASSES, Aux, BatchNorm, Conv, Dense, GlobalAvgPool, MaxPool, Network, Stage

_HEAD = Stage(pool=GlobalAvgPool(), conv=Conv(128, 1), fc1=Dense(64, activation="relu"), fc2=Dense(CLASSES))

CIFAR10_BN = Network(
    name="cifar10_bn",
    title="GoogLeNet with batch normalisation and small heads",
    source="Szegedy et al. 2015 and Ioffe & Szegedy 2015, as in a much copied CIFAR-10 tutorial for PyTorch",
    input=(3, 32, 32),
    num_classes=10,
    convention="ceil",
    norm=BatchNorm(eps=1e-5, momentum=0.9),
    stages=stages(dropout=0.4),
    aux={"aux1": Aux("b4.4a", _HEAD), "aux2": Aux("b4.4d", _HEAD)},
    departures=(
        "Each convolution is followed by batch normalisation and keeps its bias, which the normalisation undoes.",
        "The eps and momentum are PyTorch's defaults.",
        "The local response normalisation of the paper is left out.",
        "Pools round up without padding, as in Caffe, where the paper's Figure 3 says SAME.",
        "The heads average their whole map and have dense layers of 64 and K without dropout; the paper's have 1024 "
        "and K, and a dropout of 0.7 between them.",
        "The last pool is global; the tutorial's is AvgPool2d(1), which takes images of 31 to 62 pixels only.",
    ),
)

CIFAR100_BN = Network(
    name="cifar100_bn",
    title="GoogLeNet with batch normalisation and a stem for small images",
    source="Szegedy et al. 2015 and Ioffe & Szegedy 2015, as in weiaicunzai's pytorch-cifar100, models/googlenet.py",
    input=(3, 32, 32),
    num_classes=100,
    convention="floor",
    norm=BatchNorm(eps=1e-5, momentum=0.9),
    stages={
        **stages(third_path(3, 3), dropout=0.4),
        "b1": Stage(conv1=Conv(64, 3, bias=False)),
        "b2": Stage(
            conv2_reduce=Conv(64, 3, bias=False),
            conv2=Conv(192, 3, bias=False),
            pool2=MaxPool(3, stride=2),
        ),
    },
    departures=(
        "The stem is three 3x3 convolutions without stride and without bias; the paper's begins with a 7x7/2.",
        "The third path of each block has two 3x3 convolutions in place of the paper's 5x5.",
        "Each convolution is followed by batch normalisation; those of the blocks keep their bias.",
        "The local response normalisation and the heads of the paper are left out.",
        "eps is 1e-5 everywhere; the published file gives the channels as eps to the third path.",
    ),
)
