"""Tables whose classifier sees the whole map, so that they take few sizes of image, and no square ones."""

from support.small_network import network_of

from common.table.spec import CLASSES, Aux, BatchNorm, Concat, Conv, Dense, Flatten, MaxPool, Stage

STAGES = {
    "b1": Stage(conv=Conv(3, 3, stride=2), pool=MaxPool(3, stride=2)),
    "b2": Stage(block=Concat(p1=(Conv(2, 1),), p2=(Conv(2, 1), Conv(3, 3)))),
}
HIDDEN = {**STAGES, "b3": Stage(flatten=Flatten(), fc1=Dense(4))}

WIDE = network_of("wide", (3, 12, 20), 3, STAGES, norm=BatchNorm())
TALL = network_of("tall", (3, 20, 12), 3, HIDDEN)
HEADS = network_of(
    "headed", (3, 12, 20), 3, STAGES, aux={"aux1": Aux("b1.pool", Stage(flatten=Flatten(), fc=Dense(CLASSES)))}
)
SQUARE = network_of("square", (3, 28, 28), 3, STAGES)
TABLES = {table.name: table for table in (WIDE, TALL, HEADS, SQUARE)}
