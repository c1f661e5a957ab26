"""A process that answers as `common.bench.worker` does, at once and without computing; what it is told decides how.

The way that it was asked to compute, or else its provider, chooses one of `BEHAVIOURS`; all others behave well.
"""

import json
import os
import signal
import subprocess
import sys
import time

ASKED = []
LAYERS = json.loads(os.environ.get("STUB_LAYERS", "{}"))  # name to seconds, what a stub tells of its layers


def say(message):
    print(json.dumps(message), flush=True)


def well(asked):
    ASKED.append(asked)
    if "do" not in asked:
        say({"phase": "import"})
        ready = {"framework": "Stub 1.0", "library": "stub", "import_s": 1.5, "build_s": 0.25, "first_s": 0.5}
        say({"ready": {**ready, "logits": [1.0, 2.0]}})
    elif asked["do"] == "end":
        say({"peak_memory": 1 << 20})
    elif asked["do"] == "product":
        say({"seconds": [0.5]})
    elif asked["do"] == "copy":
        say({"seconds": [0.5, 0.25], "bytes": 1000})
    elif asked["do"] == "errors":
        say({"errors": {"b1.conv": 0.25, "b1": 0.5, "fc": 0.01}})
    elif asked["do"] == "layers":
        say({"layers": LAYERS})
    elif asked["do"] == "without":
        say({"seconds": [0.02 + 0.01 * (i % 3) for i in range(asked["calls"])]})
    else:
        say({"seconds": [0.25] * asked["calls"]})


def crash(asked):
    if "do" in asked:
        print("the last words", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGSEGV)
    well(asked)


def leave(asked):
    say({"phase": "build"})
    print("said\nlast of all", file=sys.stderr)
    sys.exit(7)


def hang(asked):
    say({"phase": "build"})
    time.sleep(1000)


def garble(asked):
    print("Welcome to the framework!", flush=True)


def listing(asked):
    print("[1, 2]", flush=True)


def flood(asked):
    while True:
        sys.stdout.write("x" * 65536)


def chatter(asked):
    sys.stderr.write("warning\n" * 100_000)
    well(asked)


def missing(asked):
    say({"phase": "import"})
    say({"error": {"kind": "missing", "message": "backend 'stub' needs 'stub', which is not installed"}})


def child(asked):
    """Start a process of its own, whose number it tells."""
    started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    say({"child": started.pid})


def differ(asked):
    if "do" in asked:
        return well(asked)
    ready = {"framework": "Stub 2.0", "library": "stub", "import_s": 1.5, "build_s": 0.25, "first_s": 0.5}
    return say({"ready": {**ready, "logits": [1.0, 2.5]}})


BEHAVIOURS = {f.__name__: f for f in (crash, leave, hang, garble, listing, flood, chatter, missing, child, differ)}
CHOSEN = os.environ.get("STUB_BEHAVIOURS", "{}")  # name of an entrant to behaviour, as JSON


def main():
    behave = None
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        if behave is None:
            name = asked.get("behave") or json.loads(CHOSEN).get(f"{asked.get('provider')} {asked.get('way')}")
            behave = BEHAVIOURS.get(name, well)
        behave(asked)


if __name__ == "__main__":
    main()
