"""A table's written file beside the NumPy reference: what a fresh process makes of it, and how far that is off."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.compare.roundoff import limits, relative_errors
from common.contract.moving import Moving
from common.data.images import random_images
from common.table.drawing import probing
from common.table.layers import is_statistic
from common.table.resolve import without_dropout
from common.table.spec import Dropout, leaves
from common.weights.canonical import save
from common.written.file import class_name, written

RUNNER = Path(__file__).with_name("written_alone.py")
MOVING = {
    "torch": Moving(unbiased=True),
    "tf": Moving(unbiased=False),
    "mxnet": Moving(False, momentum_dtype="float32"),
}


class Case:
    """One table in one mode: images, labels, weights, and the reference's pass."""

    def __init__(self, table, size, training, seed=0):
        count, *pixels = size
        self.table, self.training = table, training
        self.x = random_images(count, (table.input[0], *pixels), seed).astype(np.float64)
        self.y = np.random.default_rng(seed).integers(table.num_classes, size=count)
        self.weights = probing(table, seed, "float64")
        bare = without_dropout(table)
        self.reference = self._pass(bare, self.weights, self.x)
        self.limits = limits(self.reference, None, "float64", seed)
        self.slopes = self.reference.gradients(self.y)
        self.cancelled = self.reference.cancelled()
        if self.reference.moments:
            self._widen(bare, np.random.default_rng(seed))

    def _pass(self, table, weights, x):
        return Reference(table, weights, x, training=self.training, aux=self.training)

    def _widen(self, table, rng):
        """Batch statistics enlarge roundings on the way forward, and the gradients are those at what comes out.

        `compare` takes the reference's gradients at the backend's own activations; a written file does not tell
        them. So a limit of a gradient is what one rounding of everything makes of it, forward and back, below the
        same ceiling.
        """
        unit = float(np.finfo(np.float64).eps)

        def rounded(array):
            return array * (1 + rng.uniform(-unit / 2, unit / 2, array.shape))

        moved = self._pass(table, {name: rounded(w) for name, w in self.weights.items()}, rounded(self.x))
        moves = relative_errors(moved.gradients(self.y), self.slopes, self.cancelled)
        conditions = {**self.limits.conditions, "gradient": {name: move / unit for name, move in moves.items()}}
        self.limits = replace(self.limits, conditions=conditions)

    @property
    def statistics(self):
        """The moving statistics; in evaluation mode those of the trunk, for heads do not run."""
        heads = () if self.training else self.table.aux
        return [name for name in self.weights if is_statistic(name) and name.split(".")[0] not in heads]

    def job(self, folder, backend):
        """What the other process is asked for; writes the files that it reads."""
        save(folder / "weights.safetensors", self.weights, self.table)
        np.savez(folder / "images.npz", x=self.x, y=self.y)
        (folder / f"{backend}.py").write_text(written(self.table, backend), encoding="utf-8")
        return {
            **{"file": str(folder / f"{backend}.py"), "class": class_name(self.table)},
            **{"weights": str(folder / "weights.safetensors"), "images": str(folder / "images.npz")},
            **{
                "training": self.training,
                "loss_weights": self.table.loss_weights,
                "out": str(folder / f"{backend}.npz"),
            },
            **{"stages": list(self.table.stages), "hybridize": not self.training},
            "statistics": self.statistics,
        }

    def errors(self, found, backend):
        """Relative error over its limit, by kind and name: all at most 1 where the file is the reference."""
        outputs = self.reference.outputs
        got = {
            word: {name.removeprefix(f"{word} "): array for name, array in found.items() if name.startswith(f"{word} ")}
            for word in ("logits", "slope", "statistic", "block")
        }
        heads = {"fc", *self.table.aux} if self.training else {"fc"}
        expected = {"logits": {name: outputs[name] for name in heads}, "slope": self.slopes}
        if self.training:
            expected["statistic"] = moved_statistics(self.reference, MOVING[backend])
        else:
            expected["statistic"] = {name: self.weights[name] for name in self.statistics}
            names = [f"{stage}.{name}" for stage, node in self.table.stages.items() for name in node.nodes]
            expected["block"] = {name: outputs[name] for name in names}
            ends = {name: got["block"].get(f"{name}_relu", got["block"].get(name)) for name in names}  # in PyTorch
            got["block"] = {
                name: array.reshape(outputs[name].shape) if array.ndim == 2 else array for name, array in ends.items()
            }
        kinds = {"logits": "output", "slope": "gradient", "statistic": "statistic", "block": "output"}
        return {
            f"{word} {name}": error / self.limits.of(kinds[word], name)
            for word, right in expected.items()
            for name, error in relative_errors(got[word], right, self.cancelled if word == "slope" else None).items()
        }


def dropouts(table):
    """The probabilities of a table's dropouts, in the order of the stages and heads."""
    roots = (*table.stages.values(), *table.heads.values())
    return [leaf.p for root in roots for leaf in leaves(root) if isinstance(leaf, Dropout)]


def run_alone(jobs, backend, folder):
    """Run the jobs in one fresh process of Python that ignores the environment and has nothing of ours."""
    listed = folder / f"{backend}-jobs.json"
    listed.write_text(json.dumps(jobs))
    done = subprocess.run([sys.executable, "-I", RUNNER, backend, listed], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return [dict(np.load(job["out"])) for job in jobs]
