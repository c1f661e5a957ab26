"""The networks of "Dive into Deep Learning" (Zhang et al.), section 8.4."""

from common.nets.googlenet import stages
from common.table.spec import BatchNorm, Network

_SIMPLER = (
    "The local response normalisation of the paper is left out.",
    "The auxiliary classifiers and the dropout of the paper are left out.",
)

D2L = Network(
    name="d2l",
    title="GoogLeNet of the book",
    source="Zhang et al., Dive into Deep Learning, section 8.4, PyTorch and MXNet tabs",
    input=(1, 96, 96),
    num_classes=10,
    convention="floor",
    stages=stages(),
    departures=(
        *_SIMPLER,
        "Padding is symmetric and rounds down, where the paper's Figure 3 says SAME.",
    ),
)

D2L_SAME = Network(
    name="d2l_same",
    title="GoogLeNet of the book's TensorFlow tab",
    source="Zhang et al., Dive into Deep Learning, section 8.4, TensorFlow tab",
    input=(1, 96, 96),
    num_classes=10,
    convention="same",
    stages=stages(),
    departures=(
        *_SIMPLER,
        "Shapes and parameters equal those of d2l, values do not: on an even map SAME pads one row less at the top.",
    ),
)

D2L_BN = Network(
    name="d2l_bn",
    title="GoogLeNet of the book with batch normalisation",
    source="Zhang et al., Dive into Deep Learning, section 8.4, exercise 1.1; Ioffe & Szegedy 2015",
    input=(1, 96, 96),
    num_classes=10,
    convention="floor",
    norm=BatchNorm(eps=1e-5, momentum=0.9),
    bias=False,
    stages=stages(),
    departures=(
        *_SIMPLER,
        "Each convolution is followed by batch normalisation before its ReLU.",
        "Convolutions have no bias of their own: the normalisation's shift takes its place.",
        "The eps and momentum are the defaults of PyTorch and MXNet, with which the book normalises in section 8.5.",
    ),
)
