"""Backends by name: whose turn it is, and what one that cannot do something is kept from."""

from mutants.mutant import Mutant, tests

BACKEND, DECLARATION = "common/contract/backend.py", "common/contract/declaration.py"
LAST = tests("contract/backend", "a_plugin_comes_last_and_is_never_the_default")
NAMES = tests("contract/backend", "a_plugin_takes_no_name_of_our_own")
OURS = tests("contract/backend", "a_plugin_takes_no_alias_and_no_file_of_our_own")
TRAINS = tests("contract/backend", "a_backend_that_does_not_train_is_refused_before_anything_is_made")
COMPARED = tests("contract/backend", "what_a_backend_cannot_do_is_not_compared")
COMPUTES = tests("contract/backend", "a_backend_computes_in_what_it_declares")
ALIAS = tests("contract/backend", "an_alias_is_taken_for_the_name_wherever_a_backend_is_named")
HELP = tests("contract/backend", "help_names_every_backend_and_recipe_and_imports_none")
BROKEN = tests("contract/backend", "a_broken_plugin_is_one_line_and_only_when_it_is_asked_for")
LACKS = tests("contract/backend", "a_package_that_lacks_what_it_declares_is_one_line")
ALL = tests("contract/backend", "all_are_those_that_train")
RESUMED = tests("contract/backend", "a_run_goes_on_only_where_its_backend_still_trains")
OWN_FILES = tests("contract/backend", "the_frameworks_own_files_may_be_those_of_a_plugin")
CANNOT_BE = tests("contract/backend", "a_declaration_that_cannot_be_is_one_line")
PROMISES = tests("packages/contract", "packages_have_and_do_what_they_declare")
GO = "    backend.require([run.backend for run in runs], training=True, workers=workers is not None)\n"
REPLACED = "{name: module for name, module in _plugins().items() if name not in taken}"

MUTANTS = [
    Mutant(
        "plugin-first", "plug-ins before our own", BACKEND, f"{{**own, **{REPLACED}}}", "{**_plugins(), **own}", LAST
    ),
    Mutant(
        "plugin-default",
        "a plug-in becomes the default",
        BACKEND,
        "    for name in _own():\n        try:\n            load(name)",
        "    for name in packages():\n        try:\n            load(name)",
        LAST,
    ),
    Mutant("plugin-replaces", "a plug-in takes a name", BACKEND, REPLACED, "_plugins()", NAMES),
    Mutant(
        "plugin-alias",
        "a plug-in takes an alias of ours",
        BACKEND,
        "aliases.setdefault(alias, own)",
        "aliases[alias] = own",
        OURS,
    ),
    Mutant(
        "plugin-suffix",
        "a plug-in takes files that are everybody's",
        "common/weights/native.py",
        "if files and suffix not in PUBLISHED:",
        "if files:",
        OURS,
    ),
    Mutant("train-anyway", "no word of training", BACKEND, '(training, "training",', '(False, "training",', TRAINS),
    Mutant(
        "gradients-anyway",
        "no word of gradients",
        BACKEND,
        '(gradients, "gradients",',
        '(False, "gradients",',
        COMPARED,
    ),
    Mutant(
        "compare-unasked",
        "compare does not ask what a backend can do",
        "common/compare/asked.py",
        "        backend.require(names, gradients=gradients, training=training)\n",
        "",
        COMPARED,
    ),
    Mutant(
        "train-unasked",
        "train does not ask what a backend can do",
        "common/runs/preparing.py",
        "    backend.require(names, training=True, dtype=dtype, workers=workers is not None)\n",
        "",
        TRAINS,
    ),
    Mutant("resume-unasked", "nor does --resume", "common/cli/launch.py", GO, "", RESUMED),
    Mutant(
        "all-at-any-rate",
        "all includes those that do not train",
        "common/runs/preparing.py",
        " if backend.declared(ready).training]",
        "]",
        ALL,
    ),
    Mutant("dtype-unasked", "dtypes are not asked for", BACKEND, "if dtype is not None:", "if False:", COMPUTES),
    Mutant(
        "alias-kept",
        "the column is called like the alias",
        "common/compare/asked.py",
        "list(map(backend.name_of, backends))",
        "list(backends)",
        ALIAS,
    ),
    Mutant("broken-stops-all", "a broken plug-in stops all", BACKEND, "            if name in _own():\n", "", BROKEN),
    Mutant("another-name", "a plug-in by another name", BACKEND, "if found.name != name:", "if False:", BROKEN),
    Mutant("promises", "promises are not checked", BACKEND, "    if lacking:", "    if False:", LACKS),
    Mutant(
        "imported-for-help",
        "help imports the packages",
        "common/cli/listed.py",
        "    from common.contract.backend import packages\n",
        "    from common.contract.backend import installed as packages\n",
        HELP,
    ),
    Mutant(
        "plugin-files-unread",
        "files that only a plug-in reads are guessed from their content",
        "common/weights/formats/__init__.py",
        "files.formats[suffix] not in FORMATS",
        "False",
        OWN_FILES,
    ),
    Mutant(
        "layout-forgotten",
        "dense weights as they lie in the file",
        DECLARATION,
        'tuple(self.matrices.index(axis) for axis in "OI")',
        "(0, 1)",
        OWN_FILES,
    ),
    Mutant("types-unchecked", "types are not checked", DECLARATION, "if kind in CHECKS and", "if False and", CANNOT_BE),
    Mutant(
        "more-than-it-does",
        "MXNet declares bfloat16",
        "googlenet_mxnet/backend.json",
        '"trains_in": ["float32", "float64"]',
        '"trains_in": ["float32", "float64", "bfloat16"]',
        PROMISES,
        "mxnet",
        "it asks no backend for steps in bfloat16",
    ),
]
