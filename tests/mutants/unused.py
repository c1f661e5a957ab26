"""Mistakes in leaving out what no command uses."""

from mutants.mutant import Mutant, tests

FILE = "common/base/unused.py"
HIDDEN = tests("base/unused", "what_is_unused_cannot_be_imported_while_it_is_hidden_and_can_afterwards")
COMMAND = tests("base/unused", "a_command_leaves_scikit_learn_out_and_a_program_does_not")
TRAP = "4 a command waits for what it never uses"

MUTANTS = [
    Mutant("unused-for-ever", TRAP, FILE, "            sys.modules.pop(name, None)\n", "            pass\n", HIDDEN),
    Mutant("unused-though-imported", TRAP, FILE, " if name not in sys.modules]", "]", HIDDEN),
    Mutant("unused-afterwards", TRAP, FILE, "        _UNUSED[:] = before\n", "        pass\n", HIDDEN),
    Mutant("unused-imported", TRAP, "common/cli/ending.py", 'unused("sklearn")', "unused()", COMMAND, backend="tf"),
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
