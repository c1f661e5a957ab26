"""A command does not wait for libraries that it never uses; a program gets Keras as it is."""

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
@pytest.mark.only("tf")
def test_a_command_leaves_scikit_learn_out_and_a_program_does_not():
    """Both in processes of their own, for Keras is imported once."""
    code = "import sys, keras; print('sklearn' in sys.modules)"
    command = "from common.cli.ending import run; run(['compare', 'd2l', '--backends', 'tf', '--image-size', '32'])"
    package = "import googlenet_tf"
    for first, there in ((command, "False"), (package, "True")):
        done = subprocess.run([sys.executable, "-c", f"{first}\n{code}"], capture_output=True, text=True)
        assert done.stdout.split()[-1] == there, done.stderr
