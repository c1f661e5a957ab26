"""Stubs in place of the processes of a benchmark."""

import json
from functools import partial

import pytest

from common.bench import asked, conditions, groups, turns
from common.bench.process import Process


@pytest.fixture
def stubs(monkeypatch):
    """Let processes be stubs that behave as they are told, by name; who asked what is noted, in order."""
    notes = []

    def call(**behaviours):
        names = {name.replace("_", " "): behaviour for name, behaviour in behaviours.items()}
        monkeypatch.setenv("STUB_BEHAVIOURS", json.dumps(names))
        return notes

    class Noted(Process):
        def ask(self, message):
            self.name = getattr(self, "name", None) or f"{message['provider']} {message['way']}"
            notes.append((self.name, message.get("do", "start"), message))
            return super().ask(message)

    monkeypatch.setattr(groups, "Process", partial(Noted, module="support.stub_worker"))
    monkeypatch.setattr(groups, "truth", lambda job: [1.0, 2.0])  # what a stub says that behaves well
    monkeypatch.setattr(turns, "PAUSE", 0)
    monkeypatch.setattr(asked, "BATCHES", (2,))
    monkeypatch.setattr(conditions, "usable_cores", lambda: [0, 1])
    return call
