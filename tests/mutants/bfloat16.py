"""Predictors in bfloat16: faster, less exact, and by how much."""

from mutants.mutant import OF_USE, TF, TORCH, Mutant, judged, tests

NEAR = tests("packages/predictors", "a_predictor_in_bfloat16_is_the_reference_but_for_its_roundings")
LAYERS = tests("packages/predictors", "each_layer_of_a_predictor_in_bfloat16_is_told")
COPIES = tests("packages/predictors", "a_predictor_in_bfloat16_has_copies_and_leaves_the_net")
FOR_FLOAT32 = tests("packages/predictors", "bfloat16_is_for_nets_in_float32")
ASKED = tests("runs/fast", "bfloat16_is_asked_of_the_predictor")
UNKNOWN = tests("runs/fast", "another_fast_path_is_refused")
WAYS = tests("bench/bench", "a_backend_is_measured_by_the_ways_that_it_declares")
ERRORS = tests("bench/worker", "inference_in_bfloat16_tells_the_error_of_each_layer")
ROWS = tests("bench/bench", "bfloat16_is_measured_beside_float32_and_tells_what_it_costs")
REFUSED = tests("bench/bench", "what_cannot_be_is_refused_before_any_process_starts")
PREDICTING, OPENED, RUNS = (
    *("common/contract/predicting.py", "common/runs/opened.py"),
    "common/runs/prediction.py",
)
COARSE, NONE, UNTOLD = "2 digits that are lost unseen", "2 asked for in vain", "2 an error that is not told"

MUTANTS = judged(
    [
        Mutant("fast-bfloat16-not-tf", NONE, TF + "fast.py", '= "mixed_bfloat16"', '= "float32"', NEAR, "tf"),
        Mutant("fast-bfloat16-not-torch", NONE, TORCH + "fast.py", "(0, dtype=torch.bfloat16)", "(0)", NEAR),
        Mutant(
            "fast-bfloat16-logits-tf", COARSE, TF + "fast.py", 'fast.fc.dtype_policy = "float32"', "pass", NEAR, "tf"
        ),
        Mutant(
            "fast-bfloat16-logits-torch",
            COARSE,
            TORCH + "fast.py",
            "fast.fc = Widened(classifier) if like.dtype != next(net.parameters()).dtype else classifier",
            "fast.fc = classifier.to(like.dtype)",
            NEAR,
        ),
        Mutant(
            "fast-bfloat16-no-copy-tf",
            "2 a net that changes",
            TF + "fast.py",
            "copy.deepcopy(net)",
            "net",
            COPIES,
            "tf",
        ),
        Mutant("fast-bfloat16-of-any", COARSE, PREDICTING, 'if dtype != "float32":', "if False:", FOR_FLOAT32),
        Mutant(
            "fast-bfloat16-layers-of-the-net",
            UNTOLD,
            TORCH + "fast.py",
            "partial(layer_outputs, fast) if",
            "partial(layer_outputs, net) if",
            LAYERS,
        ),
        Mutant("fast-bfloat16-forgotten", NONE, RUNS, "if isinstance(fast, bool) else {fast: True}", "", ASKED),
        Mutant(
            "fast-bfloat16-undeclared",
            "4 not there",
            OPENED,
            "bfloat16=fast == BFLOAT16",
            "bfloat16=False",
            ASKED,
            "mxnet",
        ),
        Mutant("fast-bfloat16-or-anything", NONE, OPENED, "if not isinstance(fast, bool):", "if False:", UNKNOWN),
        Mutant(
            "fast-bfloat16-beside-plain",
            "5 a benchmark that misleads",
            "common/bench/entrants.py",
            'return ["fast", "bfloat16"]',
            'return ["plain", "bfloat16"]',
            WAYS,
        ),
        Mutant(
            "fast-bfloat16-exact",
            UNTOLD,
            "common/bench/calls.py",
            "relative_error(told, expected[name])",
            "0.0",
            ERRORS,
        ),
        Mutant(
            "fast-bfloat16-untold",
            UNTOLD,
            "common/bench/groups.py",
            '== "bfloat16":\n                    p',
            '== "":\n                    p',
            ROWS,
        ),
        Mutant(
            "fast-bfloat16-limit",
            "5 a benchmark that misleads",
            "common/bench/equality.py",
            'if runner.entrant.way == "bfloat16" else',
            "if True else",
            ROWS,
        ),
        Mutant(
            "fast-bfloat16-anyone",
            "4 not there",
            "common/bench/asked.py",
            "training=train, bfloat16=reduced,",
            "training=train,",
            REFUSED,
        ),
    ],
    {"": OF_USE},
)
