"""FID's Inception: its table, its files, the resizing of its pictures, and features."""

from mutants.mutant import NETS, OF_THE_TABLE, Mutant, judged, tests

SOURCES, FORMATS, DATA = "common/weights/sources/", "common/weights/formats/", "common/data/"

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
FEATURES = "common/features/"
REFERENCES = tests("features/features", "features_of_every_framework_are_the_references")
TENSORFLOW_1 = tests("data/resizing", "fid_is_torch_fidelitys_resize_of_tensorflow_1")
PYTORCH = tests("data/resizing", "pytorch_fid_is_its_own_interpolation")
CLEAN = tests("data/resizing", "clean_fid_is_its_own_resizer")
SAME = tests("data/resizing", "a_resize_to_the_same_size_changes_nothing")
RULES = tests("data/resizing", "rules_work_with_grey_pictures_other_orders_and_cuts")
BATCHES = tests("data/resizing", "batches_of_such_pictures_are_what_a_call_gives")


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
        # Resizing
        Mutant(
            "fid-resize-half-pixels",
            "3 TensorFlow 1's resizing with centres at halves",
            DATA + "resizing.py",
            "places = (np.arange(new, dtype=dtype) * np.float32(old / new)).astype(dtype)",
            "places = np.maximum((np.arange(new, dtype=dtype) + 0.5) * np.float32(old / new) - 0.5, 0).astype(dtype)",
            TENSORFLOW_1,
        ),
        Mutant(
            "fid-resize-double-scale",
            "3 a scale that is not rounded to float32",
            DATA + "resizing.py",
            "np.float32(old / new)",
            "(old / new)",
            TENSORFLOW_1,
        ),
        Mutant(
            "pytorch-fid-corners",
            "3 PyTorch's resizing without halves of pixels",
            DATA + "resizing.py",
            "np.arange(new, dtype=dtype) + kind(0.5), kind(-0.5)",
            "np.arange(new, dtype=dtype), kind(0)",
            PYTORCH,
        ),
        Mutant(
            "pytorch-fid-beyond-the-edge",
            "3 pixels before the first are mixed in",
            DATA + "resizing.py",
            "        places = np.maximum(places, kind(0))\n",
            "",
            PYTORCH,
        ),
        Mutant(
            "pytorch-fid-rounded-twice",
            "3 products rounded before they are added",
            DATA + "resizing.py",
            'if dtype == "float64":',
            "if dtype:",
            PYTORCH,
        ),
        Mutant(
            "clean-fid-bytes",
            "3 channels rounded to whole numbers",
            DATA + "resizing.py",
            "Image.fromarray(np.float32(pixels[:, :, i]))",
            "Image.fromarray(pixels[:, :, i])",
            CLEAN,
        ),
        Mutant(
            "clean-fid-not-cut",
            "3 values beyond black and white",
            DATA + "resizing.py",
            "np.asarray(channel).clip(0, 255)",
            "np.asarray(channel)",
            CLEAN,
        ),
        Mutant(
            "same-size-computed",
            "3 a picture of the right size is resized",
            DATA + "resizing.py",
            "if pixels.shape[:2] == tuple(size):",
            "if False:",
            SAME,
        ),
        Mutant(
            "rules-turned",
            "3 height for width",
            DATA + "preprocessing.py",
            "resizing.resized(pixels, size[::-1], self",
            "resizing.resized(pixels, size, self",
            RULES,
        ),
        Mutant(
            "rules-uncut",
            "2 the part at the centre is not cut",
            DATA + "preprocessing.py",
            "pixels = pixels[top:bottom, left:right]",
            "pixels = pixels[: bottom - top, : right - left]",
            RULES,
        ),
        Mutant(
            "rules-in-tables",
            "3 fractions looked up in a table of bytes",
            DATA + "batches.py",
            "image[:] = np.moveaxis(self.preprocessing.normalised(pixels), 2, 0)\n            return",
            "pixels = pixels.astype(np.uint8)",
            BATCHES,
        ),
        # Features
        Mutant(
            "until-one-further",
            "2 a layer behind the one that is asked for",
            "common/table/until.py",
            "for name in names[: names.index(last) + 1]}",
            "for name in names[: names.index(last) + 2]}",
            tests("table/until", "the_part_up_to_a_layer_computes_what_the_whole_does"),
        ),
        Mutant(
            "until-never-pooled",
            "2 maps in place of their means",
            "common/table/until.py",
            "if pooled and not output.flat:",
            "if False:",
            tests("table/until", "the_part_up_to_a_layer_computes_what_the_whole_does"),
        ),
        Mutant(
            "until-own-size",
            "2 maps of another size of image",
            "common/table/until.py",
            "num_classes=width, input=shape, published=()",
            "num_classes=width, published=()",
            tests("table/until", "every_block_of_the_family_has_its_part_at_other_sizes_too"),
        ),
        Mutant(
            "features-biased",
            "2 the bias of the classifier stays in logits without it",
            FEATURES + "extraction.py",
            "np.zeros_like(weights",
            "np.copy(weights",
            REFERENCES,
        ),
        Mutant(
            "features-prepared-in-float32",
            "3 pictures prepared in float32 for a network in float64",
            FEATURES + "extraction.py",
            "self.preprocessing(picture, self.dtype)",
            "self.preprocessing(picture)",
            REFERENCES,
        ),
        Mutant(
            "features-not-finite",
            "2 numbers that are none are written",
            FEATURES + "extraction.py",
            "            if len(bad):",
            "            if len(bad) > len(images):",
            tests("features/features", "bad_input_is_one_line"),
        ),
        Mutant(
            "features-of-all-weights",
            "2 the digest changes with tensors that features do not depend on",
            FEATURES + "extraction.py",
            '"weights": digest(weights)',
            '"weights": digest(trained.weights)',
            tests("features/features", "the_metadata_say_what_the_features_are"),
        ),
        Mutant(
            "features-all-at-once",
            "2 all pictures are read before the first is computed",
            FEATURES + "extraction.py",
            "AHEAD = 2 ",
            "AHEAD = 2000 ",
            tests("features/features", "only_a_batch_is_in_hand"),
        ),
        Mutant(
            "features-of-sizes",
            "2 pictures that keep their own sizes in one batch",
            FEATURES + "extraction.py",
            "batch if size else 1",
            "batch",
            tests("features/features", "pictures_that_keep_their_own_sizes_have_features_but_no_maps"),
        ),
        Mutant(
            "features-tap",
            "2 768 channels of another place",
            FEATURES + "taps.py",
            '"768": "b4"',
            '"768": "b4.6a"',
            tests("features/features", "every_tap_of_fids_network_is_the_references_in_every_framework"),
        ),
        Mutant(
            "features-broken-late",
            "2 a broken picture is found when its turn comes",
            FEATURES + "whole.py",
            "    check_whole(places, progress)\n    array",
            "    array",
            tests("features/features", "a_broken_picture_is_told_before_anything_is_computed_with_how_many_more"),
        ),
        Mutant(
            "features-fewer-rows",
            "2 a file of fewer rows than it says",
            FEATURES + "files.py",
            "if count != whole[0]:",
            "if count > whole[0]:",
            tests("features/feature_files", "what_ends_early_leaves_the_file_that_was_there"),
        ),
        Mutant(
            "features-dated",
            "3 files with the time of their writing",
            FEATURES + "files.py",
            'zipfile.ZipInfo("features.npy", EPOCH)',
            'zipfile.ZipInfo("features.npy", __import__("time").localtime()[:6])',
            tests("features/feature_files", "npz_is_dated_as_nothing_is"),
        ),
        Mutant(
            "features-gathered",
            "2 all features in memory",
            FEATURES + "files.py",
            "    for batch in batches:\n        count",
            "    for batch in list(batches):\n        count",
            tests("features/feature_files", "memory_does_not_grow_with_the_number_of_pictures"),
        ),
    ],
    {
        "until": "it builds whole networks, and never the part up to a layer",
    }
    | dict.fromkeys(("fid-average", "fid-counting", "fid-maximum", "fid-1000"), OF_THE_TABLE),
)
