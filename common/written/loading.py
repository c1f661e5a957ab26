"""How our weights get into a net of a written file."""

from __future__ import annotations

from common.table.analysis import Table
from common.written.templates import lines

KERAS = '''
    def load(net, tensors):
        """Give a net tensors by their names: OIHW becomes HWIO, (out, in) (in, out)."""
        assert len(tensors) == len(net.weights)
        for name, tensor in tensors.items():
            layer, kind = name.rsplit(".", 1)
            variable = getattr(attrgetter(layer)(net), <names>)
            matrix = tensor.ndim > 1
            variable.assign(np.moveaxis(tensor, (0, 1), (-1, -2)) if matrix else tensor)
'''
KERAS_NAMES = """
    LAYER = {"weight": "kernel", "bias": "bias"}
    NORM = {
        "weight": "gamma",
        "bias": "beta",
        "running_mean": "moving_mean",
        "running_var": "moving_variance",
    }
"""
GLUON = '''
    def load(net, tensors):
        """Give a net tensors by their names; it needs no other initialisation."""
        net.initialize()
        assert len(tensors) == len(net.collect_params().keys())
        for name, tensor in tensors.items():
            layer, kind = name.rsplit(".", 1)
            parameter = getattr(attrgetter(layer)(net), <names>)
            parameter.set_data(mx.nd.array(tensor, dtype=parameter.dtype))
'''


def loader(table: Table, backend: str) -> list[list[str]]:
    """The function that loads weights, and the names that it needs; none where the framework has its own."""
    match backend, bool(table.norms):
        case "tf", False:
            plain = lines(KERAS, names="kind")
            plain.insert(5, '        kind = "kernel" if kind == "weight" else kind')
            return [plain]
        case "tf", True:
            chosen = lines(KERAS, names="names[kind]")
            chosen.insert(5, '        names = NORM if layer.endswith(".norm") else LAYER')
            return [[*lines(KERAS_NAMES), "", "", *chosen]]
        case "mxnet", False:
            plain = lines(GLUON, names="")
            return [
                [
                    line.replace("getattr(attrgetter(layer)(net), )", "attrgetter(name)(net)")
                    for line in plain
                    if "rsplit" not in line
                ]
            ]
        case "mxnet", True:
            chosen = lines(GLUON, names="names.get(kind, kind)")
            chosen.insert(6, '        names = {"weight": "gamma", "bias": "beta"} if layer.endswith(".norm") else {}')
            return [chosen]
    return []


def loading(table: Table, backend: str, title: str) -> list[str]:
    """The lines that show how a file of weights is loaded."""
    file = f"{table.name.replace(':', '_').replace(' ', '_')}.safetensors"
    if backend == "torch":
        code = [
            "from safetensors.torch import load_file",
            f"net = {title}()",
            f'net.load_state_dict(load_file("{file}"))',
        ]
    else:
        code = ["from safetensors.numpy import load_file", f"net = {title}()", f'load(net, load_file("{file}"))']
    return [f"    {line}" for line in code]
