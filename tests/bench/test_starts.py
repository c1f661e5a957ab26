"""Whole commands are timed from nothing to their answer."""

import pytest
from bench import starts

from common.base.errors import InputError


def test_each_command_has_a_line(capsys):
    starts.main(["--version", "nets --help"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" s  ")[1] for line in lines] == ["googlenet --version", "googlenet nets --help"]
    assert all(0.01 < float(line.split()[0]) < 60 for line in lines)


def test_a_command_that_fails_has_no_time():
    with pytest.raises(InputError, match=r"^googlenet nosuch: exit code 2$"):
        starts.seconds("nosuch", times=1)
