"""What a worker says of another that is lost: one line, without what only the engine's authors can read."""

import os

import pytest
from support.backends import load

from common.workers import quiet
from common.workers.group import WorkerLost

GRAPH = """Graph execution error:

Detected at node norm/CollectiveReduceV2 defined at (most recent call last):
  File "mine.py", line 1, in <module>

Collective has timed out during execution.
\t [[{{node norm/CollectiveReduceV2}}]] [Op:__inference_learn_1820]"""
SAID = (
    ("torch", "[/build/gloo/tcp/buffer.cc:78] Timed out waiting 10000ms\nand more", "Timed out waiting 10000ms"),
    ("tf", "{{function_node __Reduce_/job:worker/task:0}} Aborted by: RPC\nand more", "Aborted by: RPC"),
    ("tf", GRAPH, "Collective has timed out during execution."),
    ("tf", "", "UnavailableError"),
)


def raised(name, text):
    """What the engine raises."""
    return RuntimeError(text) if name == "torch" else load("tf").group.tf.errors.UnavailableError(None, None, text)


@pytest.mark.parametrize(
    ("name", "said", "told"), [pytest.param(*each, marks=pytest.mark.only(each[0])) for each in SAID]
)
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
