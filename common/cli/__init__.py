"""The command line, ``googlenet``: exit 0 all well, 1 a check failed, 2 bad input, 3 a defect of ours, 128+n a signal.

`ending` says how a command ends, whatever happens, `app` has the commands, and `show` what they print. Whatever takes
time to import is imported by what needs it; until `main` runs, a signal still ends the process as Python does it.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line on the arguments of the process, and leave by its exit code.

    Raises:
        SystemExit: always; nothing else.
    """
    try:
        from common.cli.ending import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt as error:  # while importing, or at the very end
        code = 128 + getattr(error, "number", 2)
    sys.exit(code)
