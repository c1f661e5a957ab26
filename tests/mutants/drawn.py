"""Mistakes in what ``googlenet draw`` draws."""

from mutants.mutant import Mutant, tests

DRAWN = "common/drawn/"
GEOMETRY = tests("drawn/geometry", "every_table_is_drawn_without_a_fault")
HEADS_BELOW = tests("drawn/geometry", "heads_of_one_block_stand_below_one_another")
LONG = tests("drawn/geometry", "long_names_and_large_sizes_have_room")
PATHS = tests("drawn/numbers", "a_path_may_be_called_as_a_layer")
NUMBERS = tests("drawn/numbers", "every_table_is_drawn_as_it_is")
SCALE = tests("drawn/numbers", "a_sum_says_its_scale_and_what_it_ends_with")
FOLDED = tests("drawn/numbers", "equal_blocks_are_drawn_once_unless_each_is_asked_for")
HEADS = tests("drawn/numbers", "blocks_do_not_fold_over_a_head")
NOTE = tests("drawn/numbers", "the_note_says_what_most_convolutions_end_with_and_the_others_say_it_themselves")
OTHER_SIZE = tests("drawn/numbers", "another_size_has_its_sizes_and_leaves_out_heads_that_do_not_take_it")
HOSTILE = tests("drawn/numbers", "words_of_others_stay_words")
THEMES = tests("drawn/numbers", "themes_and_prefixes")
WIDTHS = tests("drawn/numbers", "widths_are_those_of_a_wide_font_or_more")
LINE = tests("drawn/numbers", "the_line_below_the_title_has_the_numbers_of_the_network_without_heads")
PRINTED = tests("cli/draw", "it_is_printed_as_it_is_written_and_both_are_what_python_gets")
WHOLE = tests("cli/draw", "long_lines_of_a_drawing_are_printed_whole")
PNG = tests("cli/draw", "a_png_has_the_colours_of_its_theme")
SIZE = tests("cli/draw", "files_are_the_same_bytes_twice_and_have_the_size_of_the_drawing")
LARGE = tests("cli/draw", "a_drawing_too_large_for_a_png_is_told_of")

_EDITS = {
    "folds-unequal-maps": (
        DRAWN + "folding.py",
        " and a.node == b.node and a.input == b.input and",
        " and",
        NUMBERS,
    ),
    "folds-over-heads": (DRAWN + "folding.py", 'f"{prefix}.{last}" not in apart and _equal', "_equal", HEADS),
    "folds-nothing": (DRAWN + "folding.py", "isinstance(b.node, Paths) and", "False and", FOLDED),
    "folds-always": (DRAWN + "pieces.py", "if self.fold else", "if True else", FOLDED),
    "stride-left-out": (DRAWN + "labels.py", '{size(kernel)} {kind}{stride}"', '{size(kernel)} {kind}"', NUMBERS),
    "kernel-turned": (DRAWN + "labels.py", 'f"{size(kernel)} ', 'f"{size(kernel[::-1])} ', NUMBERS),
    "minus-lost": (DRAWN + "labels.py", "'−' if node.scale < 0", "'−' if node.scale < -9", SCALE),
    "relu-of-sum-lost": (DRAWN + "labels.py", 'f"ReLU({text})" if node.activation', "text if node.activation", NUMBERS),
    "linear-unsaid": (DRAWN + "labels.py", "conv.activation != self.activation", "False", NOTE),
    "norm-unsaid": (DRAWN + "labels.py", "bool(conv.norm) != self.norm", "False", NOTE),
    "heads-in-the-sum": (
        DRAWN + "labels.py",
        "for name in table.trunk]",
        "for name in [*table.trunk, *table.aux]]",
        LINE,
    ),
    "channels-of-first-path": (
        DRAWN + "pieces.py",
        "labels.merge(node, sheet.layers[names[0]].output[0])",
        "labels.merge(node, sheet.layers[names[0]].input[0])",
        NUMBERS,
    ),
    "path-misses-its-bar": (
        DRAWN + "pieces.py",
        "wire((x, bar - GAP), (x, bar))",
        "wire((x, bar - GAP), (x, bar - 3))",
        GEOMETRY,
    ),
    "paths-overlap": (DRAWN + "pieces.py", "x += column.width + BETWEEN", "x += column.width - BETWEEN", GEOMETRY),
    "boxes-too-narrow": (DRAWN + "pieces.py", "width(text, TEXT) + 2 * SIDE)", "width(text, TEXT))", GEOMETRY),
    "bare-path-crosses": (DRAWN + "pieces.py", "LANE = 26", "LANE = -26", GEOMETRY),
    "size-of-the-input": (
        DRAWN + "stages.py",
        "labels.size(self.sheet.layers[name].shape)",
        "labels.size(self.sheet.layers[name].input)",
        NUMBERS,
    ),
    "heads-overlap": (DRAWN + "stages.py", "tap = max(y, self._heads + TAP)", "tap = y", HEADS_BELOW),
    "head-on-the-stage": (
        DRAWN + "stages.py",
        "axis, top = self.right + BESIDE + half,",
        "axis, top = self.right - BESIDE,",
        GEOMETRY,
    ),
    "titles-on-the-axis": (DRAWN + "stages.py", 'yield _wide(name, "stage"), AT', "yield 0, AT", LONG),
    "column-below-heads": (
        DRAWN + "stages.py",
        "self.bottom = max(self.bottom, self._heads)",
        "self.bottom += 0",
        GEOMETRY,
    ),
    "left-out-unsaid": (
        DRAWN + "whole.py",
        "notes = [drawn.manner.notes(), *_left_out(left_out)]",
        "notes = [drawn.manner.notes()]",
        OTHER_SIZE,
    ),
    "heads-of-any-size": (
        DRAWN + "whole.py",
        "aux = bool(table.aux) and fits(table, shape[1:], aux=True) is None",
        "aux = bool(table.aux)",
        OTHER_SIZE,
    ),
    "way-across": (DRAWN + "whole.py", "left + before.edge + LANE", "left + before.edge - LANE", GEOMETRY),
    "unescaped": (
        DRAWN + "svg.py",
        "<title>{escape(drawing.title)}</title>",
        "<title>{drawing.title}</title>",
        HOSTILE,
    ),
    "names-lost": (DRAWN + "svg.py", 'data-names="{" ".join(part.names)}"', 'data-names="{part.names[0]}"', NUMBERS),
    "ids-of-paths": (DRAWN + "svg.py", "{'-path' * (part.kind == 'path')}", "", PATHS),
    "prefix-lost": (DRAWN + "svg.py", "*_items(drawing.items, prefix),", '*_items(drawing.items, ""),', THEMES),
    "dark-is-light": (DRAWN + "svg.py", "other if theme == 'dark' else light", "light", THEMES),
    "narrow-font": (DRAWN + "measures.py", "    865:", "    600:", WIDTHS),
    "narrow-bold": (DRAWN + "measures.py", "BOLD = 1.19", "BOLD = 1.0", WIDTHS),
    "printed-cut": ("common/cli/draw.py", 'output.write(found["svg"])', 'output.say(found["svg"])', WHOLE),
    "aux-ignored": ("common/cli/draw.py", "num_classes=num_classes, aux=aux)", "num_classes=num_classes)", PRINTED),
    "columns-ignored": ("common/cli/draw.py", "fold=fold, columns=columns)", "fold=fold)", PRINTED),
    "png-light": ("common/cli/show/drawings.py", '"dark" if theme == "dark" else "light"', '"light"', PNG),
    "png-small": ("common/cli/show/drawings.py", ", dpi=INCH * scale)", ")", SIZE),
    "png-of-any-size": (
        "common/cli/show/drawings.py",
        "if n * n * drawn.width * drawn.height <= MOST), 0)",
        "), 0)",
        LARGE,
    ),
}

MUTANTS = [
    Mutant(f"drawn-{name}", "a drawing says what the table says", file, old, new, killers)
    for name, (file, old, new, killers) in _EDITS.items()
]
