"""A command does not wait for libraries that it never uses; a program gets the frameworks as they are."""

import subprocess
import sys

import pytest

from common.base import unused


def test_what_is_unused_cannot_be_imported_while_it_is_hidden_and_can_afterwards(tmp_path, monkeypatch):
    (tmp_path / "a_slow_library.py").write_text("value = 3")
    monkeypatch.syspath_prepend(str(tmp_path))
    with unused.unused("a_slow_library"):
        with unused.hidden(), pytest.raises(ImportError):
            import a_slow_library
        import a_slow_library

        assert a_slow_library.value == 3
        with unused.hidden():
            assert sys.modules["a_slow_library"] is a_slow_library
    monkeypatch.delitem(sys.modules, "a_slow_library")
    with unused.hidden():  # nobody says any more that it is unused
        import a_slow_library as again

        assert again.value == 3


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "libraries"),
    [
        pytest.param("tf", ("matplotlib", "sklearn"), marks=pytest.mark.only("tf")),
        pytest.param("mxnet", ("scipy", "sklearn"), marks=pytest.mark.only("mxnet")),
    ],
)
def test_a_command_leaves_libraries_out_and_a_program_does_not(name, libraries):
    """Both in processes of their own, for a framework is imported once."""
    code = (
        f"import sys, googlenet_{name}; found = {{module.split('.')[0] for module in sys.modules}}; "
        f"print([library in found for library in {libraries}])"
    )
    command = (
        f"from common.cli.ending import run; run(['compare', 'd2l', '--backends', '{name}', '--image-size', '32'])"
    )
    for first, there in ((command, "[False, False]"), ("", "[True, True]")):
        done = subprocess.run([sys.executable, "-c", f"{first}\n{code}"], capture_output=True, text=True)
        assert done.stdout.splitlines()[-1] == there, done.stderr
