"""A command on a terminal of its own."""

import os
import pty
import subprocess
import sys

CODE = "import sys; from common import cli; sys.argv[0] = 'googlenet'; cli.main()"


def on_terminal(*arguments: object, columns: int) -> str:
    """What ``googlenet`` with arguments writes to a terminal of so many columns, with all its colours and moves."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", CODE, *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm"}
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 1 << 16):
                written += part
        except OSError:  # so Linux says that nobody writes any more
            pass
    os.close(ours)
    assert process.returncode == 0
    return written.decode()
