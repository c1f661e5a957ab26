"""The 224-pixel PyTorch version of many course notes: rounded-up pools, auxiliary heads, no LRN."""

from common.nets.googlenet import aux_heads, stages
from common.table.spec import Network

IMAGENET_AUX = Network(
    name="imagenet_aux",
    title="GoogLeNet for ImageNet with auxiliary heads",
    source="Szegedy et al. 2015, as taught in PyTorch notes on ImageNet (torchvision's layout without normalisation)",
    input=(3, 224, 224),
    num_classes=1000,
    convention="ceil",
    stages=stages(dropout=0.4),
    aux=aux_heads(0.5, 0.5),
    departures=(
        "Pools round up without padding, as in Caffe, where the paper's Figure 3 says SAME.",
        "The local response normalisation of the paper is left out.",
        "The auxiliary heads drop 0.5 twice, before each of their dense layers; the paper drops 0.7 once.",
    ),
)
