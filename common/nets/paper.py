"""GoogLeNet as the paper describes it."""

from common.nets.googlenet import aux_heads, stages
from common.table.spec import Network, PublishedRow

# Szegedy et al. 2015, Table 1, columns "params" and "ops", as printed.
_TABLE_1 = {
    ("b1.conv1",): ("2.7K", "34M"),
    ("b2.conv2_reduce", "b2.conv2"): ("112K", "360M"),
    ("b3.3a",): ("159K", "128M"),
    ("b3.3b",): ("380K", "304M"),
    ("b4.4a",): ("364K", "73M"),
    ("b4.4b",): ("437K", "88M"),
    ("b4.4c",): ("463K", "100M"),
    ("b4.4d",): ("580K", "119M"),
    ("b4.4e",): ("840K", "170M"),
    ("b5.5a",): ("1072K", "54M"),
    ("b5.5b",): ("1388K", "71M"),
    ("fc",): ("1000K", "1M"),
}

PAPER = Network(
    name="paper",
    title="GoogLeNet of the paper",
    source="Szegedy et al. 2015, Going Deeper with Convolutions, Table 1, Figure 3 and section 5",
    input=(3, 224, 224),
    num_classes=1000,
    convention="same",
    stages=stages(lrn=True, dropout=0.4),
    aux=aux_heads(0.7),
    departures=(
        "The last pool averages the whole map, where the paper's window is 7x7: the same at 224 pixels.",
        "The paper gives no numbers for its local response normalisation: Caffe's, after Krizhevsky et al. 2012.",
        "The paper does not say whether convolutions have a bias; here they have, as in Caffe.",
    ),
    published=tuple(PublishedRow(layers, *columns) for layers, columns in _TABLE_1.items()),
)
