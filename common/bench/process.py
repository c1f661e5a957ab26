"""The other end of a worker: a fresh process that is asked, waited for no longer than a limit, and always ended."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

from common.base.errors import InputError
from common.base.printable import as_line
from common.base.signals import signal_name

LONGEST = 1 << 20  # bytes of one answer
LAST = 2000  # bytes that are kept of what a process says on its standard error
PATIENCE = 5.0  # seconds that a process has to end


class Failed(Exception):
    """A process that gives no more answers.

    Attributes:
        kind: ``missing``, ``memory``, ``error``, ``crashed`` or ``hung``.
        message: one line.

    >>> Failed("hung", "no answer").kind
    'hung'
    """

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind, self.message = kind, as_line(message)


class Process:
    """A process that runs a module of ours and talks JSON, a line each way at a time.

    Args:
        folder: where it works: an empty one, so that no file of the user's hides a module.
        environment: settings beside those of this process.
        limit: seconds that an answer may take.
        module: what it runs.

    Raises:
        InputError: the system starts no more processes.
    """

    def __init__(
        self, folder: str, environment: Mapping[str, str], limit: float, module: str = "common.bench.worker"
    ) -> None:
        path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
        settings = {**os.environ, **environment, "PYTHONPATH": path}
        try:
            self.child = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=settings,
                start_new_session=True,  # so that its own children end with it
            )
        except OSError as error:
            raise InputError(f"no process can be started: {error.strerror}: end others first") from None
        self.limit, self.phase = limit, "start"
        self._answers, self._said = b"", b""
        self._selector = selectors.DefaultSelector()
        for stream in (self.child.stdout, self.child.stderr):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)

    def ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Send a line, and wait for its answer; phases that are told meanwhile are noted.

        Raises:
            Failed: the process says that it failed, ends, or is silent until the limit.
        """
        assert self.child.stdin is not None
        deadline = monotonic() + self.limit
        with suppress(BrokenPipeError):  # it has ended, which is told below
            self.child.stdin.write(json.dumps(message).encode() + b"\n")
            self.child.stdin.flush()
        while True:
            answer = self._line(deadline)
            if "phase" in answer:
                self.phase = str(answer["phase"])
            elif "error" in answer:
                raise Failed(answer["error"]["kind"], f"{answer['error']['message']} (in {self.phase})")
            else:
                self.phase = "rounds"
                return answer

    def _line(self, deadline: float) -> dict[str, Any]:
        """The next line of the process as JSON."""
        while b"\n" not in self._answers:
            left = deadline - monotonic()
            if left <= 0:
                raise Failed("hung", f"no answer within {self.limit:g} s (in {self.phase})")
            for key, _ in self._selector.select(left):
                if not self._read(key.fileobj) and key.fileobj is self.child.stdout:
                    raise self._ended(deadline)
            if len(self._answers) > LONGEST:
                raise Failed("error", f"an answer without end (in {self.phase})")
        line, _, self._answers = self._answers.partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Failed("error", f"an answer that is no JSON: {line[:80]!r} (in {self.phase})")
        return answer

    def _read(self, stream: Any) -> bool:
        """Take what there is of a stream; False where it has ended."""
        data = os.read(stream.fileno(), 1 << 16)
        if not data:
            self._selector.unregister(stream)
        elif stream is self.child.stdout:
            self._answers += data
        else:
            self._said = (self._said + data)[-LAST:]
        return bool(data)

    def _ended(self, deadline: float) -> Failed:
        """How the process has ended."""
        try:
            code = self.child.wait(max(min(PATIENCE, deadline - monotonic()), 0.1))
        except subprocess.TimeoutExpired:
            return Failed("crashed", f"it has closed its answers (in {self.phase})")
        with suppress(OSError, ValueError, KeyError):
            while any(self._read(key.fileobj) for key, _ in self._selector.select(0)):
                pass
        *_, last = ["", *filter(None, map(str.strip, self._said.decode(errors="replace").splitlines()))]
        how = f"ended by {signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
        return Failed("crashed", f"{how} (in {self.phase})" + (f": {last}" if last else ""))

    def close(self) -> None:
        """End the process and its children, if they have not ended."""
        self._selector.close()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            self.child.kill()
        self.child.wait()
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            assert stream is not None
            with suppress(OSError):
                stream.close()
