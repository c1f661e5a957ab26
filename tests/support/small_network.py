"""Networks of tests: how they are written, and the smallest with all that a check looks at."""

from common.table.spec import CLASSES, Aux, Conv, Dense, Network, PublishedRow, Stage

STAGE = Stage(conv=Conv(2, 3))
ROW = PublishedRow(("b1.conv",), "2.7K", "34M")


def network_of(name, shape, classes, stages, *, convention="floor", **settings):
    """A network of tests for images of a shape C x H x W, with what else a network has."""
    return Network(
        name=name,
        title=f"Of the tests: {name}",
        source="these tests",
        input=shape,
        num_classes=classes,
        convention=convention,
        stages=stages,
        **settings,
    )


NETWORK = network_of("mynet", (1, 8, 9), 2, {"b1": STAGE}, aux={"aux1": Aux("b1.conv", Stage(fc=Dense(CLASSES)))})
