"""Features: the part of a network up to a layer, and what is made of pictures with it."""

from mutants.mutant import Mutant, judged, tests

FEATURES = "common/features/"
REFERENCES = tests("features/features", "features_of_every_framework_are_the_references")

MUTANTS = judged(
    [
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
    {"until": "it builds whole networks, and never the part up to a layer"},
)
