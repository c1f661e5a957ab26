"""Backends by name: our own first, then plug-ins of other distributions, each by what it declares of itself.

The plug-in here is a package of its own (support/plugin.py) that is seen by new processes alone.
"""

import gc
import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from support.backends import NAMES, PACKAGES
from support.plugin import DECLARATION, PACKAGE, googlenet, install, python

from common import contract, nets
from common.base.errors import InputError
from common.contract import backend, declaration, recipe
from common.runs import preparing
from common.table.drawing import probing
from common.weights import bundle
from common.weights.bundle import Bundle
from common.weights.native import kinds


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    """The folder of a plug-in that computes, but neither gradients nor training."""
    return install(tmp_path_factory.mktemp("plugin"))


def refused(done):
    """The one line on stderr of a command that was used wrongly."""
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


SMALL = ("compare", "d2l", "--image-size", 32)


def test_a_plugin_is_one_more_column_beside_our_own(plugin):
    done = googlenet(plugin, *SMALL, "--backends", f"{NAMES[0]},fake", "--json", "found.json")
    assert done.returncode == 0, done.stderr
    found = json.loads((plugin / "found.json").read_text())
    assert list(found["backends"]) == [NAMES[0], "fake"]
    assert all(list(stage["backends"]) == [NAMES[0], "fake"] for stage in found["stages"])
    assert "Fake 1.0 compute the same function" in done.stdout.replace("\n", " ")


def test_a_plugin_is_measured_as_our_own_are(tmp_path):
    wrong = PACKAGE.replace(
        "aux=aux or training).outputs", 'aux=aux or training).outputs | {"b3": np.ones((2, 480, 2, 2))}'
    )
    assert wrong != PACKAGE
    done = googlenet(install(tmp_path, package=wrong), *SMALL, "--backends", "fake")
    assert done.returncode == 1
    assert "DIVERGE: fake first in stage b3" in done.stdout


WHO = """
import sys
from common.contract import backend

print(*backend.packages(), *backend.declarations())
print(*sorted({"numpy", "torch", "tensorflow", "keras", "mxnet", *backend.packages().values()} & set(sys.modules)))

def missing(module):
    raise ModuleNotFoundError(name="framework")

load = backend.import_module
backend.import_module = lambda module: load(module) if module == "fake_backend" else missing(module)
print(*backend.installed())
try:
    print(backend.first())
except backend.MissingBackend as error:
    print(error)
"""


def test_a_plugin_comes_last_and_is_never_the_default(plugin):
    done = python(plugin, WHO)
    assert done.returncode == 0, done.stderr
    names, loaded, installed, first = done.stdout.split("\n")[:4]
    assert names.split() == [*PACKAGES, "fake"] * 2
    assert loaded == ""
    assert installed == "fake"
    assert first.startswith("no framework is installed: pip install 'googlenet[torch]', or pip")


@pytest.mark.parametrize("name", ["torch", "keras", "all"])
def test_a_plugin_takes_no_name_of_our_own(name, tmp_path):
    done = python(install(tmp_path, called=name, **{"name": name}), WHO)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0].split() == [*PACKAGES] * 2


def test_a_plugin_takes_no_alias_and_no_file_of_our_own(tmp_path):
    files = {"formats": {".pth": "fake", ".onnx": "fake", ".h5": "fake", ".fake": "fake"}}
    code = (
        "from common.contract.backend import name_of; from common.weights.native import kinds\n"
        "print(name_of('keras'), {s: name for s, (name, _) in kinds().items()})"
    )
    done = python(install(tmp_path, aliases=["keras"], files=files), code)
    ours = {suffix: name for suffix, (name, _) in kinds().items()}
    assert done.stdout == f"tf {ours | {'.fake': 'fake'}}\n", done.stderr


def test_a_backend_that_does_not_train_is_refused_before_anything_is_made(plugin):
    line = refused(googlenet(plugin, "train", "d2l", "--backend", "fake", "--out", "run"))
    assert line == f"googlenet: backend 'fake' (Fake) does not train: choose among {', '.join(PACKAGES)}\n"
    assert not (plugin / "run").exists()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--gradients"], "backend 'fake' (Fake) computes no gradients: choose among torch, tf, mxnet"),
        (["--training"], "backend 'fake' (Fake) does not train: choose among torch, tf, mxnet"),
        (["--steps", 2], "backend 'fake' (Fake) does not train: choose among torch, tf, mxnet"),
    ],
    ids=str,
)
def test_what_a_backend_cannot_do_is_not_compared(asked, says, plugin):
    assert refused(googlenet(plugin, *SMALL, "--backends", "fake", *asked)) == f"googlenet: {says}\n"


def test_a_backend_computes_in_what_it_declares(tmp_path):
    line = refused(googlenet(install(tmp_path, computes_in=["float32"]), *SMALL, "--backends", "fake"))
    assert "unknown dtype to compute in with fake 'float64'" in line


def test_an_alias_is_taken_for_the_name_wherever_a_backend_is_named(plugin):
    done = googlenet(plugin, *SMALL, "--backends", "phoney", "--json", "alias.json")
    assert done.returncode == 0, done.stderr
    assert list(json.loads((plugin / "alias.json").read_text())["backends"]) == ["fake"]
    assert "'fake' (Fake) does not train" in refused(googlenet(plugin, "train", "--backend", "phoney"))
    assert "did you mean 'phoney'" in refused(googlenet(plugin, *SMALL, "--backends", "phony"))


def test_every_alias_of_our_own_is_known():
    for alias, name in {"pytorch": "torch", "keras": "tf", "tensorflow": "tf", "gluon": "mxnet"}.items():
        assert backend.name_of(alias) == name


def test_help_names_every_backend_and_recipe_and_imports_none(tmp_path):
    folder = install(tmp_path, package="raise SystemExit('imported')")
    done = googlenet(folder, "train", "--help")
    words = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert f"{', '.join(PACKAGES)}, fake, or all that train." in words
    *recipes, last = [name for name in recipe.RECIPES if name != recipe.PARITY]
    assert f"{', '.join(recipes)} or {last}; options" in words
    words = " ".join(googlenet(folder, "convert", "--help").stdout.split())
    assert f".safetensors, {', '.join([*kinds(), '.fake'])} or .onnx." in words


def test_the_frameworks_own_files_may_be_those_of_a_plugin(plugin):
    table = nets.get("d2l", num_classes=3)
    made = Bundle(table, probing(table, dtype="float32"))
    bundle.save(plugin / "a.safetensors", made)
    for arguments in (["a.safetensors", "b.fake"], ["b.fake", "c.safetensors", "--net", "d2l"]):
        done = googlenet(plugin, "convert", *arguments)
        assert done.returncode == 0, done.stderr
    with np.load(plugin / "b.fake") as written:
        assert written["fc.w"].shape == (1024, 3)
    back = bundle.load(plugin / "c.safetensors").weights
    assert back.keys() == made.weights.keys()
    assert all(np.array_equal(back[name], made.weights[name]) for name in back)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"framework": None}, "a declaration needs the field 'framework'"),
        ({"name": "other"}, "says 'other', its entry point 'fake'"),
    ],
    ids=["incomplete", "another name"],
)
def test_a_broken_plugin_is_one_line_and_only_when_it_is_asked_for(changes, says, tmp_path):
    folder = install(tmp_path, **changes)
    done = python(folder, WHO)
    assert done.stdout.split("\n")[0].split() == [*PACKAGES, "fake", *PACKAGES], done.stderr
    line = refused(googlenet(folder, *SMALL, "--backends", "fake"))
    assert line.startswith("googlenet: backend 'fake': ") and says in line


def test_a_package_that_lacks_what_it_declares_is_one_line(tmp_path):
    folder = install(tmp_path, gradients=True)
    line = refused(googlenet(folder, *SMALL, "--backends", "fake"))
    assert "the package 'fake_backend' has no MOVING, no gradients, no outputs_and_gradients" in line


def test_a_plugin_without_a_package_or_a_declaration_is_one_line(tmp_path):
    folder = install(tmp_path)
    (folder / "fake_backend" / "backend.json").unlink()
    assert "has no backend.json" in refused(googlenet(folder, *SMALL, "--backends", "fake"))
    (folder / "fake_backend").rename(folder / "elsewhere")
    assert "'fake_backend' is not installed" in refused(googlenet(folder, *SMALL, "--backends", "fake"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": 3}, "name must be a line of text, not 3"),
        ({"name": "all"}, "name and aliases must be words such as torch, not 'all'"),
        ({"name": "a,b"}, "name and aliases must be words such as torch, not 'a,b'"),
        ({"aliases": ["A b"]}, "name and aliases must be words such as torch, not 'A b'"),
        ({"aliases": "phoney"}, "aliases must be a list of texts, each once, not 'phoney'"),
        ({"aliases": ["a", "a"]}, "aliases must be a list of texts, each once, not ('a', 'a')"),
        ({"framework": ""}, "framework must be a line of text, not ''"),
        ({"install": "pip\ninstall"}, "install must be a line of text, not 'pip\\ninstall'"),
        ({"platforms": None}, "a declaration needs the field 'platforms'"),
        ({"gradients": "yes"}, "gradients must be true or false, not 'yes'"),
        ({"training": 1}, "training must be true or false, not 1"),
        ({"training": True, "gradients": True}, "trains_in must name dtypes where training is true"),
        ({"trains_in": ["float32"]}, "trains_in must name dtypes where training is true, and none where it is false"),
        ({"training": True, "trains_in": ["float32"]}, "training needs gradients"),
        ({"fast_in_bfloat16": True}, "fast_in_bfloat16 needs fast"),
        ({"fast_compiled": True}, "fast_compiled needs fast"),
        ({"computes_in": []}, "computes_in must name a dtype"),
        ({"computes_in": ["bfloat16"]}, "computes_in must be of float32, float64, not 'bfloat16'"),
        ({"computes_in": [["float32"]]}, "computes_in must be a list of texts"),
        ({"trains_in": ["float16"]}, "trains_in must be of float32, float64, bfloat16, not 'float16'"),
        (
            {"computes_in": ["float32"], "training": True, "gradients": True, "trains_in": ["float64"]},
            "trains_in has float64, which computes_in has not",
        ),
        ({"forward": True}, "a declaration has no field 'forward'; its fields are name, framework"),
        ({"files": [".pth"]}, "files must be an object, not ['.pth']"),
        ({"files": {}}, "files needs the field 'formats'"),
        ({"files": {"formats": {}, "suffixes": []}}, "files has no field 'suffixes'"),
        ({"files": {"formats": {"pth": "torch"}}}, "formats must be by suffixes such as .pth, not 'pth'"),
        ({"files": {"formats": {".pth": 1}}}, "formats must be an object of texts"),
        ({"files": {"formats": {}, "reads": 0}}, "reads must be true or false, not 0"),
        ({"files": {"formats": {}, "kernels": "HWI"}}, "kernels must be an order of the axes OIHW, not 'HWI'"),
        ({"files": {"formats": {}, "matrices": "OO"}}, "matrices must be an order of the axes OI, not 'OO'"),
        ({"files": {"formats": {}, "names": {"kernel": "w"}}}, "names must be of weight, bias, norm.weight"),
    ],
    ids=str,
)
def test_a_declaration_that_cannot_be_is_one_line(changes, says):
    changed = {name: value for name, value in {**DECLARATION, **changes}.items() if value is not None}
    with pytest.raises(InputError) as caught:
        declaration.parse(json.dumps(changed))
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"name": "fake"', "[" * 100_000])
def test_what_is_no_declaration_is_one_line(text):
    with pytest.raises(InputError) as caught:
        declaration.parse(text)
    assert "\n" not in str(caught.value)


def test_a_declaration_says_what_was_written():
    found = declaration.parse(json.dumps(DECLARATION))
    assert (found.name, found.aliases, found.computes_in) == ("fake", ("phoney",), ("float32", "float64"))
    assert (found.gradients, found.training, found.trains_in) == (False, False, ())
    assert found.files.layout == {4: (0, 1, 2, 3), 2: (1, 0), 1: (0,)}
    assert found.files.name("b1.conv1", "weight") == "b1.conv1.w"
    assert found.files.name("b1.conv1", "bias") == "b1.conv1.bias"


def test_the_face_of_the_contract_is_whole():
    assert all(getattr(contract, name).__name__ == name for name in contract.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'loda'"):
        _ = contract.loda


@pytest.fixture
def untrainable(monkeypatch):
    """The backend that is under test, which says that it does not train."""
    said = backend.declared
    idle = {"training": False, "trains_in": ()}
    monkeypatch.setattr(backend, "declared", lambda name: replace(said(name), **(idle if name == NAMES[0] else {})))
    return NAMES[0]


def test_all_are_those_that_train(untrainable, monkeypatch):
    monkeypatch.setattr(backend, "installed", lambda: list(PACKAGES))
    assert preparing.backends("all") == [name for name in PACKAGES if name != untrainable]


def test_a_run_goes_on_only_where_its_backend_still_trains(finished_run, untrainable, run):
    code, out, err = run("train", "--resume", finished_run)
    assert (code, out) == (2, "")
    assert f"backend {untrainable!r}" in err and "does not train" in err


def test_an_import_is_not_stopped_to_search_for_rubbish_and_the_search_goes_on_afterwards(monkeypatch):
    searching = []
    monkeypatch.delitem(sys.modules, PACKAGES["torch"], raising=False)
    monkeypatch.setattr(backend, "import_module", lambda module: searching.append(gc.isenabled()))
    for before in (True, False):
        (gc.enable if before else gc.disable)()
        try:
            with pytest.raises(InputError):  # there is nothing in None
                backend.load("torch")
            assert gc.isenabled() is before
        finally:
            gc.enable()
    assert searching == [False, False]


def test_what_is_imported_already_costs_nothing_more(monkeypatch):
    package = backend.load(NAMES[0])
    monkeypatch.delattr(backend, "uncollected")  # counts what is frozen, of which there may be millions
    assert backend.load(NAMES[0]) is package
