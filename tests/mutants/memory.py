"""Mistakes in keeping the memory that is freed."""

from mutants.mutant import Mutant, tests

FILE, CALL = "common/base/memory.py", "    keep_freed_memory()"
OURS = tests("base/memory", "a_process_that_is_ours_uses_freed_memory_again")
LEFT = tests("base/memory", "a_program_that_imports_ours_is_left_alone")
SET = tests("base/memory", "what_the_user_has_set_stays")
OTHERS = tests("base/memory", "other_c_libraries_are_left_alone")
TRAP = "4 freed memory goes back and comes again"

MUTANTS = [
    Mutant("memory-mapped", TRAP, FILE, "mallopt(MMAP_MAX, 0) and ", "", OURS),
    Mutant("memory-trimmed", TRAP, FILE, " and mallopt(TRIM_THRESHOLD, MOST)", "", OURS),
    Mutant("memory-of-a-command", TRAP, "common/cli/ending.py", CALL, "    pass", OURS),
    Mutant("memory-of-a-benchmark", TRAP, "common/bench/worker.py", CALL, "    pass", OURS),
    Mutant("memory-of-a-worker", TRAP, "common/workers/local.py", CALL, "    pass", OURS),
    Mutant("memory-of-all", TRAP, "common/cli/ending.py", "\nREFUSED,", "\nkeep_freed_memory()\nREFUSED,", LEFT),
    Mutant("memory-set", TRAP, FILE, "name in os.environ for", "False for", SET),
    Mutant("memory-unnamed", TRAP, FILE, "(AttributeError, OSError, TypeError)", "(AttributeError, OSError)", OTHERS),
]
