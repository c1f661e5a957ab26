"""Where each table is published: the sources that tests/table/test_published_values.py holds the tables against."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest
from support.fid_files import module
from support.literal_book import BOOK
from support.literal_googlenets import GOOGLENETS
from support.literal_inceptions import INCEPTIONS
from support.published_graphs import of_keras, of_torch, torch_trace
from support.published_models import timm, torchvision
from support.rows import Graph


@dataclass(frozen=True)
class Source:
    """Where a table is published: ``read(shape)`` gives its graph, at its own size of image if ``shape`` is None."""

    table: str
    name: str
    read: Callable[[tuple | None], Graph]
    backend: str | None = None  # the framework that its model needs


def literal(table, kind, cited, shape, classes):
    return Source(table, "literal", lambda other: kind(cited).read(other or shape, classes))


# Szegedy et al. 2015, section 5: 0.3; torchvision's model has no losses.
GOOGLENET_LOSSES = {"aux1": 0.3, "aux2": 0.3}
# tensorflow/models, research/slim/train_image_classifier.py (weights=0.4) and inception_model.py of the first release
# of Inception v3 (weight=0.4); PyTorch's tutorial on finetuning torchvision's models (loss1 + 0.4*loss2).
INCEPTION_LOSSES = {"aux1": 0.4}


@cache
def torchvision_model(name, weights):
    """A trace of torchvision's model, and the (C, H, W) that its published weights are for."""
    models = torchvision().models
    made = getattr(models, name)
    published = models.get_weight(f"{weights}.IMAGENET1K_V1")
    size = published.transforms().crop_size[0]
    classes = len(published.meta["categories"])
    trace = torch_trace(lambda: made(weights=None, init_weights=False, aux_logits=True, num_classes=classes))
    return trace, (3, size, size)


def of_torchvision(name, weights, outputs, losses):
    def read(shape):
        trace, own = torchvision_model(name, weights)
        return of_torch(trace, f"torchvision.models.{name}", shape or own, outputs, losses)

    return read


@cache
def pytorch_fid_trace():
    """A trace of pytorch-fid's own network; its download of weights is left out."""
    inception = module("pytorch_fid.inception")

    def without_weights(*_, **__):
        return {}

    class Quiet(inception.torchvision.models.Inception3):
        def load_state_dict(self, *_, **__):
            """Keep what it was made with."""

    def make():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(inception, "load_state_dict_from_url", without_weights)
            patch.setattr(inception.torchvision.models.inception, "Inception3", Quiet)
            return inception.fid_inception_v3()

    return torch_trace(make)


def of_pytorch_fid(shape):
    return of_torch(pytorch_fid_trace(), "pytorch-fid's network", shape or (3, 299, 299), ("fc",), {})


@cache
def timm_model(name, settings):
    made = []

    def make():
        made.append(timm().create_model(name, **dict(settings)))
        return made[0]

    return torch_trace(make), made[0].default_cfg["input_size"]


def of_timm(name, outputs=("fc",), losses=None, **settings):
    def read(shape):
        trace, own = timm_model(name, tuple(settings.items()))
        return of_torch(trace, f"timm's {name}", shape or own, outputs, losses or {})

    return read


@cache
def keras_model(name):
    from googlenet_tf.framework import keras

    with keras.StatelessScope():  # no numbers are drawn for the weights, which nobody reads
        return getattr(keras.applications, name)(weights=None, classifier_activation=None)


def of_keras_v3(shape):
    model = keras_model("InceptionV3")
    graph = of_keras(model, "keras.applications.InceptionV3", shape or (3, *model.input_shape[1:3]))
    graph.adopt("normalisation", "scale", False, True, "the scales of the normalisation, which here are 1")
    return graph


def of_keras_resnet(shape):
    """Keras Applications has tf-slim's layers, but not its dropout."""
    model = keras_model("InceptionResNetV2")
    graph = of_keras(model, "keras.applications.InceptionResNetV2", shape or (3, *model.input_shape[1:3]))
    graph.adopt("normalisation", "scale", False, True, "the scales of the normalisation")
    graph.adopt("normalisation", "momentum", 0.99, 0.9, "The momentum is timm's, 0.9 for the old value (Keras 0.99")
    graph.drop_before_logits(0.2, "Keras Applications leaves out the dropout")
    return graph


SOURCES = [
    *(literal(table, *entry) for table, entry in {**GOOGLENETS, **INCEPTIONS, **BOOK}.items()),
    Source(
        *("torchvision", "torchvision"),
        of_torchvision("googlenet", "GoogLeNet_Weights", ("fc", "aux2", "aux1"), GOOGLENET_LOSSES),
        "torch",
    ),
    Source(
        *("inception_v3", "torchvision"),
        of_torchvision("inception_v3", "Inception_V3_Weights", ("fc", "aux1"), INCEPTION_LOSSES),
        "torch",
    ),
    Source(  # the dropout is torchvision's: timm's default is none
        *("inception_v3", "timm"),
        of_timm("inception_v3", ("fc", "aux1"), INCEPTION_LOSSES, aux_logits=True, drop_rate=0.5),
        "torch",
    ),
    # Szegedy et al. 2017, Figures 9 and 15: Dropout (keep 0.8); tf-slim's dropout_keep_prob=0.8.
    Source("inception_v4", "timm", of_timm("inception_v4", drop_rate=0.2), "torch"),
    Source("inception_resnet_v2", "timm", of_timm("inception_resnet_v2", drop_rate=0.2), "torch"),
    Source("inception_resnet_v2", "Keras", of_keras_resnet, "tf"),
    Source("inception_v3:keras", "Keras", of_keras_v3, "tf"),
    Source("inception_v3:fid", "pytorch-fid", of_pytorch_fid, "torch"),
]
