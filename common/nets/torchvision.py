"""torchvision's GoogLeNet: batch normalisation, and a 3x3 where the paper has a 5x5."""

from common.nets.googlenet import stages, third_path
from common.table.spec import CLASSES, AdaptiveAvgPool, Aux, BatchNorm, Conv, Dense, Dropout, MaxPool, Network, Stage

_HEAD = Stage(
    pool=AdaptiveAvgPool(4),
    conv=Conv(128, 1),
    fc1=Dense(1024, activation="relu"),
    dropout2=Dropout(0.7),
    fc2=Dense(CLASSES),
)


def _stages() -> dict[str, Stage]:
    book = stages(third_path(3), dropout=0.2)
    return {**book, "b4": Stage(**{**book["b4"].nodes, "pool4": MaxPool(2, stride=2)})}


TORCHVISION = Network(
    name="torchvision",
    title="GoogLeNet of torchvision",
    source="torchvision.models.googlenet, which ports the TensorFlow weights of tf-slim; Szegedy et al. 2015",
    input=(3, 224, 224),
    num_classes=1000,
    convention="ceil",
    norm=BatchNorm(eps=1e-3, momentum=0.9),
    bias=False,
    stages=_stages(),
    aux={"aux1": Aux("b4.4a", _HEAD), "aux2": Aux("b4.4d", _HEAD)},
    departures=(
        "The third path of each block has a 3x3 convolution; the paper's is 5x5.",
        "Each convolution is followed by batch normalisation with eps 0.001 and has no bias.",
        "The pool behind 4e is 2x2; the paper's is 3x3.",
        "Pools round up without padding, as in Caffe, where the paper's Figure 3 says SAME.",
        "The heads pool adaptively to 4x4, so that training takes any size of image; the paper pools 5x5/3.",
        "The last dropout is 0.2; the paper's is 0.4.",
        "The local response normalisation of the paper is left out.",
    ),
)
