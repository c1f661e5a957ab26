"""At home in people's projects: tables that see the whole map, arrays, and what stands around a project of ours."""

from mutants.mutant import OF_IMPORTS, OF_THE_TABLE, Mutant, tests

SIZES, ASKED = "common/table/sizes.py", "common/runs/asked.py"
OWN_SHAPE = tests("table/oblong_tables", "the_sizes_are_those_of_the_shape_of_its_own_images")
SQUARES = tests("table/oblong_tables", "a_table_without_dense_layers_takes_squares_whatever_its_own_images_are")
PRINTED = tests("table/oblong_tables", "its_sizes_are_printed_as_height_and_width")
RECIPE = tests("table/oblong_tables", "the_size_of_a_recipe_is_used_where_it_is_taken")
COMMON = tests("table/oblong_tables", "tables_are_compared_at_the_size_with_the_most_pixels")
SAID = tests("face/oblong_nets", "that_the_size_of_the_recipe_is_not_used_is_said")
STEPS = tests("face/oblong_nets", "steps_by_a_recipe_are_made_at_its_own_size")
RUN = tests("face/oblong_nets", "a_run_at_its_own_size_from_the_first_step_to_its_features")
HELD = tests("face/oblong_nets", "arrays_are_judged_whatever_the_run_held_out_and_those_of_the_run_as_it_held_them_out")

FOREIGN = tests("base/ours", "every_door_says_which_file_stands_in_the_place_of_ours")
COMMAND = tests("base/ours", "the_command_says_it_in_one_line_and_exits_with_2")
ONCE = "a_run_that_was_killed_and_goes_on_shows_what_one_shows_that_was_not"
POINTS = "steps_and_epochs_are_points_of_train_validation_and_test"
WRITE = "the_command_and_the_python_face_write_them"
COPIES, OF_COPIES = "tests/packages/test_works_with_keras_copies.py::test_", "it makes no copy of a net"

MUTANTS = [
    Mutant(
        "oblong-squares",
        "sizes of a table that takes no squares",
        SIZES,
        "if table.taker.takes((own, own), aux=aux):\n        return lambda n: n\n",
        "if table.taker.takes((own, own), aux=aux):\n        return lambda n: (n, n)\n",
        SQUARES,
        compare=OF_THE_TABLE,
    ),
    Mutant(
        "oblong-rounded-down",
        "the shorter side of an oblong image",
        SIZES,
        "(-(-height * n // own), -(-width * n // own))",
        "(height * n // own, width * n // own)",
        OWN_SHAPE,
        compare=OF_THE_TABLE,
    ),
    Mutant(
        "oblong-less",
        "what fails at one pixel less",
        SIZES,
        "_sizes(table, aux=False)(less)",
        "_sizes(table, aux=False)(less + 1)",
        OWN_SHAPE,
        compare=OF_THE_TABLE,
    ),
    Mutant(
        "oblong-printed",
        "height and width of a size",
        "common/cli/show/tables.py",
        "isinstance(size, int) else shape(size)",
        "isinstance(size, int) else str(size[0])",
        PRINTED,
    ),
    Mutant(
        "recipe-size-refused",
        "a recipe whose size a table does not take",
        SIZES,
        "if side is not None and table.taker.takes((side, side), aux=True):",
        "if side is not None:",
        RECIPE,
        compare=OF_THE_TABLE,
    ),
    Mutant(
        "recipe-size-heads",
        "heads that do not take the size of a recipe",
        SIZES,
        "table.taker.takes((side, side), aux=True)",
        "table.taker.takes((side, side), aux=False)",
        RECIPE,
        compare=OF_THE_TABLE,
    ),
    Mutant(
        "recipe-size-steps",
        "steps at the size of a recipe",
        "common/compare/asked.py",
        "preferred_size(table, plan.image_size if plan else None)",
        "((plan.image_size,) * 2 if plan and plan.image_size else table.input[1:])",
        STEPS,
    ),
    Mutant(
        "recipe-size-kept",
        "a run that says another size than it has",
        "common/runs/preparing.py",
        "return replace(recipe, image_size=None), size",
        "return recipe, size",
        RUN,
    ),
    Mutant(
        "recipe-size-unsaid",
        "another size than the recipe's, without a word",
        "common/runs/preparing.py",
        '    watcher.say(f"{begun.table.name} takes no images',
        '    str(f"{begun.table.name} takes no images',
        SAID,
    ),
    Mutant(
        "size-in-common",
        "costs at the size of the widest, not of the largest",
        "common/table/side_by_side.py",
        "max((table.input[1:] for table in tables), key=prod)",
        "max(table.input[1:] for table in tables)",
        COMMON,
        compare=OF_THE_TABLE,
    ),
    *(
        Mutant(name, "4 a copy in Keras", f"googlenet_tf/{file}.py", old, new, (COPIES + killer,), "tf", OF_COPIES)
        for name, file, old, new, killer in (
            (
                "copy-own-table",
                "copies",
                "if own and _copied.get() is not table:",
                "if own:",
                "a_table_of_your_own_goes_along_with_a_copy",
            ),
            (
                "copy-lets-files",
                "copies",
                "        _copied.reset(token)",
                "        pass",
                "what_keras_writes_down_cannot_hold_a_table_of_your_own",
            ),
            (
                "copy-forgets-labels",
                "copies",
                "        setattr(net, name, value)",
                "        pass",
                "a_table_of_your_own_goes_along_with_a_copy",
            ),
            (
                "copy-thaws",
                "net",
                '{"frozen": still} if still else {}',
                "{}",
                "a_copy_goes_on_training_as_the_net_does",
            ),
            (
                "copy-thaws-norms",
                "copies",
                '*(f"{layer}.norm" for layer in table.norms)',
                "",
                "what_a_recipe_has_frozen_is_frozen_in_the_copy",
            ),
            (
                "copy-thaws-tensors",
                "copies",
                "if not is_statistic(name) and (own or",
                "if False and (own or",
                "what_a_recipe_has_frozen_is_frozen_in_the_copy",
            ),
            (
                "copy-freezes-within",
                "copies",
                "reversed(list(table.layers))",
                "list(table.layers)",
                "a_layer_that_learns_within_a_stage_that_does_not_does_so_in_the_copy",
            ),
        )
    ),
    *(
        Mutant(name, "a foreign package called common", "googlenet/ours.py", old, new, killers)
        for name, old, new, killers in (
            ("foreign-unseen", "    if line is None:\n", "    if True:\n", FOREIGN),
            ("foreign-raises", "    if is_command():\n", "    if False:\n", COMMAND),
            (
                "foreign-exits",
                ' and module == ["googlenet"]',
                "",
                tests("base/ours", "a_program_that_is_run_as_a_module_gets_an_error_and_not_an_exit"),
            ),
            (
                "foreign-before",
                "    loaded = sys.modules.get(NAME)\n",
                "    loaded = None\n",
                tests("base/ours", "one_that_was_imported_before_is_told_of"),
            ),
            ("foreign-any", "if file and os.path.realpath(file) == own:", "if file:", FOREIGN),
        )
    ),
    *(
        Mutant(
            f"foreign-{package}",
            "a foreign package called common",
            f"{package}/__init__.py",
            "import googlenet.ours  # noqa: F401  (first of all: is `common` ours?)\n",
            "",
            FOREIGN,
            compare=OF_IMPORTS,
        )
        for package in ("googlenet_torch", "googlenet_tf", "googlenet_mxnet")
    ),
    *(
        Mutant(
            name, "13 event files", f"common/runs/{file}.py", old, new, ("tests/runs/test_events.py::test_" + killer,)
        )
        for name, file, old, new, killer in (
            ("events-doubled", "events", "                old.unlink()", "                pass", ONCE),
            (
                "events-empty",
                "training",
                "Events(self.run.folder, read_metrics(self.run.folder / METRICS))",
                "Events(self.run.folder, [])",
                ONCE,
            ),
            ("events-ends", "training", "tensorboard or (self.run.folder / EVENTS).is_dir()", "tensorboard", ONCE),
            ("events-unwritten", "training", "            self.events.write(record)", "            pass", POINTS),
            (
                "events-late",
                "events",
                "                file.flush()",
                "                pass",
                "points_are_there_at_once",
            ),
            ("events-epoch", "events", 'record["epoch"] + 1, record', 'record["epoch"], record', POINTS),
            ("events-mixed", "events", '"validation": "validation_"', '"validation": ""', POINTS),
            ("events-all", "events", "glob(FILES)", 'glob("*")', "a_file_of_others_in_the_folder_stays"),
            (
                "events-library",
                "events",
                "        require()\n",
                "        pass\n",
                "without_the_library_nothing_is_begun",
            ),
        )
    ),
    *(
        Mutant(name, "13 event files", file, old, new, ("tests/runs/test_events.py::test_" + killer,))
        for name, file, old, new, killer in (
            (
                "events-asked",
                "common/cli/train.py",
                ', "tensorboard": tensorboard}',
                "}",
                WRITE,
            ),
            (
                "events-face",
                "googlenet/training.py",
                "checkpoint_every, tensorboard=tensorboard",
                "checkpoint_every",
                WRITE,
            ),
            ("events-resumed", "common/cli/train.py", '"tensorboard", ', "", WRITE),
            (
                "events-before",
                "common/cli/train.py",
                "        events.require()",
                "        pass",
                "without_the_library_nothing_is_begun",
            ),
        )
    ),
    Mutant(
        "arrays-held-out",
        "arrays to judge by are taken for those of the run",
        ASKED,
        "if isinstance(data, Dataset) and not data.train:",
        "if False:",
        HELD,
    ),
    Mutant(
        "needs-another",
        "training with one framework imports another",
        "common/runs/training.py",
        "from common.runs.events import EVENTS, Events\n",
        "import tensorflow\nfrom common.runs.events import EVENTS, Events\n",
        tests("cli/one_framework", "every_command_of_one_framework_works_without_the_others"),
    ),
]
