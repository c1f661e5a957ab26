"""Starting from weights, frozen parts, and the recipes beside plain descent."""

from mutants.mutant import Mutant, everywhere, judged, sees, tests

START, BUNDLE = "common/weights/start.py", "common/weights/bundle.py"
CLASSES = tests("weights/start", "for_other_classes_the_classifier_and_the_heads_are_drawn_and_nothing_else")
BARE = tests("weights/start", "heads_are_left_out_where_the_file_lacks_them_or_nobody_wants_them")
DRAWN = tests("weights/start", "heads_that_are_asked_for_and_not_there_are_drawn")
NAMED = tests("weights/start", "classes_of_other_names_are_other_classes")
BROUGHT = tests("weights/start", "a_file_decides_network_channels_classes_and_heads_and_brings_the_rest")
FROZEN = tests("packages/freezing", "frozen_tensors_stay_to_the_last_bit_and_the_others_are_those_of_numpy")
STILL = tests("packages/freezing", "frozen_normalisation_uses_its_moving_statistics")
HAND = tests("packages/adam", "a_weight_moves_as_worked_by_hand")
ADAM = tests("packages/adam", "ten_steps_are_those_of_numpy")
GOING_ON = tests("packages/adam", "going_on_is_identical_to_the_last_bit")
CUTS = tests("data/batches", "cuts_have_any_size_from_the_share_on_and_any_place")
STATE, PATIENCE = "common/runs/state.py", tests("runs/training", "a_run_ends_when_its_patience_does")
FREEZING, NUMPY = "common/contract/freezing.py", "common/compare/trainer.py"
BEGUN = tests("runs/transfer", "a_run_that_was_given_weights_goes_on_as_if_it_had_not_been_stopped")
LEARNED = tests("runs/transfer", "a_new_classifier_on_a_frozen_trunk_learns_the_same_in_every_framework")
PREPARED = tests("runs/transfer", "images_are_prepared_as_those_of_the_weights_were_unless_another_size_is_asked_for")
KEPT = tests(
    "packages/weights",
    "a_file_brings_its_network_and_what_else_it_holds_and_a_new_classifier_is_the_same_everywhere",
)

MUTANTS = judged(
    [
        Mutant(
            "start-heads-kept", "13 heads kept for other classes", START, '{"fc", *table.aux} if', '{"fc"} if', CLASSES
        ),
        Mutant(
            "start-seed",
            "13 a seed of its own",
            START,
            "initial(table, seed, dtype, rule) if",
            "initial(table) if",
            CLASSES,
        ),
        Mutant("start-silent", "13 nothing said", START, "notes=tuple(_notes(", "notes=tuple([] and _notes(", CLASSES),
        Mutant("start-lacking", "13 heads drawn unasked", START, "if lacking and aux is None:", "if False:", BARE),
        Mutant(
            "start-asked", "13 heads left out that are asked for", START, "lacking and aux is None", "lacking", DRAWN
        ),
        Mutant("start-names", "13 a classifier for other names", START, "other_labels or table", "table", NAMED),
        Mutant(
            "start-labels",
            "13 names of the classes before",
            START,
            "None if others else given.labels",
            "given.labels",
            NAMED,
        ),
        Mutant(
            "start-own-table",
            "13 a table of your own of the file's size",
            START,
            "num_classes = name.num_classes if num_classes is None else num_classes",
            "num_classes = num_classes or None",
            tests("weights/start", "a_table_of_your_own_is_known_by_its_file_and_says_its_classes_itself"),
        ),
        Mutant(
            "start-folder",
            "13 the first run of several",
            START,
            "    if inner:\n",
            "    if len(inner) > 2:\n",
            tests("weights/start", "the_folder_of_a_run_stands_for_its_best_weights"),
        ),
        Mutant(
            "labels-any",
            "13 names of some classes",
            BUNDLE,
            "len(labels) == classes and ",
            "",
            tests("weights/start", "labels_in_a_file_are_names_of_its_classes_or_refused_in_a_line"),
        ),
        Mutant(
            "labels-lost",
            "13 names that do not go into the file",
            BUNDLE,
            "bundle.preprocessing, bundle.labels)",
            "bundle.preprocessing)",
            BROUGHT,
        ),
        *everywhere(
            "start-forgotten",
            "13 a net that forgets how its images are prepared",
            KEPT,
            **dict.fromkeys(
                ("torch", "tf", "mxnet"),
                ("weights.py", "net.preprocessing, net.labels)", "None, net.labels)"),
            ),
        ),
        # Frozen parts
        *everywhere(
            "freeze-not",
            "13 frozen parts that are trained",
            FROZEN,
            torch=("train.py", "parameter.requires_grad_(False)", "pass"),
            tf=("train.py", "            variable.trainable = False", "            pass"),
            mxnet=("train.py", 'parameter.grad_req = "null"', "pass"),
        ),
        *everywhere(
            "freeze-batch",
            "13 frozen normalisation by the batch",
            STILL,
            torch=("train.py", 'self.net.get_submodule(f"{layer}.norm").eval()', "pass"),
            tf=("train.py", 'attrgetter(f"{layer}.norm")(net).trainable = False', "pass"),
            mxnet=("train.py", '["use_global_stats"] = layer in self.still', '["use_global_stats"] = False'),
        ),
        *everywhere(
            "freeze-corrected",
            "13 statistics that stay and are corrected all the same",
            FROZEN,
            torch=("train.py", "x.shape[1:]), MOVING, self.still)", "x.shape[1:]), MOVING)"),
            mxnet=("train.py", "x.shape, MOVING, self.still)", "x.shape, MOVING)"),
        ),
        Mutant(
            "freeze-prefix",
            "13 b1 freezes b10",
            FREEZING,
            'startswith(f"{n}.")',
            "startswith(n)",
            tests("packages/freezing", "names_of_parts_are_those_of_the_table_and_something_is_left_to_train"),
        ),
        Mutant(
            "freeze-heads",
            "13 heads that learn beside the classifier",
            FREEZING,
            'for part in parts if part != "fc"]',
            "for part in table.stages]",
            FROZEN,
        ),
        Mutant(
            "freeze-all",
            "13 nothing left to train",
            FREEZING,
            "if not any(name not in tensors and not",
            "if any(name == 0 and not",
            tests("packages/freezing", "names_of_parts_are_those_of_the_table_and_something_is_left_to_train"),
        ),
        Mutant(
            "freeze-scale",
            "13 a normalisation that learns its shift is still",
            FREEZING,
            'for own in ("weight", "bias"))',
            'for own in ("weight",))',
            tests("packages/freezing", "names_of_parts_are_those_of_the_table_and_something_is_left_to_train"),
        ),
        Mutant(
            "freeze-numpy",
            "13 the reference normalises by the batch",
            NUMPY,
            "training=True, still=self.still)",
            "training=True)",
            FROZEN,
        ),
        Mutant(
            "freeze-numpy-clip",
            "13 the reference clips by all gradients",
            NUMPY,
            "slopes.items() if name in self.trained}",
            'slopes.items() if name != "input"}',
            FROZEN,
        ),
        Mutant(
            "freeze-command",
            "13 --freeze that does not arrive",
            "common/compare/asked.py",
            ".changed(**options)",
            "",
            tests("compare/steps_limits", "what_is_frozen_arrives_and_is_compared"),
        ),
        # Adam
        *everywhere(
            "adam-coupled",
            "13 AdamW's decay in the gradient",
            HAND,
            **dict.fromkeys(
                ("torch", "tf", "mxnet"),
                ("train.py", "                if self.recipe.decoupled:", "                if False:"),
            ),
        ),
        *everywhere(
            "adam-biased",
            "13 moments that begin at 0 and are taken as they are",
            HAND,
            torch=("adam.py", "weight ** self.steps.item()", "0"),
            tf=("adam.py", "weight**self.steps.value", "0 * weight"),
            mxnet=("adam.py", "weight ** self.steps.asscalar().item()", "0"),
        ),
        *everywhere(
            "adam-epsilon",
            "13 epsilon inside the root",
            HAND,
            torch=(
                "adam.py",
                "((v / unbiased[1]).sqrt() + self.recipe.epsilon)",
                "(v / unbiased[1] + self.recipe.epsilon).sqrt()",
            ),
            tf=("adam.py", "ops.sqrt(v.value / unbiased[1]) + epsilon", "ops.sqrt(v.value / unbiased[1] + epsilon)"),
            mxnet=(
                "adam.py",
                "((v / unbiased[1]).sqrt() + self.recipe.epsilon)",
                "(v / unbiased[1] + self.recipe.epsilon).sqrt()",
            ),
        ),
        *everywhere(
            "adam-steps",
            "13 a count of steps that is not kept",
            GOING_ON,
            **dict.fromkeys(
                ("torch", "tf", "mxnet"), ("adam.py", '"steps": self.steps}', '"steps": self.steps + 0 * self.steps}')
            ),
        ),
        Mutant(
            "adam-float32",
            "13 Adam's numbers through float32",
            "googlenet_tf/adam.py",
            "(tf.constant(number, lr.dtype) for",
            "(tf.cast(tf.constant(number), lr.dtype) for",
            ADAM,
            "tf",
        ),
        Mutant(
            "adam-numpy",
            "13 the reference's AdamW decays by the moments",
            NUMPY,
            "return self.adam(name, gradient, lr) - lr * decay",
            "return self.adam(name, gradient + decay, lr)",
            tests("packages/adam", "numpy_is_pytorchs_own"),
        ),
        Mutant(
            "adam-old-runs",
            "13 settings of before that read otherwise",
            "common/contract/recipe.py",
            '"optimizer", "beta2", ',
            '"optimizer", ',
            tests("contract/recipe", "settings_that_were_added_are_left_out_where_they_are_not_used"),
        ),
        # Warm-up, cuts, patience
        Mutant(
            "warmup-not",
            "13 a rate that does not rise",
            "common/contract/recipe.py",
            "self.lr * rising(at, self.warmup) * self",
            "self.lr * self",
            tests("contract/schedules", "a_warm_up_rises_in_a_line_to_the_rate_of_any_schedule"),
        ),
        Mutant(
            "warmup-command",
            "13 a cosine's warm-up that nobody asked for",
            "common/runs/preparing.py",
            "replace(cosine, warmup=warmup)",
            "cosine",
            tests("runs/training", "recipes_that_people_ask_for_arrive"),
        ),
        *(
            Mutant(f"crop-{name}", f"13 {trap}", "common/data/batches.py", old, new, CUTS)
            for name, trap, old, new in (
                ("small", "cuts of one size", "+ (1 - self.resized_crop) * size)", "+ 0 * size)"),
                ("square", "cuts of one shape", "** (1 - 2 * shape)", "** (0 * shape)"),
                ("wide", "cuts that are never tall", "** (1 - 2 * shape)", "** -shape"),
                ("corner", "cuts at the left", "int(across * (picture", "int(0 * across * (picture"),
                (
                    "edge",
                    "cuts that never reach the edge",
                    "(picture.height - height + 1)",
                    "(picture.height - height)",
                ),
            )
        ),
        Mutant(
            "crop-twice",
            "13 a cut whose centre is cut out",
            "common/data/batches.py",
            "self.augment.cut(picture, words), self._exactly",
            "self.augment.cut(picture, words), preprocessing",
            tests("data/batches", "a_cut_becomes_the_whole_image_by_the_preprocessing_and_evaluation_sees_none"),
        ),
        Mutant(
            "patience-late",
            "13 one epoch too many",
            STATE,
            "waited >= recipe.patience",
            "waited > recipe.patience",
            PATIENCE,
        ),
        Mutant("patience-early", "13 an epoch too few", STATE, "self.epoch - 1 - self", "self.epoch - self", PATIENCE),
        Mutant(
            "patience-unvalidated",
            "13 patience without images to judge by",
            "common/runs/preparing.py",
            "if recipe.patience is not None and not",
            "if False and not",
            tests("runs/training", "recipes_that_people_ask_for_arrive"),
        ),
        # Runs
        Mutant(
            "run-first",
            "13 a run that draws what it was given",
            "common/runs/run.py",
            "        if self.weights is None:\n            return initial",
            "        if True:\n            return initial",
            LEARNED,
        ),
        Mutant(
            "run-first-digest",
            "13 other weights to begin with",
            "common/runs/run.py",
            "if canonical.digest(weights) != self",
            "if False and self",
            tests("runs/transfer", "the_weights_that_a_run_was_begun_with_are_its_own"),
        ),
        Mutant(
            "run-prepared",
            "13 images by the statistics of the new data",
            "common/runs/preparing.py",
            "    preprocessing = begun.preprocessing\n",
            "    preprocessing = None\n",
            PREPARED,
        ),
        Mutant(
            "run-size",
            "13 images of the recipe's size",
            "common/runs/preparing.py",
            "    if size:\n",
            "    if False:\n",
            PREPARED,
        ),
        Mutant(
            "run-described",
            "13 a run of before that reads otherwise",
            "common/contract/recipe.py",
            "if own.name in ADDED and settings",
            "if False and settings",
            tests("contract/recipe", "settings_that_were_added_are_left_out_where_they_are_not_used"),
        ),
    ],
    {
        "start": "it is given weights as they are, and builds from no file",
        "freeze-": sees("d2l_bn --image-size 32 --batch 4 --steps 4 --freeze b1,b2,b3,b4"),
        "adam-": sees("d2l --image-size 32 --batch 4 --steps 4 --optimizer adamw"),
        "adam-old-runs": "it reads no run",
        "freeze-corrected-mxnet": "the statistics come out the same, but for their last bits",
        **dict.fromkeys(
            ("freeze-prefix", "freeze-heads", "freeze-all", "freeze-scale"),
            "the reference and every backend ask the same rule",
        ),
        "freeze-numpy-clip": "the reference fails, which is a defect and no divergence",
        "freeze-command": "all train what was to be frozen, the reference too",
        "adam-steps": "it never goes on with a training that was stopped",
    },
)
