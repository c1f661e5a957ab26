"""FID's Inception: its table and its files."""

from mutants.mutant import NETS, OF_THE_TABLE, Mutant, judged, tests

SOURCES, FORMATS = "common/weights/sources/", "common/weights/formats/"

TABLE = (
    *tests("nets/family", "fids_inception_has_a_maximum_in_its_last_block_alone_and_1008_classes"),
    "tests/table/test_published_values.py::test_a_table_says_what_its_source_says[inception_v3:fid-pytorch-fid]",
)
FILES = tests("weights/fid_files", "the_graph_and_its_port_are_the_same_weights_of_the_same_table")
CLASSES = tests("weights/fid_files", "the_classes_tell_two_tables_of_the_same_names_apart_or_the_user_must")
EDITED = tests("weights/fid_files", "a_graph_whose_layers_are_not_the_tables_is_refused_by_its_node")
SCALED = tests("weights/fid_files", "a_scale_that_the_graph_leaves_out_is_one")
CHECKED = tests("weights/fid_files", "the_check_of_a_graph_is_part_of_reading_it")
OWN = tests("weights/fid_files", "a_file_of_our_own_names_its_table_whatever_its_classes")
CONSTANTS = tests("weights/formats_tensorflow", "constants_are_read_in_every_way_that_they_are_written")
GRAPH = tests("weights/formats_tensorflow", "the_graph_is_read_with_the_attributes_that_layers_have")
CAFFE = tests("weights/formats_tensorflow", "a_network_of_caffe_whose_name_is_as_long_as_a_tag_stays_one")
HOSTILE = (
    "tests/weights/test_hostile.py::test_every_hostile_file_is_refused_in_one_line_or_read_for_little[tensorflow]",
)


def both(name, trap, file, old, new, killers):
    """One whose killers need PyTorch and TensorFlow."""
    return Mutant(name, trap, file, old, new, killers, "torch,tf")


MUTANTS = judged(
    [
        # The table
        Mutant(
            "fid-average-in-7c",
            "2 an average where FID's network has a maximum",
            NETS + "inception_v3.py",
            ", last_pool=MaxPool(3)",
            "",
            TABLE,
        ),
        Mutant(
            "fid-counting",
            "1 average pools that count the padding in FID's network",
            NETS + "inception_v3.py",
            "_stages(AvgPool(3), _DROPOUT, last",
            "_stages(AvgPool(3, count_padding=True), _DROPOUT, last",
            TABLE,
        ),
        Mutant(
            "fid-maximum-everywhere",
            "2 a maximum in 7b too",
            NETS + "inception_v3.py",
            '"7b": _block_c(pool)',
            '"7b": last',
            TABLE,
        ),
        Mutant(
            "fid-1000-classes",
            "2 the classes of ImageNet",
            NETS + "inception_v3.py",
            "num_classes=1008",
            "num_classes=1000",
            TABLE,
        ),
        # Its files
        both(
            "fid-taken-for-the-first",
            "2 of two tables with the same tensors the first is taken",
            "common/weights/convert.py",
            "told = [one for one in found if _published_for(*one)] if len(found) > 1 else found",
            "told = found[:1]",
            CLASSES,
        ),
        both(
            "fid-own-by-classes",
            "2 the classes of a file of our own tell its table",
            "common/weights/convert.py",
            "return match.source.name in sources() and ",
            "return ",
            OWN,
        ),
        both(
            "fid-unchecked",
            "2 what names and shapes do not tell is not looked at",
            "common/weights/convert.py",
            "    match.source.check(contents, table, match.names)\n",
            "",
            CHECKED,
        ),
        both(
            "fid-towers",
            "2 two paths exchanged",
            SOURCES + "fid.py",
            '_TO_8 = {**_row(1, "tower", 2), **_row(2, "tower_1", 4), "p3_1": "pool"}',
            '_TO_8 = {**_row(1, "tower_1", 2), **_row(2, "tower", 4), "p3_1": "pool"}',
            FILES,
        ),
        both(
            "fid-mean-for-variance",
            "3 the inputs of the normalisation in another order",
            SOURCES + "tensorflow_graph.py",
            'PARTS = ("running_mean", "running_var", "bias", "weight")',
            'PARTS = ("running_var", "running_mean", "bias", "weight")',
            EDITED,
        ),
        both(
            "fid-any-eps",
            "3 another eps than the table's passes",
            SOURCES + "tensorflow_graph.py",
            "abs(said - wanted) <= ROUNDED * wanted",
            "abs(said - wanted) <= wanted",
            EDITED,
        ),
        both(
            "fid-any-padding",
            "1 padding that a graph states is not compared",
            SOURCES + "tensorflow_graph.py",
            "        and sides(size, kernel, stride, rule) == sides(size, kernel, stride, padding)\n",
            "",
            tests("weights/fid_files", "padding_is_that_of_a_word_only_where_each_side_is"),
        ),
        both(
            "fid-pools-unchecked",
            "2 an average in 7c of the graph passes",
            SOURCES + "tensorflow_graph.py",
            'return {"op": op, "ksize"',
            'return {"ksize"',
            EDITED,
        ),
        both(
            "fid-scale-left-in",
            "3 a scale that the graph leaves out is used",
            SOURCES + "tensorflow_graph.py",
            'if node.op == NORMALISATION and not node.attributes.get("scale_after_normalization"):',
            "if False:",
            SCALED,
        ),
        # Graphs of TensorFlow
        Mutant(
            "graph-last-not-repeated",
            "3 missing numbers of a constant are zeros",
            FORMATS + "tensorflow.py",
            "rest = values[-1] if values.size else 0",
            "rest = 0",
            CONSTANTS,
        ),
        Mutant(
            "graph-halves",
            "3 halves read as whole numbers",
            FORMATS + "tensorflow.py",
            '.astype("<u2").view(numbers)',
            ".astype(numbers)",
            CONSTANTS,
        ),
        Mutant(
            "graph-unsigned",
            "3 attributes below 0",
            FORMATS + "tensorflow.py",
            "attribute = signed(field)",
            "attribute = field",
            GRAPH,
        ),
        Mutant(
            "graph-without-budget",
            "2 a constant of one number is repeated a billion times",
            FORMATS + "tensorflow.py",
            "    budget.tensor(name, shape, max(width, 4))\n",
            "",
            HOSTILE,
        ),
        Mutant(
            "graph-second-node",
            "2 of two nodes of one name the second counts",
            FORMATS + "tensorflow.py",
            "if node.name in nodes:",
            "if False:",
            HOSTILE,
        ),
        Mutant(
            "graph-for-caffe",
            "2 a network of Caffe taken for a graph",
            FORMATS + "detect.py",
            "return length >= 2 and head[begin : begin + 1] == NODE",
            "return length >= 2",
            CAFFE,
        ),
    ],
    dict.fromkeys(("fid-average", "fid-counting", "fid-maximum", "fid-1000"), OF_THE_TABLE),
)
