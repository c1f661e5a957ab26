"""The publishers' own models, with weights that let no difference hide, and small files named as published ones."""

from functools import cache

import numpy as np


@cache
def torchvision():
    """torchvision, without its compiled operators where PyTorch's build does not fit them."""
    from googlenet_torch.bench import torchvision as imported

    return imported()


@cache
def timm():
    """timm, which imports torchvision."""
    torchvision()
    import timm

    return timm


def stirred(model):
    """A PyTorch model in evaluation mode with He-scaled weights and biases and statistics of every size."""
    import torch

    generator = torch.Generator().manual_seed(0)
    for name, tensor in model.state_dict().items():
        if name.endswith("num_batches_tracked"):
            tensor.fill_(7)
        elif tensor.ndim > 1:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
        elif name.endswith(("running_var", "bn.weight")):
            tensor.uniform_(0.5, 1.5, generator=generator)
        else:
            tensor.normal_(0, 0.2, generator=generator)
    return model.eval()


def torch_models():
    """Name of a source to a function that makes its model, with so many classes."""
    return {
        "torchvision_googlenet": lambda n: torchvision().models.googlenet(
            weights=None, init_weights=False, num_classes=n
        ),
        "torchvision_inception_v3": lambda n: torchvision().models.inception_v3(
            weights=None, init_weights=False, num_classes=n
        ),
        "timm_inception_v3": lambda n: timm().create_model("inception_v3", num_classes=n),
        "timm_inception_v4": lambda n: timm().create_model("inception_v4", num_classes=n),
        "timm_inception_resnet_v2": lambda n: timm().create_model("inception_resnet_v2", num_classes=n),
    }


def keras_model(name):
    """A model of Keras Applications with logits at its end, stirred."""
    from googlenet_tf.framework import keras

    model = getattr(keras.applications, name)(weights=None, classifier_activation=None)
    rng = np.random.default_rng(0)
    for variable in model.weights:
        shape = variable.shape
        if len(shape) > 1:
            value = rng.normal(0, (2 / np.prod(shape[:-1])) ** 0.5, shape)
        elif "moving_variance" in variable.path:
            value = rng.uniform(0.5, 1.5, shape)
        else:
            value = rng.normal(0, 0.2, shape)
        variable.assign(value)
    return model


def save_legacy_h5(model, path):
    """A weight file as Keras wrote it before version 3, with Keras' own writer, and Keras 2's ``:0`` behind names."""
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
        for layer in file.attrs["layer_names"]:
            group = file[layer]
            names = [str(name) for name in group.attrs["weight_names"]]
            for name in names:
                group.move(name, f"{name}:0")
            group.attrs["weight_names"] = [f"{name}:0".encode() for name in names]


# BVLC's train_val.prototxt in words: the layers with weights, in order, and what they are called.
CAFFE_BLOCK = ("1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj")
CAFFE_LAYERS = [
    *("conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3"),
    *(f"inception_{block}/{layer}" for block in ("3a", "3b", "4a") for layer in CAFFE_BLOCK),
    *("loss1/conv", "loss1/fc", "loss1/classifier"),
    *(f"inception_{block}/{layer}" for block in ("4b", "4c", "4d") for layer in CAFFE_BLOCK),
    *("loss2/conv", "loss2/fc", "loss2/classifier"),
    *(f"inception_{block}/{layer}" for block in ("4e", "5a", "5b") for layer in CAFFE_BLOCK),
    "loss3/classifier",
]
