"""Mistakes in what ``googlenet write`` writes."""

from mutants.mutant import Mutant, tests

WRITTEN = "common/written/"
ALONE = tests("written/alone", "files_of_all_kinds_of_tables_are_the_reference")
FILES = tests("cli/write", "all_are_written_together_or_none")
ALIGNED = tests("cli/write", "the_files_of_a_table_align")
HOSTILE = tests("cli/write", "hostile_words_of_a_table_stay_words")
FREE = tests("written/free", "what_something_else_depends_on_cannot_be_chosen")
PLUGIN = tests("cli/write", "a_plug_in_without_templates_is_told_of")

MUTANTS = [
    *(
        Mutant(f"written-free-{name}", "2 what may be chosen", WRITTEN + "network_code.py", old, new, FREE)
        for name, old, new in (
            ("always", "value + 1}", "value}"),
            ("though-something-depends", "if rest(other) == rest(table):", "if True:"),
        )
    ),
    Mutant(
        "written-same-odd-row-first",
        "1 SAME puts the odd row at the end",
        WRITTEN + "in_torch.py",
        "sides = [total // 2, total - total // 2, *sides]",
        "sides = [total - total // 2, total // 2, *sides]",
        ALONE,
    ),
    Mutant(
        "written-average-counts-padding",
        "1 which zeros an average counts",
        WRITTEN + "templates.py",
        "if isinstance(node, AvgPool) and not node.count_padding:",
        "if False:",
        ALONE,
    ),
    Mutant(
        "written-linear-rectified",
        "2 a ReLU where there is none",
        WRITTEN + "block_code.py",
        "if self.relu else x",
        "if True else x",
        ALONE,
    ),
    Mutant(
        "written-momentum-of-the-old",
        "3 PyTorch's momentum is the weight of the new",
        WRITTEN + "in_torch.py",
        "number(round(1 - norm.momentum, 12))",
        "number(norm.momentum)",
        ALONE,
    ),
    Mutant(
        "written-runs-of-other-inputs",
        "the files of a table have the same lines",
        WRITTEN + "network_code.py",
        "            alike = alike and self.layers",
        "            alike or self.layers",
        ALIGNED,
    ),
    Mutant(
        "written-one-of-three",
        "files that belong together are all written or none",
        WRITTEN + "asked.py",
        'held.enter_context(replacing(place)).write_text(code[name], encoding="utf-8")',
        'Path(place).write_text(code[name], encoding="utf-8")',
        FILES,
    ),
    Mutant(
        "written-backslashes-hide",
        "words of a table stay words",
        WRITTEN + "layout.py",
        r""".replace("\\", "\\\\")""",
        "",
        HOSTILE,
    ),
    Mutant(
        "written-for-any-plug-in",
        "a plug-in has no templates",
        WRITTEN + "asked.py",
        "    if name not in STYLES:",
        "    if not name:",
        PLUGIN,
    ),
]
