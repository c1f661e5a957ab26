"""What others compute scores with: torch-fidelity and pytorch-fid, on features as NumPy arrays."""

import warnings
from functools import cache

import numpy as np
from support.published_models import torchvision


@cache
def _torch_fidelity():
    torchvision()
    import torch_fidelity
    import torch_fidelity.metric_fid
    import torch_fidelity.metric_isc
    import torch_fidelity.metric_kid

    return torch_fidelity


def _tensor(array):
    import torch

    return torch.tensor(np.ascontiguousarray(array))


def fidelity_fid(*statistics):
    """torch-fidelity's FID of two pairs (mean, covariance)."""
    pairs = [{"mu": mean, "sigma": covariance} for mean, covariance in statistics]
    return _torch_fidelity().metric_fid.fid_statistics_to_metric(*pairs, verbose=False)["frechet_inception_distance"]


def fidelity_statistics(features):
    """torch-fidelity's (mean, covariance) of features, N x D."""
    found = _torch_fidelity().metric_fid.fid_features_to_statistics(_tensor(features))
    return found["mu"], found["sigma"]


def fidelity_defaults():
    """torch-fidelity's settings, where nobody says others."""
    import importlib

    _torch_fidelity()
    return importlib.import_module("torch_fidelity.defaults").DEFAULTS


def fidelity_kid(features, other, **settings):
    """torch-fidelity's (mean, spread) of KID."""
    found = _torch_fidelity().metric_kid.kid_features_to_metric(
        _tensor(features), _tensor(other), verbose=False, **settings
    )
    return found["kernel_inception_distance_mean"], found["kernel_inception_distance_std"]


def fidelity_isc(logits, *settings):
    """torch-fidelity's (mean, spread) of the Inception score."""
    found = _torch_fidelity().metric_isc.isc_features_to_metric(_tensor(logits), *settings)
    return found["inception_score_mean"], found["inception_score_std"]


def port_fid(*statistics):
    """pytorch-fid's FID of two pairs (mean, covariance)."""
    torchvision()
    from pytorch_fid.fid_score import calculate_frechet_distance

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of an argument of SciPy's that it gives
        return calculate_frechet_distance(*statistics[0], *statistics[1])
