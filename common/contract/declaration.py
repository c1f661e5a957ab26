"""What a backend says of itself in ``backend.json``, a file of its package that is read without importing anything.

The file lies beside the package's ``__init__.py`` and holds the fields of `Declaration` as one JSON object. So the
command line can list the backends, say how to install one, and refuse what one cannot do, before any framework loads.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from common.base.errors import InputError, MissingBackend

FILE = "backend.json"
COMPUTES_IN = ("float32", "float64")
TRAINS_IN = (*COMPUTES_IN, "bfloat16")
CPU = "cpu"
KINDS = (CPU, "cuda", "mps")  # of devices
EVERY = "all"  # the word for every backend on the command line, and so the name of none
# The tensors of a layer by their canonical names within it.
TENSORS = ("weight", "bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var")


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable()


CHECKS = {
    bool: ("true or false", lambda value: isinstance(value, bool)),
    str: ("a line of text", _text),
    tuple[str, ...]: (
        "a list of texts, each once",
        lambda value: isinstance(value, tuple) and all(map(_text, value)) and len(set(value)) == len(value),
    ),
    dict[str, str]: (
        "an object of texts",
        lambda value: isinstance(value, dict) and all(map(_text, [*value, *value.values()])),
    ),
}


def _check_types(declared: Any) -> None:
    for name, kind in get_type_hints(type(declared)).items():
        value = getattr(declared, name)
        if kind in CHECKS and not CHECKS[kind][1](value):
            raise InputError(f"{name} must be {CHECKS[kind][0]}, not {value!r}")


@dataclass(frozen=True)
class OwnFiles:
    """The framework's own weight files: which there are, and how they name and lay out the tensors of our nets.

    Attributes:
        formats: the suffix of each kind of file that the package's ``files.write_file(net, path)`` writes, to the name
            of its format. A format that `common.weights.formats` knows is told by its content, others by the suffix.
        reads: whether the package's ``files.read_file(path)`` reads these formats: name to array. Those that it does
            not read must be known to `common.weights.formats`.
        kernels: the order of axes of a convolution's weight: O is output channels, I input channels, H, W.
        matrices: the order of axes of a dense layer's weight.
        separator: what stands between the parts of a name, where canonical names have a dot.
        names: from the canonical name of a tensor within its layer to that in the file; others are called alike.

    Raises:
        InputError: a field of another type, or a value that cannot be.

    >>> keras = OwnFiles({".keras": "keras"}, kernels="HWIO", matrices="IO", separator="/", names={"weight": "vars/0"})
    >>> keras.name("b3.3a.p1", "weight")
    'b3/3a/p1/vars/0'
    >>> keras.layout[4]  # transpose(3, 2, 0, 1) makes OIHW of HWIO
    (3, 2, 0, 1)
    """

    formats: dict[str, str]
    reads: bool = False
    kernels: str = "OIHW"
    matrices: str = "OI"
    separator: str = "."
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        _check_types(self)
        for suffix in self.formats:
            if not re.fullmatch(r"(\.\w+)+", suffix):
                raise InputError(f"formats must be by suffixes such as .pth, not {suffix!r}")
        for name, axes in (("kernels", "OIHW"), ("matrices", "OI")):
            if sorted(getattr(self, name)) != sorted(axes):
                raise InputError(f"{name} must be an order of the axes {axes}, not {getattr(self, name)!r}")
        unknown = set(self.names) - set(TENSORS)
        if unknown:
            raise InputError(f"names must be of {', '.join(TENSORS)}, not of {', '.join(sorted(unknown))}")

    @property
    def layout(self) -> dict[int, tuple[int, ...]]:
        """For each number of axes, which axes of an array in the file are those of OIHW, or of (out, in)."""
        return {
            4: tuple(self.kernels.index(axis) for axis in "OIHW"),
            2: tuple(self.matrices.index(axis) for axis in "OI"),
            1: (0,),
        }

    def name(self, layer: str, local: str) -> str:
        """What the file calls a tensor, by the canonical names of its layer and of the tensor within the layer."""
        return self.separator.join([*layer.split("."), self.names.get(local, local)])


@dataclass(frozen=True)
class Declaration:
    """What a backend is called, how to install it, and what it can do.

    Every backend makes nets, takes and gives weights, and computes outputs; whatever else it does, it declares.

    Attributes:
        name: what the command line, JSON and folders call it: lower-case letters, digits, ``_`` and ``-``.
        framework: its title, for people.
        install: the command that installs what it needs.
        platforms: where that works.
        aliases: other names that are taken for it wherever a backend is named.
        distributions: the installed packages whose versions ``googlenet --version`` shows, those that there are.
        gradients: whether it computes gradients: ``MOVING``, ``gradients`` and ``outputs_and_gradients``.
        training: whether it has a ``Trainer``; gradients belong to that.
        fast: whether it has a ``predictor``, which computes logits faster than ``predict``.
        fast_in_bfloat16: whether its ``predictor`` computes in bfloat16 too, where it is asked to.
        fast_compiled: whether its ``predictor`` is compiled into machine code, where it is asked to.
        workers: whether several processes train one net with it: ``join``, and a ``Trainer`` that takes a group.
        workers_on_gpus: whether they do so on a GPU each, too.
        bench: whether it has a module ``bench``: a user's own loop, networks of others and matrix products to measure.
        computes_in: dtypes of its nets: of float32 and float64.
        trains_in: what its Trainer computes in: of float32, float64 and bfloat16; none without training.
        files: the framework's own weight files; None where there are none.
        devices: the kinds of devices that it can compute on: of cpu, cuda and mps, the fastest after cpu first.
        no_other_devices: in words, why it can use no others; may be empty.

    Raises:
        InputError: a field of another type, or a value that cannot be.
    """

    name: str
    framework: str
    install: str
    platforms: str
    computes_in: tuple[str, ...]
    trains_in: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    gradients: bool = False
    training: bool = False
    fast: bool = False
    fast_in_bfloat16: bool = False
    fast_compiled: bool = False
    workers: bool = False
    workers_on_gpus: bool = False
    bench: bool = False
    files: OwnFiles | None = None
    devices: tuple[str, ...] = (CPU,)
    no_other_devices: str | None = None

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The suffixes of the framework's own files that the package writes; none where there are none."""
        return tuple(self.files.formats) if self.files else ()

    def __post_init__(self):
        _check_types(self)
        for name in (self.name, *self.aliases):
            if not re.fullmatch(r"[a-z0-9_-]+", name) or name == EVERY:
                raise InputError(f"name and aliases must be words such as torch, not {name!r}")
        for field_, choices in (("computes_in", COMPUTES_IN), ("trains_in", TRAINS_IN)):
            unknown = [dtype for dtype in getattr(self, field_) if dtype not in choices]
            if unknown:
                raise InputError(f"{field_} must be of {', '.join(choices)}, not {unknown[0]!r}")
        if not self.computes_in:
            raise InputError("computes_in must name a dtype")
        if self.training != bool(self.trains_in):
            raise InputError("trains_in must name dtypes where training is true, and none where it is false")
        apart = [dtype for dtype in self.trains_in if dtype in COMPUTES_IN and dtype not in self.computes_in]
        if apart:
            raise InputError(f"trains_in has {apart[0]}, which computes_in has not")
        if self.training and not self.gradients:
            raise InputError("training needs gradients: they cannot be false where it is true")
        for ability in ("fast_in_bfloat16", "fast_compiled"):
            if getattr(self, ability) and not self.fast:
                raise InputError(f"{ability} needs fast: that cannot be false where it is true")
        if self.workers_on_gpus and not (self.workers and "cuda" in self.devices):
            raise InputError("workers_on_gpus needs workers, and cuda among devices: it cannot be true without them")
        if self.devices[:1] != (CPU,) or not set(self.devices) <= set(KINDS):
            raise InputError(f"devices must be of {', '.join(KINDS)}, and {CPU} first, not {', '.join(self.devices)}")
        if self.no_other_devices is not None and not _text(self.no_other_devices):
            raise InputError(f"no_other_devices must be a line of text, not {self.no_other_devices!r}")
        if self.files is not None and not isinstance(self.files, OwnFiles):
            raise InputError(f"files must be an object or null, not {self.files!r}")


Kind = TypeVar("Kind", Declaration, OwnFiles)


def _made(kind: type[Kind], found: Any, what: str) -> Kind:
    """A dataclass of plain data, with every required field and no other."""
    if not isinstance(found, dict):
        raise InputError(f"{what} must be an object, not {found!r}")
    known = {field_.name: field_ for field_ in fields(kind)}
    for name in found:
        if name not in known:
            raise InputError(f"{what} has no field {name!r}; its fields are {', '.join(known)}")
    for name, field_ in known.items():
        if name not in found and field_.default is MISSING and field_.default_factory is MISSING:
            raise InputError(f"{what} needs the field {name!r}")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}
    return kind(**values)


def parse(text: str) -> Declaration:
    """The declaration that the text of a ``backend.json`` holds.

    Raises:
        InputError: no JSON, a field that is missing, unknown or of another type, or a value that cannot be.

    >>> parse('{"name": "mine", "framework": "Mine", "install": "pip install mine", "platforms": "anywhere"}')
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: a declaration needs the field 'computes_in'
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}") from None
    if isinstance(found, dict) and found.get("files") is not None:
        found["files"] = _made(OwnFiles, found["files"], "files")
    return _made(Declaration, found, "a declaration")


@cache
def of(module: str) -> Declaration:
    """The declaration in the package called ``module``, which is found but not imported.

    Raises:
        MissingBackend: there is no such package.
        InputError: it has no ``backend.json``, or one that is not a declaration; names the file.

    >>> of("googlenet_torch").framework
    'PyTorch'
    """
    top, *rest = module.split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):  # ValueError: a module without a spec, which somebody has put there
        spec = None
    if spec is None:
        raise MissingBackend(f"the package {module!r} is not installed")
    for folder in spec.submodule_search_locations or ():
        path = Path(folder, *rest, FILE)
        try:
            return parse(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as error:  # InputError and UnicodeDecodeError are both
            raise InputError(f"{path}: {error}") from None
    raise InputError(f"the package {module!r} has no {FILE}, which says what the backend can do")
