"""What a worker says of another that is lost: one line, without what only the engine's authors can read."""

import os

import pytest
from support.backends import NAMES, load

from common.workers import quiet
from common.workers.group import WorkerLost

SAID = {
    "torch": (
        "[/build/gloo/transport/tcp/unbound_buffer.cc:78] Timed out waiting 10000ms",
        "Timed out waiting 10000ms",
    ),
    "tf": ("{{function_node __wrapped__Reduce_device_/job:worker/task:0}} Aborted by: RPC", "Aborted by: RPC"),
}


def raised(name, text):
    """What the engine raises."""
    return RuntimeError(text) if name == "torch" else load("tf").group.tf.errors.UnavailableError(None, None, text)


@pytest.mark.parametrize(("name", "said", "told"), [each for each in SAID if each[0] in NAMES])
def test_a_lost_worker_is_one_line_without_the_engines_source(name, said, told):
    with pytest.raises(WorkerLost) as lost, load(name).group._told("another worker ended"):
        raise raised(name, said)
    assert str(lost.value) == f"another worker ended: {told}"


def test_engines_log_nothing_unless_the_user_wants_it(monkeypatch):
    monkeypatch.setattr(os, "environ", {"TF_CPP_MIN_LOG_LEVEL": "2"})  # which an import of ours has set
    quiet.quiet()
    assert os.environ == {"TF_CPP_MIN_LOG_LEVEL": "3", "TORCH_CPP_LOG_LEVEL": "ERROR"}
    users = {"TF_CPP_MIN_LOG_LEVEL": "0", "TORCH_CPP_LOG_LEVEL": "INFO"}
    monkeypatch.setattr(os, "environ", dict(users))
    quiet.quiet()
    assert os.environ == users
