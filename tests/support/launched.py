"""Commands that are started as launchers start them: by variables, or by torchrun itself."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

COMMAND = Path(__file__).with_name("launched_command.py")
ROOT = COMMAND.parents[2]
RUN = ("train", "tiny", "--batch", 7, "--epochs", 1, "--checkpoint-every", 2)
LIMIT = 240  # seconds


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def environment(**more):
    """Of this process without what says that it is a worker, and with one thread."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SLURM_", "TORCHELASTIC_"))}
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "GOOGLENET_TOKEN"):
        own.pop(name, None)
    return {**own, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **{k: str(v) for k, v in more.items()}}


def by_torchrun(rank, size, port):
    return {"RANK": rank, "WORLD_SIZE": size, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}


def by_srun(rank, size, port):
    told = {"SLURM_PROCID": rank, "SLURM_NTASKS": size, "SLURM_STEP_ID": 0}
    return {**told, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}


class Ranks:
    """A command in several processes, each in a folder of its own below ``folder``.

    Args:
        arguments: of ``googlenet``, or a list of them by rank.
        told: (rank, size, port) to the variables.
        about: what happens to them; see launched_command.py.
    """

    def __init__(self, folder, arguments, *, told=by_torchrun, size=2, about=None, **more):
        port = free_port()
        self.folders, self.processes = [folder / str(rank) for rank in range(size)], []
        for rank, own in enumerate(self.folders):
            own.mkdir(parents=True, exist_ok=True)
            asked = arguments[rank] if isinstance(arguments, list) else arguments
            command = [sys.executable, str(COMMAND), json.dumps(about or {}), *map(str, asked)]
            env = environment(**told(rank, size, port), **more)
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            self.processes.append(subprocess.Popen(command, env=env, cwd=own, **pipes))

    def ended(self, limit=LIMIT):
        """(exit code, stdout, stderr) of each."""
        until = time.monotonic() + limit
        try:
            said = [process.communicate(timeout=max(1, until - time.monotonic())) for process in self.processes]
        finally:
            for process in self.processes:
                process.kill()
        return [(process.returncode, *words) for process, words in zip(self.processes, said, strict=True)]


def alone(folder, *arguments):
    """One command without any launcher, in a folder; it must end well."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, str(COMMAND), "{}", *map(str, arguments)]
    subprocess.run(command, env=environment(), cwd=folder, check=True, capture_output=True, timeout=LIMIT)


def torchrun(folder, about, *arguments, restarts=0):
    """(exit code, what was said) of two processes of torchrun."""
    folder.mkdir(parents=True, exist_ok=True)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--max-restarts", restarts]
    launcher += ["--master-port", free_port(), COMMAND, json.dumps(about), *arguments]
    command = [str(word) for word in launcher]
    done = subprocess.run(command, env=environment(), cwd=folder, capture_output=True, text=True, timeout=LIMIT)
    return done.returncode, done.stdout + done.stderr


def same(one, other):
    """Require that two runs have left the same bytes."""
    names = sorted(path.name for path in one.iterdir() if path.name != "times.jsonl")
    assert sorted(path.name for path in other.iterdir() if path.name != "times.jsonl") == names
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
