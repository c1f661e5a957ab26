"""GoogLeNet as trained in Caffe by BVLC."""

from common.nets.googlenet import aux_heads, stages
from common.table.spec import Network

CAFFE = Network(
    name="caffe",
    title="BVLC GoogLeNet",
    source="BVLC/caffe, models/bvlc_googlenet/train_val.prototxt; Szegedy et al. 2015",
    input=(3, 224, 224),
    num_classes=1000,
    convention="ceil",
    stages=stages(lrn=True, dropout=0.4),
    aux=aux_heads(0.7),
    departures=(
        "Pools round up without padding, where the paper's Figure 3 says SAME.",
        "The last pool averages the whole map; Caffe's 7x7 window is the same at 224 pixels and at no other map size.",
        "The heads' 5x5 pool rounds down; Caffe rounds up, which is the same on the 14x14 map of 224 pixels.",
    ),
)
