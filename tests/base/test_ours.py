"""A foreign ``common`` in the place of ours is told of in one line, at every door; in processes of their own."""

import subprocess
import sys

import pytest
from support.syntax import ROOT

DOORS = ("googlenet", "googlenet_torch", "googlenet_tf", "googlenet_mxnet")
COMMAND = "import sys; sys.argv[0] = '/somewhere/bin/googlenet'; from googlenet.__main__ import main; main()"
# The frameworks need not be there, nor be loaded: who imports one before our line would take long to say it.
NOTHING = (
    "import sys, types\nsys.modules |= {name: types.ModuleType(name) for name in ('torch', 'tensorflow', 'keras')}\n"
)


def python(*arguments, folder, path=()):
    """(exit code, stdout, stderr) of Python in a folder, with folders in front of ours on the path."""
    places = ":".join(map(str, (*path, ROOT)))
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": places, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(params=["common.py", "common/__init__.py"])
def foreign(request, tmp_path):
    file = tmp_path / "theirs" / request.param
    file.parent.mkdir(parents=True)
    file.write_text("VALUE = 3\n")
    return file


def line(file, when="is found first"):
    return (
        f"googlenet needs the package 'common' that comes with it, but another one {when}: {file}: rename that one, or "
        "take its folder out of PYTHONPATH and off the working folder"
    )


def test_every_door_says_which_file_stands_in_the_place_of_ours(foreign, tmp_path):
    code = NOTHING + "".join(
        f"try:\n    import {door}\nexcept ImportError as error:\n    print(error)\n" for door in DOORS
    )
    assert python("-c", code, folder=tmp_path, path=[foreign.parents[foreign.name == "__init__.py"]]) == (
        0,
        (line(foreign) + "\n") * len(DOORS),
        "",
    )


def test_one_that_was_imported_before_is_told_of(foreign, tmp_path):
    path = foreign.parents[foreign.name == "__init__.py"]
    code = f"import sys; sys.path.insert(0, {str(path)!r}); import common; sys.path.pop(0); import googlenet"
    code, out, err = python("-c", code, folder=tmp_path)
    assert (code, out) == (1, "")
    assert err.splitlines()[-1] == f"ImportError: {line(foreign, 'was imported before')}"


@pytest.mark.parametrize("arguments", [["-m", "googlenet"], ["-c", COMMAND]], ids=["module", "script"])
@pytest.mark.parametrize("asked", [["--help"], ["nets"]], ids=" ".join)
def test_the_command_says_it_in_one_line_and_exits_with_2(tmp_path, arguments, asked):
    """The working folder is on the path of ``python -m``, not on that of a script."""
    (tmp_path / "common.py").touch()
    path = [tmp_path] if arguments[0] == "-c" else []
    told = python(*arguments, *asked, folder=tmp_path, path=path)
    assert told == (2, "", f"googlenet: {line(tmp_path / 'common.py')}\n")


def test_a_program_that_is_run_as_a_module_gets_an_error_and_not_an_exit(tmp_path):
    (tmp_path / "common.py").touch()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "__main__.py").touch()
    code = "try:\n    import googlenet\nexcept ImportError as error:\n    print(error)\n"
    (tmp_path / "theirs" / "__init__.py").write_text(code)
    assert python("-m", "theirs", folder=tmp_path) == (0, line(tmp_path / "common.py") + "\n", "")


@pytest.mark.parametrize("arguments", [["-m", "googlenet", "--version"], ["-c", "import googlenet; print(3)"]], ids=str)
def test_a_folder_of_that_name_that_is_no_package_is_in_nobodys_way(tmp_path, arguments):
    """And a module of that name is in nobody's way that is not on the path."""
    (tmp_path / "common").mkdir()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "common.py").touch()
    code, out, err = python(*arguments, folder=tmp_path)
    assert (code, err) == (0, "") and out
