"""Mistakes in leaving out what no command uses."""

from mutants.mutant import OF_IMPORTS, Mutant, tests

FILE, COLLECTED = "common/base/unused.py", "common/base/collector.py"
WORKER = "common/workers/local.py"
WAITS = tests("workers/supervised", "a_worker_waits_for_nothing_that_it_never_uses")
HIDDEN = tests("base/unused", "what_is_unused_cannot_be_imported_while_it_is_hidden_and_can_afterwards")
COMMAND = tests("base/unused", "a_command_leaves_libraries_out_and_a_program_does_not")
COLLECTOR = tests(
    "contract/backend", "an_import_is_not_stopped_to_search_for_rubbish_and_the_search_goes_on_afterwards"
)
OLD = tests("base/collector", "what_an_import_makes_counts_as_old_and_is_collected_again")
OTHERS = tests("base/collector", "what_somebody_froze_stays_frozen")
TRAP = "4 a command waits for what it never uses"

MUTANTS = [
    Mutant("unused-for-ever", TRAP, FILE, "            sys.modules.pop(name, None)\n", "            pass\n", HIDDEN),
    Mutant("unused-though-imported", TRAP, FILE, " if name not in sys.modules]", "]", HIDDEN),
    Mutant("unused-afterwards", TRAP, FILE, "        _UNUSED[:] = before\n", "        pass\n", HIDDEN),
    *(
        Mutant(
            *(f"unused-{library}-imported", TRAP, FILE),
            *(f'"{library}"', '"fractions"', COMMAND),
            backend=name,
        )
        for name, library in (("tf", "matplotlib"), ("mxnet", "scipy"), ("mxnet", "sklearn"))
    ),
    Mutant(
        "unused-in-mxnet",
        TRAP,
        "googlenet_mxnet/framework.py",
        "all_threads(), hidden():",
        "all_threads():",
        COMMAND,
        backend="mxnet",
        compare=OF_IMPORTS,
    ),
    Mutant(
        "unused-compiler",
        TRAP,
        "googlenet_torch/train.py",
        "        self.buffers: dict",
        "        torch.optim.SGD(self.parameters.values(), lr=1.0)\n        self.buffers: dict",
        tests("workers/launched", "two_processes_train_one_run"),
        compare=OF_IMPORTS,
    ),
    Mutant("unused-by-workers", TRAP, WORKER, "with unused(*BY_US):", "with unused():", WAITS),
    Mutant("unused-search-of-workers", TRAP, WORKER, "            gc.freeze()", "            pass", WAITS),
    Mutant("unused-collected", TRAP, COLLECTED, "    gc.disable()\n", "", COLLECTOR),
    Mutant("unused-collected-never", TRAP, COLLECTED, "        if before:\n", "        if False:\n", COLLECTOR),
    Mutant("unused-collected-always", TRAP, COLLECTED, "        if before:\n", "        if True:\n", COLLECTOR),
    Mutant("unused-collected-as-young", TRAP, COLLECTED, "                gc.freeze()\n", "", OLD),
    Mutant("unused-collected-no-more", TRAP, COLLECTED, "                gc.unfreeze()", "                pass", OLD),
    Mutant("unused-collected-of-others", TRAP, COLLECTED, "if not gc.get_freeze_count():", "if True:", OTHERS),
    Mutant(
        "unused-collected-in-load",
        TRAP,
        "common/contract/backend.py",
        "with nullcontext() if module in sys.modules else uncollected():",
        "with nullcontext():",
        COLLECTOR,
    ),
    Mutant(
        "unused-collected-at-every-load",
        TRAP,
        "common/contract/backend.py",
        "with nullcontext() if module in sys.modules else uncollected():",
        "with uncollected():",
        tests("contract/backend", "what_is_imported_already_costs_nothing_more"),
    ),
    Mutant(
        "unused-search-at-the-end",
        TRAP,
        "common/cli/ending.py",
        "    gc.freeze()\n",
        "",
        tests("cli/ending", "a_command_does_not_search_for_rubbish_while_python_ends"),
    ),
    Mutant(
        "unused-in-programs",
        TRAP,
        FILE,
        "_UNUSED: list[str] = []",
        '_UNUSED: list[str] = ["sklearn"]',
        COMMAND,
        backend="tf",
    ),
]
