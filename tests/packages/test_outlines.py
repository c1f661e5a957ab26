"""The three packages have one outline: who has read one of them knows his way in the others.

The same files with the same functions, classes and methods, with the same parameters, in the same order. What a
framework forces on its package stands below with its reason, and nothing that no framework forces any more.
"""

import ast
import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("torch", "tf", "mxnet")
FORWARD = {"forward": "forward", "call": "forward", "hybrid_forward": "forward"}  # one idea, three names

# Files that a package has and the others need not.
FILES = {
    ("tf", "framework.py"): "Keras must be told its backend before it is imported",
    ("mxnet", "framework.py"): "MXNet changes NumPy and the threads of the process while it is imported",
    ("mxnet", "arrays.py"): "MXNet has two kinds of array, and symbols without a size",
    ("torch", "arrays.py"): "PyTorch has a bfloat16 that NumPy has not",
    ("tf", "copies.py"): "Keras copies a model by way of a file, which holds no table of one's own",
    ("tf", "learning.py"): "oneDNN differentiates products faster than 1x1 convolutions, and biases by themselves",
    ("mxnet", "learning.py"): "MXNet's ReLU leaves the layout in which oneDNN computes",
    ("torch", "onednn.py"): "PyTorch fuses only what is written with its operators for oneDNN",
    ("torch", "compiled.py"): "only PyTorch has a compiler that was seen to pay",
    ("torch", "traced.py"): "only PyTorch's compiler takes layers apart",
    ("torch", "rewriting.py"): "PyTorch's layers are exchanged for two fast paths",
    ("torch", "winograd.py"): "in the other two the transforms take the time that is saved",
    ("torch", "nccl.py"): "here only PyTorch's workers compute on GPUs",
    ("tf", "fit.py"): "Keras trains by compile and fit, which ask for a loss by name",
}
# Names that a package has in a file and the others need not.
NAMES = {
    ("torch", "run.py", "mode"): "PyTorch keeps its mode in the net",
    ("mxnet", "run.py", "changed"): "MXNet has no derivatives in evaluation mode",
    ("mxnet", "run.py", "imperative"): "compiled blocks of MXNet have no hooks",
    ("mxnet", "run.py", "frozen"): "MXNet has no derivatives in evaluation mode",
    ("tf", "layers.py", "NAMES"): "in PyTorch canonical names are the names of the tensors",
    ("mxnet", "layers.py", "NAMES"): "in PyTorch canonical names are the names of the tensors",
    ("tf", "weights.py", "TO_CANONICAL"): "Keras has another layout",
    ("tf", "weights.py", "TO_KERAS"): "Keras has another layout",
    ("tf", "weights.py", "to_canonical"): "Keras has another layout",
    ("tf", "build.py", "policy_of"): "Keras has policies, of what to compute in and what to keep weights in",
    ("tf", "train.py", "computing_in"): "layers of Keras hold the dtype that they compute in",
    ("mxnet", "train.py", "SGD"): "MXNet's own keeps its numbers in float32",
    ("mxnet", "train.py", "SGD.*"): "MXNet's own keeps its numbers in float32",
    ("torch", "group.py", "Gloo"): "each framework has another engine for several workers",
    ("torch", "group.py", "Gloo.*"): "each framework has another engine for several workers",
    ("torch", "group.py", "_told"): "each framework has another engine for several workers",
    ("torch", "group.py", "_listener"): "each framework has another engine for several workers",
    ("torch", "group.py", "_own_address"): "each framework has another engine for several workers",
    ("torch", "group.py", "normalised"): "each framework differentiates functions of ours in another way",
    ("torch", "group.py", "WholeBatch"): "each framework differentiates functions of ours in another way",
    ("torch", "group.py", "WholeBatch.*"): "each framework differentiates functions of ours in another way",
    ("torch", "group.py", "_summed"): "each framework differentiates functions of ours in another way",
    ("torch", "group.py", "total"): "each framework has another engine for several workers",
    ("tf", "group.py", "BITS"): "each framework has another engine for several workers",
    ("tf", "group.py", "WHERE"): "each framework has another engine for several workers",
    ("tf", "group.py", "Collectives"): "each framework has another engine for several workers",
    ("tf", "group.py", "Collectives.*"): "each framework has another engine for several workers",
    ("tf", "group.py", "_told"): "each framework has another engine for several workers",
    ("tf", "group.py", "lost"): "each framework has another engine for several workers",
    ("tf", "group.py", "_free_address"): "each framework has another engine for several workers",
    ("tf", "group.py", "_covered"): "in Keras sums of a step are under way at once",
    ("tf", "group.py", "normalised"): "each framework differentiates functions of ours in another way",
    ("tf", "group.py", "_whole_batch"): "each framework differentiates functions of ours in another way",
    ("mxnet", "group.py", "WholeBatch"): "each framework differentiates functions of ours in another way",
    ("mxnet", "group.py", "WholeBatch.*"): "each framework differentiates functions of ours in another way",
    ("mxnet", "group.py", "Normalise"): "each framework differentiates functions of ours in another way",
    ("mxnet", "group.py", "Normalise.*"): "each framework differentiates functions of ours in another way",
    ("mxnet", "group.py", "_over"): "each framework differentiates functions of ours in another way",
    ("torch", "files.py", "SAFE"): "older versions of PyTorch run code out of files",
    ("torch", "files.py", "read_file"): "a format that only PyTorch reads",
    ("torch", "files.py", "_load"): "a format that only PyTorch reads",
    ("torch", "bench.py", "torchvision"): "torchvision's compiled operators do not fit every build of PyTorch",
    ("tf", "files.py", "Memory"): "HDF5 takes the process with it where a disk is full",
    ("tf", "files.py", "Memory.*"): "HDF5 takes the process with it where a disk is full",
    ("tf", "files.py", "undated"): "Keras writes the time into its files",
    ("mxnet", "files.py", "read_file"): "a format that only MXNet reads",
    ("mxnet", "files.py", "load"): "a format that only MXNet reads",
    ("mxnet", "files.py", "reason"): "MXNet's errors are a page long",
    ("torch", "fast.py", "_faster"): "PyTorch fuses only what is written with its operators for oneDNN",
    ("torch", "fast.py", "Widened"): "PyTorch has no policy of dtypes that a layer of its own follows",
    ("torch", "fast.py", "Widened.*"): "PyTorch has no policy of dtypes that a layer of its own follows",
    ("torch", "fast.py", "_portions"): "PyTorch's stages can be called one by one",
    ("torch", "fast.py", "_trunk"): "PyTorch's stages can be called one by one",
    ("torch", "fast.py", "_neighbours"): "PyTorch's pools of maps whose channels lie side by side find places too",
    ("torch", "fast.py", "Neighbours"): "PyTorch's pools of maps whose channels lie side by side find places too",
    ("torch", "fast.py", "Neighbours.*"): "PyTorch's pools of maps whose channels lie side by side find places too",
    ("tf", "fast.py", "_in_bfloat16"): "Keras computes in another dtype by a policy of each layer",
    ("tf", "fast.py", "_threads"): "TensorFlow does not say how many threads it takes where nobody has told it",
    ("tf", "fast.py", "_padding_itself"): "what TensorFlow pads by itself depends on the size of a map",
    ("tf", "fast.py", "_max_pool"): "what TensorFlow pads by itself depends on the size of a map",
    ("mxnet", "fast.py", "IMAGES"): "what Gluon compiles has symbols without a size, and so no padding by it",
    ("mxnet", "fast.py", "_classic"): "MXNet has two kinds of array, and symbols without a size",
    ("mxnet", "fast.py", "Graph"): "what Gluon compiles has symbols without a size, and so no padding by it",
    ("mxnet", "fast.py", "Graph.*"): "what Gluon compiles has symbols without a size, and so no padding by it",
    ("mxnet", "fast.py", "FUSED"): "MXNet's ReLU leaves the layout in which oneDNN computes",
    ("mxnet", "fast.py", "_size"): "what Gluon compiles has symbols without a size, and so no padding by it",
    ("mxnet", "fast.py", "_padded"): "what Gluon compiles has symbols without a size, and so no padding by it",
    ("mxnet", "fast.py", "_pool"): "what Gluon compiles has symbols without a size, and so no padding by it",
    # Methods
    ("tf", "blocks.py", "Stage.layers"): "a keras.Sequential would rename the variables in files",
    ("tf", "blocks.py", "Stage.forward"): "a keras.Sequential would rename the variables in files",
    ("tf", "blocks.py", "Stage.__dir__"): "Keras writes files from the attributes of a layer",
    ("tf", "device.py", "NATIVE"): "TensorFlow has names of its own, and places operations, not nets",
    ("tf", "device.py", "on_device"): "TensorFlow has names of its own, and places operations, not nets",
    ("tf", "net.py", "Net._device"): "TensorFlow has names of its own, and places operations, not nets",
    ("torch", "layers.py", "pad_by_size"): "PyTorch's fx traces a net without sizes",
    ("torch", "layers.py", "check_maps"): "PyTorch's fx traces a net without sizes",
    ("torch", "layers.py", "BatchNorm._check_input_dim"): "PyTorch's fx traces a net without sizes",
    ("torch", "layers.py", "local_response_norm"): "PyTorch's own knows no numbers of 16 bits",
    ("tf", "layers.py", "AvgPool.pad"): "Keras never counts what it adds by itself",
    ("tf", "layers.py", "AdaptiveAvgPool.forward"): "composed: Keras has its own only since 3.13",
    ("mxnet", "layers.py", "AdaptiveAvgPool.forward"): "an operator of MXNet without a layer",
    ("tf", "layers.py", "Flatten.forward"): "composed: Keras' own flattens in the order H, W, C",
    ("torch", "net.py", "Net.__iter__"): "the book iterates over a net",
    ("mxnet", "net.py", "Net.__iter__"): "the book iterates over a net",
    ("tf", "net.py", "Net.__setattr__"): "a built model of Keras takes no other layer",
    ("mxnet", "net.py", "Net.__setattr__"): "a block of Gluon takes no child of another type",
    ("mxnet", "net.py", "Net.hybridize"): "a dict of logits cannot be compiled",
    ("mxnet", "net.py", "Net.hybrid_forward"): "Gluon exports what this gives for symbols",
    ("mxnet", "net.py", "Net.export"): "Gluon exports only what was compiled and called",
    ("tf", "net.py", "_batch_of"): "Keras has shapes with the channels last",
    ("tf", "net.py", "Net.layers"): "the book iterates over the layers of a Keras net",
    ("tf", "net.py", "Net.build"): "Keras builds a model before it writes it",
    ("tf", "net.py", "Net.summary"): "Keras lists the blocks of a stage only if it is told to",
    ("tf", "net.py", "Net.get_config"): "a .keras file holds the model too",
    ("tf", "net.py", "Net.from_config"): "a .keras file holds the model too",
    ("tf", "net.py", "Net.__dir__"): "Keras writes files from the attributes of a model",
}
# Parameters that a package has and the others need not.
PARAMETERS = {
    ("mxnet", "layers.py", "pad", "F"): "Gluon hands the module of operators to a block",
    ("mxnet", "layers.py", "activate", "F"): "Gluon hands the module of operators to a block",
    ("mxnet", "*.py", "*.forward", "F"): "Gluon hands the module of operators to a block",
    ("mxnet", "layers.py", "*.forward", "weight"): "Gluon hands the parameters to a block",
    ("mxnet", "layers.py", "*.forward", "bias"): "Gluon hands the parameters to a block",
    ("tf", "net.py", "Net.forward", "training"): "Keras hands the mode to a call",
    ("tf", "net.py", "Net.forward", "aux"): "in Keras only a call from outside sets the mode of all that it calls",
    ("torch", "blocks.py", "Inception.__init__", "in_channels"): "PyTorch has weights before it sees an image",
    **{
        (package, file, name, "kwargs"): "a name and a dtype" if package == "tf" else "a prefix"
        for package in ("tf", "mxnet")
        for file, name in (
            ("blocks.py", "build"),
            ("blocks.py", "*.__init__"),
            ("blocks.py", "Inception.from_node"),
            ("layers.py", "*.__init__"),
            ("net.py", "Net.__init__"),
        )
    },
}


@cache
def parsed(package, file):
    return ast.parse((ROOT / f"googlenet_{package}" / file).read_text())


def files(package):
    return sorted(path.name for path in (ROOT / f"googlenet_{package}").glob("*.py"))


def definitions(body, prefix=""):
    """(name, node) of the functions, classes, their methods, and variables of a file, in order."""
    for node in body:
        match node:
            case ast.FunctionDef():
                one = FORWARD.get(node.name, node.name)
                twice = one != node.name and any(getattr(other, "name", "") == one for other in body)
                yield prefix + one if prefix and not twice else prefix + node.name, node
            case ast.ClassDef():
                yield prefix + node.name, node
                yield from definitions(node.body, f"{prefix}{node.name}.")
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name, node


def parameters(node):
    """(name, how it is given, default) of each parameter; classes and variables have none."""
    if not isinstance(node, ast.FunctionDef):
        return []
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(positional) - len(given.defaults)) + list(given.defaults)
    found = [(p.arg, "positional", d) for p, d in zip(positional, defaults, strict=True)]
    found += [(given.vararg.arg, "*", None)] if given.vararg else []
    found += [(p.arg, "keyword", d) for p, d in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    found += [(given.kwarg.arg, "**", None)] if given.kwarg else []
    return [(name, how, d and ast.unparse(d)) for name, how, d in found]


def matches(rule, *place):
    return all(fnmatchcase(part, pattern) for part, pattern in zip(place, rule, strict=True))


def outline(package, file):
    """What a file defines, without what its framework forces on it, and the rules that were needed for that."""
    lines, used = [], set()
    for name, node in definitions(parsed(package, file).body):
        rules = [rule for rule in NAMES if matches(rule, package, file, name)]
        used.update(rules)
        if rules:
            continue
        kept = []
        for parameter in parameters(node):
            forced = [rule for rule in PARAMETERS if matches(rule, package, file, name, parameter[0])]
            used.update(forced)
            kept += [] if forced else [parameter]
        lines.append((name, type(node).__name__, kept))
    return lines, used


def test_the_packages_have_the_same_files():
    shared = [[file for file in files(package) if (package, file) not in FILES] for package in PACKAGES]
    assert shared[0] == shared[1] == shared[2]


@pytest.mark.parametrize("file", [file for file in files("torch") if ("torch", file) not in FILES])
def test_the_packages_have_the_same_outline(file):
    torch, tf, mxnet = (outline(package, file)[0] for package in PACKAGES)
    assert torch == tf
    assert torch == mxnet


def test_no_difference_is_allowed_that_there_is_not():
    everywhere = {(package, file): outline(package, file) for package in PACKAGES for file in files(package)}
    used = {rule for _, rules in everywhere.values() for rule in rules}
    assert used == {*NAMES, *PARAMETERS}
    assert all((ROOT / f"googlenet_{package}" / file).exists() for package, file in FILES)


DESIGN = (ROOT / "docs" / "design.md").read_text()


def test_the_map_of_the_house_lists_every_difference():
    """Word for word, and no other: the table has a cell for each file and framework."""
    cells = DESIGN.partition("## Where the three packages part")[2]
    for rules in (FILES, NAMES, PARAMETERS):
        for rule, reason in rules.items():
            assert reason in cells, rule


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:common|tests|docs|googlenet_\w+)/[\w./]+)`", DESIGN))))
def test_every_path_of_the_map_is_there(path):
    assert (ROOT / path).exists()


def test_every_room_of_the_map_is_there_with_the_file_to_start_at():
    rooms = re.findall(r"^\| `(\w+)` \| [^|]+ \| `([\w.]+)` \|$", DESIGN, re.M)
    assert [room for room, _ in rooms] == re.findall(r"\w+", re.search(r"^  (base -->.*)$", DESIGN, re.M)[1])
    assert all((ROOT / "common" / room / start).exists() for room, start in rooms)


def test_what_all_three_have_is_no_difference():
    """A name or parameter that the others have got as well would be hidden by its rule."""
    for rules in (FILES, NAMES, PARAMETERS):
        for rule in rules:
            assert any((package, *rule[1:]) not in rules for package in PACKAGES if package != rule[0]), rule
    for package, file, name in NAMES:
        others = [p for p in PACKAGES if (p, file, name) not in NAMES]
        found = {other: {n for n, _ in definitions(parsed(other, file).body)} for other in others}
        assert not any(matches((name,), n) for names in found.values() for n in names), (package, file, name)
    for package, file, name, parameter in PARAMETERS:
        for other in (p for p in PACKAGES if (p, file, name, parameter) not in PARAMETERS):
            for n, node in (
                d for f in files(other) if fnmatchcase(f, file) for d in definitions(parsed(other, f).body)
            ):
                if matches((name,), n):
                    assert parameter not in [p for p, *_ in parameters(node)], (package, other, n, parameter)
