"""The order of the rooms: what may import what, and who prints; read from the syntax trees.

Every rule is tried on a line that breaks it: a rule that finds nothing there guards nothing.
"""

import ast
from contextlib import suppress
from functools import cache

import pytest
from support.syntax import ROOT, circles, imported, modules, nodes

ROOMS = (
    *("base", "table", "nets", "workers", "data", "contract", "weights", "compare", "runs"),
    *("features", "scores", "written", "drawn", "bench", "site", "cli"),
)
PACKAGES = ("googlenet_torch", "googlenet_tf", "googlenet_mxnet")
FRAMEWORKS = {
    "googlenet_torch": ("torch",),
    "googlenet_tf": ("tensorflow", "keras"),
    "googlenet_mxnet": ("mxnet",),
}
FOR_PACKAGES = ("base", "table", "nets", "workers", "contract", "weights")
FACE = "googlenet"  # of all of common, for programs
FIRST = "googlenet.ours"  # of every face and package, before common is known to be ours


def room(name):
    """The room of a module of common; common itself is before all rooms."""
    return [*name.split("."), ""][1]


def lines(trees, broken):
    """``module:line: imports`` of every import for which ``broken(module, imported)``."""
    return [
        f"{name}:{line}: {target}"
        for name, tree in trees.items()
        for line, target in imported(tree, trees)
        if broken(name, target)
    ]


def out_of_order(trees):
    """Imports of common from a room to the right, or of the face; and relative ones, which do not say the room."""
    place = {"": -1, **{name: i for i, name in enumerate(ROOMS)}}

    def broken(name, target):
        within = name.split(".")[0] == target.split(".")[0] == "common"
        faced = target.split(".")[0] == FACE != name.split(".")[0] and target != FIRST
        return target.startswith(".") or faced or (within and place[room(target)] > place[room(name)])

    return lines(trees, broken)


def forbidden_to_packages(trees):
    """Imports by a framework package of a room that is not for it, or of another package."""

    def broken(name, target):
        top, own = target.split(".")[0], name.split(".")[0]
        if own not in PACKAGES:
            return False
        return (top == "common" and room(target) not in ("", *FOR_PACKAGES)) or (top in PACKAGES and top != own)

    return lines(trees, broken)


def frameworks_elsewhere(trees):
    """Imports of a framework, or of its package, by anybody but that package."""

    def broken(name, target):
        top, own = target.split(".")[0], name.split(".")[0]
        owners = {framework: package for package, names in FRAMEWORKS.items() for framework in (package, *names)}
        return owners.get(top, own) != own

    return lines(trees, broken)


def printing(trees):
    """Where anything but cli prints, writes to a stream of the process, or, but for the face, imports rich."""
    shows = ("cli", FACE)
    found = lines(trees, lambda name, t: t.split(".")[0] == "rich" and not {room(name), name.split(".")[0]} & {*shows})
    quiet = {name: tree for name, tree in trees.items() if room(name) != "cli" and name != FIRST}
    return found + [f"{name}:{line}: prints" for name, tree in quiet.items() for line in prints(tree)]


@cache
def prints(tree):
    """The lines of a tree that print, or name a stream of the process."""
    found = []
    for node in nodes(tree):
        match node:
            case ast.Call(ast.Name("print")) | ast.Attribute(ast.Name("sys"), "stdout" | "stderr"):
                found.append(node.lineno)
    return found


RULES = {
    "order": out_of_order,
    "circles": lambda trees: [" <-> ".join(names) for names in circles(trees)],
    "packages": forbidden_to_packages,
    "frameworks": frameworks_elsewhere,
    "printing": printing,
}
PLANTED = [
    ("order", "common.base.files", "from common.table.spec import Conv"),
    ("order", "common.table.spec", "from common import nets"),
    ("order", "common.contract.moving", "def f():\n    from common.compare.reference import Reference"),
    ("order", "common.runs.training", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import common.cli.app"),
    ("order", "common.runs.folder", "from importlib import import_module\nimport_module('common.cli.app')"),
    ("order", "common.written.file", "from common.bench.asked import bench"),
    ("order", "common.runs.evaluation", "from common.scores.frechet import frechet_distance"),
    ("order", "common.weights.convert", "from .bundle import Bundle"),
    ("order", "common", "from common.base.errors import InputError"),
    ("order", "common.cli.train", "def f():\n    import googlenet.training"),
    ("order", "googlenet_torch.run", "from googlenet import compare"),
    ("circles", "googlenet.result", "from googlenet.comparing import compare"),
    ("frameworks", "googlenet.comparing", "def f():\n    import torch"),
    ("printing", "googlenet.training", "print('epoch')"),
    ("circles", "common.base.errors", "def f():\n    from common.base.files import replacing"),
    ("circles", "common.table.padding", "from common.table import layers"),
    ("circles", "googlenet_torch.layers", "import googlenet_torch.net"),
    ("packages", "googlenet_torch.run", "from common.compare.roundoff import tolerance"),
    ("packages", "googlenet_tf.train", "from common.runs import training"),
    ("packages", "googlenet_mxnet.net", "from common.data.images import random_images"),
    ("packages", "googlenet_mxnet.net", "def f():\n    import googlenet_torch.net"),
    ("frameworks", "common.compare.passes", "def f():\n    import torch.nn"),
    ("frameworks", "common.weights.native", "from keras import ops"),
    ("frameworks", "common.runs.opened", "import googlenet_mxnet"),
    ("frameworks", "googlenet_tf.net", "from torch import nn"),
    ("printing", "common.runs.training", "print('epoch')"),
    ("printing", "common.data.download", "from rich.progress import Progress"),
    ("printing", "common.base.files", "import sys\nsys.stderr.write('!')"),
    ("printing", "googlenet_torch.train", "def f():\n    print('step')"),
]


@pytest.fixture(scope="module")
def product():
    """The syntax tree of each module that users get, by its name."""
    return modules("common", FACE, *PACKAGES)


@pytest.mark.parametrize("rule", RULES)
def test_the_product_keeps_the_rule(rule, product):
    assert RULES[rule](product) == []


@pytest.mark.parametrize(("rule", "where", "code"), PLANTED)
def test_what_breaks_the_rule_is_found(rule, where, code, product):
    planted = {**product, where: ast.parse(ast.unparse(product[where]) + "\n" + code)}
    (found,) = set(RULES[rule](planted)) - set(RULES[rule](product))
    assert where in found


def test_every_room_is_in_the_order_and_every_package_among_the_packages(product):
    folders = {path.parent.name for path in (ROOT / "common").glob("*/*.py")}
    assert folders == set(ROOMS)
    assert {name for name in product if name.startswith("common.") and room(name) not in ROOMS} == set()
    assert {path.parent.name for path in ROOT.glob("googlenet_*/__init__.py")} == set(PACKAGES) == set(FRAMEWORKS)


@pytest.fixture(scope="module")
def tests():
    return {name.removeprefix("tests."): tree for name, tree in modules("tests").items()}


@pytest.fixture(scope="module")
def others(tests):
    """All but this file, which has the planted lines."""
    return {name: tree for name, tree in tests.items() if name != "base.test_rooms"}


def imports_of_tests(trees, known):
    """Imports of a test module, one of ``known``, also in code that is text in a test."""

    def imports(code):
        return [
            f"{name}:{line}: {target}"
            for name, tree in code.items()
            for line, target in imported(tree, known)
            if target.split(".")[-1].startswith("test_")
        ]

    found = imports(trees)
    for name, tree in trees.items():
        for node in nodes(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "import" in node.value:
                with suppress(SyntaxError):
                    found += imports({name: ast.parse(node.value)})
    return found


def test_no_test_imports_another(others, tests):
    assert imports_of_tests(others, tests) == []


@pytest.mark.parametrize(
    "code",
    [
        "from packages.test_book import net",
        "from packages import test_book",
        "def f():\n    import packages.test_book",
        "CODE = '''\nimport sys\nfrom packages.test_book import net\n'''",
    ],
)
def test_a_test_that_imports_another_is_found(code, others, tests):
    (found,) = imports_of_tests({**others, "planted": ast.parse(code)}, tests)
    assert found.startswith("planted:")
