"""One of each screen that the commands print, with long names and large numbers; docs/json.md describes the reports."""

from common import nets
from common.bench.conditions import conditions
from common.bench.entrants import Entrant
from common.bench.exponent import exponent, line, linear
from common.bench.layers import where
from common.bench.measures import spread
from common.bench.turns import Runner
from common.bench.verdict import beside, verdict
from common.cli.show import side_by_side, tables
from common.cli.show.bench import bench
from common.cli.show.comparison import comparison
from common.cli.show.conversion import conversion
from common.cli.show.evaluation import evaluation
from common.cli.show.features import written_features
from common.cli.show.layers import layers
from common.cli.show.predictions import judged, predictions
from common.cli.show.scale import scale
from common.cli.show.scores import scores
from common.cli.show.steps import training
from common.contract.recipe import named
from common.contract.watching import watched_names
from common.scores.variants import VARIANTS
from common.table import overview
from common.table import side_by_side as comparing

BACKENDS = ("torch", "tf", "mxnet", "a_plug_in")
DEEP = ("d2l", "paper", "inception_resnet_v1:facenet")


def errors(value):
    return {backend: {"shape": [8, 4, 4], "params": 9, "rel_err": value} for backend in BACKENDS}


def compared():
    """A report of `compare` with four backends, gradients and statistics."""
    stages = [
        *(
            {"name": f"b{n}", "shape": [1024, 112, 112], "params": 2_809_168 + n, "macs": 15_408_406_528 + n}
            for n in range(3)
        ),
    ]
    rows = [{"name": f"b{n}.{name}.norm.running_mean"} for n in range(3) for name in ("conv1", "pool_of_a_long_name")]
    for number, row in enumerate([*stages, *rows]):
        row.update(limit=1e-13, backends=errors((number + 1) * 1e-15))
    return {
        **{"net": "inception_resnet_v1:facenet", "mode": "training", "input_shape": [3, 160, 160], "images": 2},
        **{"dtype": "float64", "backends": list(BACKENDS), "frameworks": {name: f"{name} 1.2.3" for name in BACKENDS}},
        **{
            "params": dict.fromkeys(("table", *BACKENDS), 1800),
            "stages": stages,
            "gradients": rows,
            "statistics": rows,
        },
        **{"heads_left_out": [], "moving": None, "recipe": None, "steps": None, "oblong": None, "verdict": "agree"},
        **{"agree": True, "divergences": [], "not_judged": [], "errors": {}, "reference": "numpy"},
    }


def trained():
    """A report of ``compare --steps``."""
    kinds = ("loss", "statistic", "velocity", "parameter")
    each = {kind: {"rel_err": 1.5e-15} for kind in kinds}
    step = {
        **{"step": 20, "lr": 0.001, "loss": dict.fromkeys(("numpy", *BACKENDS), 2.302585092994), "across": [each]},
        **{"limits": dict.fromkeys(kinds, 1e-13), "backends": dict.fromkeys(BACKENDS, each)},
    }
    return {**compared(), "steps": [step], "recipe": named("parity").described()}


def evaluated(count):
    names = [f"class {i} of a name with words" for i in range(count)]
    matrix = [[1234 + i if i == j else i + j for j in range(count)] for i in range(count)]
    rows = [
        {"name": name, "images": sum(row), "correct": row[i], "accuracy": row[i] / sum(row)}
        for i, (name, row) in enumerate(zip(names, matrix, strict=True))
    ]
    return {
        **{
            "network": "d2l",
            "data": "animals",
            "split": "test",
            "framework": "PyTorch 2",
            "preprocessing": "plain " * 30,
        },
        **{"images": 99_000, "correct": 1030, "loss": 0.25, "classes": rows, "confusion": matrix},
        **{"top": {"k": 2, "correct": 1031}, "confusions": [{"truth": names[0], "said": names[1], "images": 10}]},
    }


def pictures():
    """Predictions for a picture with a long path, of a class with a long name."""
    label = "hen-of-the-woods, hen of the woods, Polyporus frondosus, Grifola frondosa"
    top = [{"index": index, "label": label, "probability": 0.5} for index in (996, 3)]
    path = "holiday/2019/a folder with a name of many words/IMG_20190704_123456.jpeg"
    images = [{"path": path, "top": top, "truth": label, "right": False}]
    return {"network": "caffe", "framework": "PyTorch 2", "preprocessing": "plain", "images": images, "right": 0}


def converted():
    found = dict.fromkeys(("in", "out"), "a/long/path/to/some/folder/of/weights/and/others/bvlc_googlenet.caffemodel")
    return {
        **{
            **found,
            "format": "PyTorch",
            "source": "torchvision_googlenet",
            "dtype": "float32",
            "preprocessing": "plain",
        },
        **{"network": "torchvision", "in_channels": 3, "num_classes": 1000, "aux": ["aux1"], "constants": 0},
        **{
            "labels": ["tench", "toilet tissue"],
            "tensors": 4,
            "numbers": 12_345_678,
            "ignored": [],
            "also_fits": [],
            "heads_left_out": [],
        },
    }


def extracted():
    """What `features` tells of whole maps."""
    return {
        **{"out": "features_of_2048_20190704.safetensors"},
        **{"network": "inception_v3:fid", "layer": "b5.7c.p3_2a", "shape": [50_000, 2048, 17, 17], "dtype": "float32"},
        **{"framework": "TensorFlow 2.21.0 (Keras 3.15.0)", "preprocessing": "plain " * 30},
    }


def scored():
    """A report of ``fid --explain`` on two sets with long paths, and every variant there is."""
    score = {"mean": 10.123456, "std": 0.123456, "splits": 10, "seed": 2020}
    paths = ("holiday/2019/a folder with a name of many words", "made_by_the_generator_20190704.zip")
    sets = [
        {"path": path, "kind": "images", "images": 50_000, "singular": False, "inception_score": score}
        for path in paths
    ]
    variants = [
        {
            **{"name": variant.name, "had_by": variant.had_by, "first_difference": "b5.7c.p3_2a"},
            **{"features_moved": 0.123456, "fid": 12.345678, "change": -0.0123456},
        }
        for variant in VARIANTS
    ]
    return {
        **{"features": 2048, "network": "inception_v3:fid", "layer": None, "framework": "PyTorch 2.13.0"},
        **{"dtype": "float32", "preprocessing": "plain " * 30, "sets": sets, "fid": 12.345678},
        **{"kid": {"mean": 0.0012345, "std": 0.0001234, "subsets": 100, "subset_size": 1000, "seed": 2020}},
        **{"variants": variants, "notes": [f"{paths[0]}: 1,000 images for 2,048 features: " + "words " * 30]},
    }


def benched():
    """A report of `bench`: long names, a way that cannot be told, a row that failed, and a network of others."""
    rounds = [1234.5, 1200.25, 1250.75, 1240.5, 1235.25]
    fields = {
        **{"framework": "PyTorch 2.13.0+cpu", "network": "inception_resnet_v2:paper", "macs": 15_408_406_528},
        **{"import_s": 12.34, "build_s": 1.25, "first_s": 123.5, "warm_up": {"turns": 15, "steady": False}},
        **{"peak_memory": 12_345 << 20, "failure": None, "calls": 50, "rounds": rounds, "rel_err": 1e-7},
        **{"images_per_s": spread(rounds), "latency_s": {"p50": 0.02565, "p95": 1.9875}, "fraction": 0.87},
    }
    failed = dict.fromkeys(("images_per_s", "latency_s", "fraction", "rounds", "calls", "import_s", "build_s"))
    failed.update(failure={"kind": "crashed", "message": "ended by SIGSEGV (in rounds): " + "words " * 30})
    rows = [
        {**fields, "name": f"{provider} {way}", "provider": provider, "way": way, "same_network": way != "torchvision"}
        for provider, way in (("a_plug_in", "plain"), ("a_plug_in", "fast"), ("torch", "torchvision"))
    ]
    rows.append({**fields, **failed, "name": "mxnet plain", "provider": "mxnet", "way": "plain", "same_network": True})
    best = verdict([rows[0], {**rows[1], "rounds": [2 * speed for speed in rounds]}])
    group = {
        **{"net": "inception_resnet_v2:paper", "input_shape": [3, 299, 299], "batch": 32, "macs": 15_408_406_528},
        **{"product": {"dtype": "float32", "size": 2048, "rates": {"torch": 1.8e11}, "best": "torch", "rate": 1.8e11}},
        **{"rows": rows, "beside": beside(rows, ("fast", "plain"))},
    }
    machine = {**conditions(2), "load_before": [0.5, 1.0, 1.5], "load_after": [1.5, 1.0, 1.5]}
    return {
        **{"task": "inference", "dtype": "float32", "rounds": 5, "conditions": machine, "ok": False},
        "frameworks": {"torch": "PyTorch 2.13.0+cpu", "a_plug_in": "A Plug-in 1.2.3"},
        "groups": [{**group, "verdict": verdict(rows)}, {**group, "verdict": best}],
    }


def layered():
    """A report of `bench --layers`: two frameworks, one of which failed when it was fast."""
    report = benched()
    machine, table = {"rate": 1.5e11, "bytes_per_s": 9.5e9}, nets.get("inception_resnet_v2:paper", aux=False)
    groups = []
    for group in report["groups"][:1]:
        rows = [{**row, "way": "layers" if row["way"] == "plain" else row["way"]} for row in group["rows"]]
        told = []
        for provider in ("a_plug_in", "torch"):
            runner = Runner(Entrant(provider, "layers", table))
            names = [name for name in watched_names(table) if table.at(aux=False).get(name)]
            runner.layers = [dict.fromkeys(names, 0.0123)]
            runner.rounds = [[12.5]]
            told.append(where(runner, table, table.input, 32, 4, machine))
        groups.append({**group, "rows": rows, "machine": machine, "layers": told})
    return {**report, "task": "layers", "groups": groups}


def scaled():
    """A report of `bench --scale`: two frameworks, a curve of a single point, and points that are left out."""
    report = benched()
    curves = []
    for axis, values in (("batch", (1, 64)), ("image_size", (1024, 200_704)), ("training_memory", (4, 64))):
        for provider in ("torch", "a_plug_in"):
            pairs = [(value, value * 1e6) for value in values]
            curve = {"axis": axis, "provider": provider, "way": "fast", "points": [list(pair) for pair in pairs]}
            curve |= {"exponent": exponent(pairs), "linear": linear(pairs, 1)}
            curves.append({**curve, "line": line(pairs)} if axis == "training_memory" else curve)
    curves.append({**curves[0], "points": [[1, 0.0123]], "exponent": None, "linear": None})
    reasons = ("no time was left", "448 images of 3x448x448 in 3 processes need about 98 GiB: " + "words " * 30)
    left_out = [{"axis": "image_size", "value": 200_704, "reason": reason} for reason in reasons]
    return {**report, "task": "scale", "budget": 600.0, "curves": curves, "left_out": left_out}


SCREENS = {
    "nets": lambda: tables.nets([overview.describe(nets.get(name)) for name in DEEP]),
    "summary": lambda: tables.summary(overview.summary(nets.get("paper"))),
    "summary of a deep one": lambda: tables.summary(overview.summary(nets.get("inception_v3"))),
    "against": lambda: side_by_side.against(comparing.against([nets.get("d2l"), nets.get("vgg16")], None)),
    "compare": lambda: comparison(compared()),
    "steps": lambda: training(trained()),
    "evaluate": lambda: evaluation(evaluated(10)),
    "evaluate of many": lambda: evaluation(evaluated(20)),
    "predict": lambda: [*predictions(pictures()), *judged(pictures())],
    "convert": lambda: conversion(converted()),
    "features": lambda: written_features(extracted()),
    "fid": lambda: scores({**scored(), "variants": None}),
    "fid explained": lambda: scores(scored()),
    "bench": lambda: bench(benched()),
    "bench scale": lambda: scale(scaled()),
    "bench layers": lambda: layers(layered()),
}
