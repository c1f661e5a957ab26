"""What surrounds the steps of training: epochs, validation, checkpoints, the order of the data."""

from mutants.mutant import Mutant, tests

TRAINING, CHECKPOINT = "common/runs/training.py", "common/runs/checkpoint.py"
RUN, STATE, HISTORY = "common/runs/run.py", "common/runs/state.py", "common/runs/history.py"
SEALED, OPENED = "common/runs/sealed.py", "common/runs/opened.py"
EVALUATION, PREDICTION = "common/runs/evaluation.py", "common/runs/prediction.py"

RATES = tests("runs/position", "every_step_has_its_own_rate")
NEXT = tests("runs/position", "wherever_a_run_was_stopped_the_next_step_is_the_same")
SEEDS = tests("runs/position", "no_two_steps_share_a_seed_and_no_two_epochs_an_order")
SAME_BYTES = tests("runs/same_bytes", "a_run_that_was_stopped_or_killed_leaves_the_bytes_of_one_that_was_not")
BEST = tests("runs/training", "the_best_epoch_is_the_best_by_validation_and_the_first_of_equals")
JUDGED = tests("runs/training", "validation_and_test_are_those_of_the_best_weights")
SUMS = tests("runs/training", "sums_are_divided_once_where_the_last_batch_is_smaller")
DISK = tests("runs/folder", "a_full_disk_in_mid_checkpoint_leaves_the_one_before")
HELD = tests("runs/training", "the_training_sees_no_validation_and_no_test_image")
ASKED = tests("runs/training", "what_is_asked_for_reaches_the_images_the_first_weights_the_table_and_the_trainer")
SPOILED = tests("runs/training", "a_step_that_spoils_the_weights_leaves_what_was_kept")
ONE = tests("runs/resume", "a_run_has_one_process_at_a_time")
DAMAGED = tests("runs/folder", "damaged_runs_are_one_line_and_stay_as_they_are")
DURABLE = tests("runs/folder", "a_checkpoint_is_on_the_disk_before_it_is_named_and_the_one_before_is_removed")
CTRL_C = tests("runs/resume", "ctrl_c_keeps_the_step_and_says_how_to_go_on")
TERMINAL = tests("runs/training", "on_a_terminal_epochs_stand_above_the_live_line")
NARROW = tests("cli/commands", "on_a_narrow_terminal_no_line_is_wider_and_no_number_is_cut")
PLATEAU = tests("runs/training", "the_plateau_follows_the_validation_losses")
SETTINGS_BACK = tests("runs/settings", "every_field_of_a_run_comes_back") + tests(
    "runs/settings", "a_run_that_goes_on_has_every_setting_it_was_begun_with"
)
COUNTS = tests("runs/evaluation", "every_image_counts_once_whatever_the_batches")

MUTANTS = [
    Mutant(
        "judge-batches",
        "2 (12) accuracy averaged over batches",
        EVALUATION,
        "return loss / len(batches.split), correct / len(batches.split)",
        "return loss / len(batches.split), correct / (len(batches) * batches.batch)",
        JUDGED,
    ),
    Mutant(
        "epoch-batches",
        "2 (12) loss averaged over batches",
        STATE,
        "self.loss += loss * images",
        "self.loss += loss * self.images / self.batch",
        SUMS,
    ),
    Mutant(
        "best-by-training",
        "best epoch by what it was trained on",
        TRAINING,
        'accuracy > state.best["validation_accuracy"]',
        "True",
        BEST,
    ),
    Mutant(
        "best-of-equals",
        "the last of equals is kept",
        TRAINING,
        'accuracy > state.best["validation_accuracy"]',
        'accuracy >= state.best["validation_accuracy"]',
        BEST,
    ),
    Mutant(
        "test-last",
        "tested with the last weights",
        TRAINING,
        "        self.package.set_weights(self.net, self.run.best().weights)\n",
        "",
        JUDGED,
    ),
    Mutant(
        "train-on-all",
        "validation images are trained on",
        TRAINING,
        "self.batches = Batches(training,",
        "self.batches = Batches(dataset.train,",
        HELD,
    ),
    Mutant(
        "plateau-blind",
        "validation losses are not noted",
        STATE,
        "self.losses.append(validation_loss)",
        "pass",
        PLATEAU,
    ),
    Mutant(
        "resume-position",
        "an epoch that was begun starts again",
        TRAINING,
        "start=state.batch",
        "start=0",
        NEXT,
    ),
    Mutant(
        "resume-velocity",
        "velocities are forgotten",
        TRAINING,
        "self.trainer.set_velocities(velocities)",
        "pass",
        SAME_BYTES,
    ),
    Mutant(
        "resume-dropout",
        "dropout by the process rather than by the step",
        TRAINING,
        "[self.run.seed, state.step]",
        "[self.run.seed, state.batch]",
        SEEDS,
    ),
    Mutant(
        "resume-history",
        "the history keeps what was done twice",
        HISTORY,
        "os.truncate(path, keep)",
        "pass",
        SAME_BYTES,
    ),
    Mutant(
        "checkpoint-first",
        "the new position before its weights",
        CHECKPOINT,
        "    try:\n        canonical.save(",
        "    sealed.write(run.folder / LAST, {'weights': files['weights'].name})\n    try:\n        canonical.save(",
        DISK,
    ),
    Mutant(
        "checkpoint-tidy-early",
        "the old checkpoint goes before the new one is whole",
        CHECKPOINT,
        "    try:\n        canonical.save(",
        "    (run.folder / LAST).unlink(missing_ok=True), _tidy(run.folder)\n    try:\n        canonical.save(",
        DISK,
    ),
    Mutant(
        "checkpoint-untidy",
        "what is left of a checkpoint that failed stays",
        CHECKPOINT,
        "    finally:\n        _tidy(run.folder)",
        "    finally:\n        pass",
        DISK,
    ),
    Mutant(
        "shuffle-once",
        "every epoch in the same order",
        "common/data/batches.py",
        "draws(self.seed, EPOCHS + number,",
        "draws(self.seed, EPOCHS,",
        ("tests/data/test_batches.py",),
    ),
    Mutant(
        "shuffle-batches",
        "batches are shuffled rather than samples",
        "common/data/batches.py",
        'order = np.argsort(words[0], kind="stable")',
        'order = np.argsort(words[0][np.arange(len(self.split)) // self.batch], kind="stable")',
        ("tests/data/test_batches.py",),
    ),
    Mutant(
        "bfloat16-forgotten",
        "bfloat16 is asked for and not used",
        TRAINING,
        'bfloat16=run.dtype == "bfloat16"',
        "bfloat16=False",
        ASKED,
    ),
    Mutant(
        "augment-forgotten",
        "cuts and flips are asked for and not made",
        TRAINING,
        "Augment(self.recipe.pad, self.recipe.flip, self.recipe.resized_crop)",
        "Augment()",
        ASKED,
    ),
    Mutant(
        "initial-forgotten",
        "Xavier is asked for, He is drawn",
        "common/runs/run.py",
        "self.weights_dtype, self.recipe.initial)",
        'self.weights_dtype, "he")',
        ASKED,
    ),
    Mutant(
        "table-forgotten",
        "the recipe's dropout does not reach the table",
        "common/runs/preparing.py",
        "table = recipe.applied(table)",
        "recipe.applied(table)",
        ASKED,
    ),
    Mutant(
        "spoiled-weights-kept",
        "a checkpoint of weights that are no numbers",
        TRAINING,
        "if not np.isfinite(array).all():",
        "if False:",
        SPOILED,
    ),
    Mutant(
        "infinite-validation",
        "best weights whose validation loss is no number",
        TRAINING,
        "self._judged_by_rank_0(batches)\n        if not isfinite(loss):",
        "self._judged_by_rank_0(batches)\n        if False:",
        SPOILED,
    ),
    Mutant(
        "two-processes",
        "a second process cuts the history that the first one writes",
        "common/runs/starting.py",
        "led(group, lambda: stack.enter_context(alone(run.folder)))",
        "led(group, lambda: None)",
        ONE,
    ),
    Mutant(
        "mixed-checkpoint",
        "weights or velocities of another step are gone on with",
        CHECKPOINT,
        "if digest(tensors) != digests.get(part):",
        "if False:",
        DAMAGED,
    ),
    Mutant(
        "history-cut",
        "a history that is shorter than the run is gone on with",
        HISTORY,
        "if self.file.tell() < keep:",
        "if False:",
        DAMAGED,
    ),
    Mutant(
        "power-cut",
        "a file is named before the disk has it",
        "common/base/files.py",
        "            sync(temporary)\n",
        "",
        DURABLE,
    ),
    Mutant(
        "ctrl-c-ignored",
        "whoever asks to stop is not heard",
        "common/cli/launch.py",
        '"asked": asked,',
        '"asked": lambda: False,',
        CTRL_C,
    ),
    Mutant(
        "glued-lines",
        "the live line and what is printed share a line of the terminal",
        "common/cli/monitor.py",
        "if console.is_terminal and self.console.is_terminal:",
        "if False:",
        TERMINAL,
    ),
    Mutant(
        "cut-tables",
        "tables are as wide as they are on a terminal too",
        "common/cli/show/output.py",
        "width=_width(stream), ",
        "width=MOST, ",
        NARROW,
    ),
    Mutant(
        "rate-early",
        "the rate of the step after",
        TRAINING,
        "Position(self.state.step, ",
        "Position(self.state.step + 1, ",
        RATES,
    ),
    Mutant(
        "rate-late",
        "the rate of the step before",
        TRAINING,
        "Position(self.state.step, ",
        "Position(max(self.state.step - 1, 0), ",
        RATES,
    ),
    Mutant(
        "rate-without-losses",
        "a plateau that sees no losses",
        TRAINING,
        "tuple(self.state.losses)",
        "()",
        RATES,
    ),
    Mutant(
        "times-in-history",
        "a history that is another whenever the run is repeated",
        TRAINING,
        "self.metrics.write(record)",
        "self.metrics.write({**record, **(times or {})})",
        SAME_BYTES,
    ),
    Mutant(
        "resume-table",
        "a run that goes on has forgotten its dropout and the weight of its heads",
        RUN,
        "table=recipe.applied(table),",
        "table=table,",
        SETTINGS_BACK,
    ),
    Mutant("resume-seed", "a run that goes on has another seed", RUN, 'seed=settings["seed"]', "seed=0", SETTINGS_BACK),
    Mutant(
        "resume-dtype",
        "a run that goes on computes in float32",
        RUN,
        'dtype=settings["dtype"]',
        'dtype="float32"',
        SETTINGS_BACK,
    ),
    Mutant("seal-unread", "edited settings are taken", SEALED, "if seal != checksum(data):", "if False:", DAMAGED),
    Mutant(
        "other-settings",
        "a checkpoint of other settings is gone on with",
        CHECKPOINT,
        'if about["settings"] != sealed.checksum(run.settings):',
        "if False:",
        tests("runs/hostile_files", "a_checkpoint_of_another_run_is_refused"),
    ),
    Mutant(
        "position-unchecked",
        "a position that no run has is gone on from",
        STATE,
        "if not possible:",
        "if False:",
        tests("runs/hostile_files", "a_position_that_no_run_has_is_refused"),
    ),
    Mutant(
        "best-of-others",
        "best weights with the preprocessing of another run",
        RUN,
        '            ("preprocessing", best.preprocessing, self.preprocessing),\n',
        "",
        tests("runs/hostile_files", "best_weights_of_another_run_are_refused"),
    ),
    Mutant(
        "count-once",
        "equal pairs of a batch count once",
        EVALUATION,
        "np.add.at(matrix, (labels, ranked[:, 0]), 1)",
        "matrix[labels, ranked[:, 0]] += 1",
        COUNTS,
    ),
    Mutant(
        "count-transposed",
        "rows are what was said",
        EVALUATION,
        "np.add.at(matrix, (labels, ranked[:, 0]), 1)",
        "np.add.at(matrix, (ranked[:, 0], labels), 1)",
        COUNTS,
    ),
    Mutant(
        "top-by-index",
        "the last of equals",
        EVALUATION,
        'np.argsort(-logits, axis=1, kind="stable")',
        'np.argsort(logits, axis=1, kind="stable")[:, ::-1]',
        tests("runs/evaluation", "of_equal_logits_the_first_class_is_said"),
    ),
    Mutant(
        "truth-of-others",
        "pictures are judged by the truth in the opposite order",
        PREDICTION,
        "zip(images, truths or (),",
        "zip(images, (truths or [])[::-1],",
        tests("cli/predict_runs", "the_folder_of_a_picture_is_its_truth"),
    ),
    Mutant(
        "several-opened",
        "the first of several runs is taken",
        OPENED,
        "if len(runs) > 1:",
        "if False:",
        tests("runs/evaluation", "several_runs_in_a_folder_are_named"),
    ),
]
