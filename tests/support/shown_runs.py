"""Runs and benchmarks that a page shows, made without training or measuring anything."""

import json

from common import nets
from common.bench.verdict import verdict
from common.contract.recipe import Recipe
from common.data.preprocessing import Preprocessing
from common.runs.folder import create
from common.runs.run import Run


def lay_run(folder, backend="torch", accuracies=(0.5, 0.75, 0.875), test=0.8):
    """A run of vgg11 with these accuracies on its validation images, epoch by epoch; losses are what is left to 1."""
    about = {"data": "digits", "data_dir": None, "classes": tuple("0123456789"), "backend": backend}
    run = Run(
        folder=folder,
        table=nets.get("vgg11"),
        recipe=Recipe(),
        preprocessing=Preprocessing((32, 32), None, "bilinear", "L", 1.0, (0.0,), (1.0,)),
        images={"train": 8, "validation": None, "test": 2},
        dtype="float32",
        seed=0,
        **about,
    )
    create(run)
    lines = [
        {
            **{"kind": "epoch", "epoch": epoch, "step": epoch + 1, "loss": 2.0, "accuracy": 0.25},
            **{"validation_loss": 1 - accuracy, "validation_accuracy": accuracy},
        }
        for epoch, accuracy in enumerate(accuracies)
    ]
    lines.append({"kind": "test", "epoch": 0, "images": 2, "loss": 0.5, "accuracy": test})
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def evaluated(folder, **changes):
    """A run with an evaluation of two classes in its folder."""
    report = {"split": "test", "images": 5, "correct": 4, "classes": [{"name": "cat"}, {"name": "dog"}]}
    report |= {"confusion": [[2, 1], [0, 2]], **changes}
    (lay_run(folder) / "evaluation.json").write_text(json.dumps(report))
    return folder


def foretold(folder, *images):
    """A run with predictions in its folder."""
    folder = folder if folder.exists() else lay_run(folder)
    (folder / "predictions.json").write_text(json.dumps({"images": images}))
    return folder


def image(path="cat/a.png", label="cat", probability=0.75, **more):
    """What predictions say of a picture."""
    top = [{"index": 3, "label": label, "probability": probability}, {"index": 1, "label": "dog", "probability": 0.2}]
    return {"path": str(path), "top": top, **more}


def bench_row(name, rate, spread=0.01, failure=None, same=True):
    """A row of a benchmark whose rounds are around a rate; with a spread below 0 the slow ones come last."""
    provider, way = name.split()
    rounds = [rate * (1 + spread * place) for place in (-2, -1, 0, 1, 2, 0)] if failure is None else []
    about = {"name": name, "provider": provider, "way": way, "same_network": same, "rounds": rounds, "failure": failure}
    quartiles = {"median": rate, "q25": rate * (1 - abs(spread)), "q75": rate * (1 + abs(spread))}
    return {**about, "images_per_s": None if failure else quartiles}


def bench_report(*groups):
    """A report of ``googlenet bench`` on groups of rows."""
    made = [
        {"net": "vgg11", "input_shape": [1, 224, 224], "batch": 8, "rows": list(rows), "verdict": verdict(rows)}
        for rows in groups
    ]
    conditions = {"cpu": "a processor", "cores": 2, "threads": 2, "system": "a system", "started": "2026-01-01"}
    return {
        **{"task": "inference", "dtype": "float32", "rounds": 6, "frameworks": {"torch": "A 1"}},
        **{"conditions": conditions, "groups": made, "ok": True},
    }


TOLD = (bench_row("torch fast", 30.0), bench_row("tf fast", 20.0), bench_row("mxnet fast", 0, failure={"kind": "hung"}))
UNTOLD = (bench_row("torch fast", 20.2, 0.2), bench_row("tf fast", 20.0, -0.2))
