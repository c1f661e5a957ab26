"""How our weights get into a net of a written file."""

from __future__ import annotations

from dataclasses import dataclass

from common.table.analysis import Table
from common.written.templates import lines


@dataclass(frozen=True)
class Loading:
    """How a framework's files load weights.

    Attributes:
        module: of safetensors, which reads a file.
        call: gives a net what was read; ``<file>`` stands for the name of the file.
        plain: the function that ``call`` needs, in files without normalisations; none where the framework has its own.
        normalised: the same where there are normalisations.
    """

    module: str
    call: str
    plain: str = ""
    normalised: str = ""


KERAS = '''
    def load(net, tensors):
        """Give a net tensors by their names: OIHW becomes HWIO, (out, in) (in, out)."""
        assert len(tensors) == len(net.weights)
        for name, tensor in tensors.items():
            layer, kind = name.rsplit(".", 1)
            kind = "kernel" if kind == "weight" else kind
            variable = getattr(attrgetter(layer)(net), kind)
            matrix = tensor.ndim > 1
            variable.assign(np.moveaxis(tensor, (0, 1), (-1, -2)) if matrix else tensor)
'''
KERAS_NORMALISED = '''
    LAYER = {"weight": "kernel", "bias": "bias"}
    NORM = {
        "weight": "gamma",
        "bias": "beta",
        "running_mean": "moving_mean",
        "running_var": "moving_variance",
    }


    def load(net, tensors):
        """Give a net tensors by their names: OIHW becomes HWIO, (out, in) (in, out)."""
        assert len(tensors) == len(net.weights)
        for name, tensor in tensors.items():
            layer, kind = name.rsplit(".", 1)
            names = NORM if layer.endswith(".norm") else LAYER
            variable = getattr(attrgetter(layer)(net), names[kind])
            matrix = tensor.ndim > 1
            variable.assign(np.moveaxis(tensor, (0, 1), (-1, -2)) if matrix else tensor)
'''
GLUON = '''
    def load(net, tensors):
        """Give a net tensors by their names; it needs no other initialisation."""
        net.initialize()
        assert len(tensors) == len(net.collect_params().keys())
        for name, tensor in tensors.items():
            parameter = attrgetter(name)(net)
            parameter.set_data(mx.nd.array(tensor, dtype=parameter.dtype))
'''
GLUON_NORMALISED = '''
    def load(net, tensors):
        """Give a net tensors by their names; it needs no other initialisation."""
        net.initialize()
        assert len(tensors) == len(net.collect_params().keys())
        for name, tensor in tensors.items():
            layer, kind = name.rsplit(".", 1)
            names = {"weight": "gamma", "bias": "beta"} if layer.endswith(".norm") else {}
            parameter = getattr(attrgetter(layer)(net), names.get(kind, kind))
            parameter.set_data(mx.nd.array(tensor, dtype=parameter.dtype))
'''
OWN_STATE = Loading("safetensors.torch", 'net.load_state_dict(load_file("<file>"))')
INTO_KERAS = Loading("safetensors.numpy", 'load(net, load_file("<file>"))', KERAS, KERAS_NORMALISED)
INTO_GLUON = Loading("safetensors.numpy", 'load(net, load_file("<file>"))', GLUON, GLUON_NORMALISED)


def loader(table: Table, loading: Loading) -> list[list[str]]:
    """The function that loads weights, and the names that it needs; none where the framework has its own."""
    text = loading.normalised if table.norms else loading.plain
    return [lines(text)] if text else []


def shown(table: Table, loading: Loading, title: str) -> list[str]:
    """The three lines that show how a file of weights is loaded."""
    file = f"{table.name.replace(':', '_').replace(' ', '_')}.safetensors"
    code = [f"from {loading.module} import load_file", f"net = {title}()", loading.call.replace("<file>", file)]
    return [f"    {line}" for line in code]
