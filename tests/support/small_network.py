"""The smallest network with everything that a check looks at: a stage, a head, a row of a paper."""

from common.table.spec import CLASSES, Aux, Conv, Dense, Network, PublishedRow, Stage

STAGE = Stage(conv=Conv(2, 3))
ROW = PublishedRow(("b1.conv",), "2.7K", "34M")
NETWORK = Network(
    name="mynet",
    title="A network",
    source="this test",
    input=(1, 8, 9),
    num_classes=2,
    convention="floor",
    stages={"b1": STAGE},
    aux={"aux1": Aux("b1.conv", Stage(fc=Dense(CLASSES)))},
)
