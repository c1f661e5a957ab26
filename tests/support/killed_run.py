"""``googlenet`` with the arguments given, ended by SIGKILL right after the step that the first argument says."""

import os
import signal
import sys

from common import cli
from common.runs import training

last, *arguments = sys.argv[1:]
record = training.Training.record


def recording(self, **about):
    record(self, **about)
    if about.get("step") == int(last):
        os.kill(os.getpid(), signal.SIGKILL)


training.Training.record = recording
sys.argv = ["googlenet", *arguments]
cli.main()
