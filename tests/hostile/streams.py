"""Commands whose streams are closed or full."""

from __future__ import annotations

from collections.abc import Iterator

from hostile.driver import Case

QUIET = (("--help",), ("summary", "d2l"), ("summary", "d2l", "--json", "-"), ("nets", "--nonsense"))
FULL, CLOSED = "/dev/full", None


def cases() -> Iterator[Case]:
    """Each command with each stream full or closed."""
    for arguments in QUIET:
        for stream in ("stdin", "stdout", "stderr"):
            for kind in (FULL, CLOSED):
                good = stream == "stdin" or (kind is CLOSED and stream == "stdout") or stream == "stderr"
                refused = "--nonsense" in arguments
                code = 2 if refused or not good else 0
                name = f"{' '.join(arguments)} with {stream} {'full' if kind else 'closed'}"
                yield Case(name, arguments, codes=frozenset({code}), late="--json" in arguments, streams={stream: kind})
