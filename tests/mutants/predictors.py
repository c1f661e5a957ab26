"""Predictors: the fastest way of each package to compute the logits of many batches."""

from mutants.mutant import MXNET, OF_USE, TF, TORCH, Mutant, judged, tests

NODES = tests("packages/predictors", "a_predictor_is_the_reference_for_every_node")
POOLS = tests("packages/predictors", "a_predictor_has_the_windows_of_every_pool")
SIZES = tests("packages/predictors", "windows_follow_the_size_that_is_asked_for")
COUNTS = tests("packages/predictors", "any_number_of_images_is_computed_a_batch_at_a_time")
COPIES = tests("packages/predictors", "a_predictor_has_copies_of_the_weights_that_the_net_had")
LEFT = tests("packages/predictors", "making_and_using_a_predictor_leaves_the_net_as_it_was")
OTHER = tests("packages/predictors", "images_of_another_size_are_refused_in_one_line")
REFUSED = tests("packages/predictors", "a_predictor_refuses_what_predict_does")
NONE = tests("packages/predictors", "what_no_predictor_can_be_made_for_is_refused")
HOW = tests("packages/predictors", "a_predictor_says_which_way_it_takes")
WITHOUT = tests("packages/predictors", "torch_without_operators_of_onednn_goes_on_without")
PORTIONS = tests("packages/predictors", "a_processor_computes_as_many_images_at_a_time_as_are_fastest")
NOT_FINITE = tests("packages/predictors_finite", "an_image_that_is_not_finite_has_logits_of_nan")
HUGE = tests("packages/predictors_finite", "images_whose_sum_alone_is_not_finite_are_finite")
OF_NO_USE = tests("packages/predictors_finite", "weights_whose_logits_are_not_finite_have_no_predictor")
OTHERS = tests("packages/predictors_finite", "weights_that_nothing_hides_are_taken")
MANY = tests("features/many", "features_of_many_pictures_are_computed_by_the_predictor_of_the_package")
OWN_SIZES = tests("features/many", "pictures_that_keep_their_own_sizes_are_computed_one_by_one")
UNDECLARED = tests("features/many", "a_package_that_declares_no_fast_path_predicts")
PREDICTED = tests("runs/fast", "predictions_are_those_of_predict")
COUNTED = tests("runs/fast", "counts_are_those_of_evaluate")
NO_SIZE = tests("runs/fast", "pictures_of_their_own_sizes_have_no_fast_path")
NOT_FAST = tests("runs/fast", "a_backend_without_a_fast_path_is_refused")
PREDICTION = "common/runs/prediction.py"
FOLDING, PREDICTING, FEATURES = (
    *("common/contract/folding.py", "common/contract/predicting.py"),
    "common/features/extraction.py",
)

MUTANTS = judged(
    [
        Mutant("fold-without-eps", "3 eps", FOLDING, '_var"] + eps)', '_var"])', NODES),
        Mutant(
            "fold-bias-apart",
            "2 a bias is not scaled",
            FOLDING,
            '- wide["norm.running_mean"]) * slope',
            '- wide["norm.running_mean"])',
            NODES,
        ),
        Mutant("fold-no-bias", "2 a bias is lost", FOLDING, '(wide.get("bias", 0.0) - ', "(0.0 - ", NODES),
        Mutant("fold-bias-unscaled", "2 a bias is not scaled", FOLDING, "(scale * shift)", "(shift)", NODES, "mxnet"),
        Mutant("fold-norm-unscaled", "2 a scale is lost", FOLDING, "(scale * slope)", "(slope)", NODES, "mxnet"),
        Mutant(
            "fold-scale-before-relu",
            "2 a scale is not that of what it scales",
            MXNET + "fast.py",
            "isinstance(end, Conv) and end.node.activation is None",
            "isinstance(end, Conv)",
            NODES,
            "mxnet",
        ),
        Mutant(
            "predictor-any-size",
            "1 windows of another size",
            PREDICTING,
            "if images.shape[1:] != self.shape:",
            "if False:",
            OTHER,
            "mxnet",
        ),
        Mutant(
            "predictor-unchecked",
            "2 images that the net does not take",
            PREDICTING,
            "        check_images(self.table, images, aux=False)\n",
            "",
            REFUSED,
        ),
        Mutant(
            "predictor-first-batch",
            "2 only a part of the images",
            PREDICTING,
            "range(0, len(images), self.batch)",
            "range(0, self.batch, self.batch)",
            COUNTS,
        ),
        Mutant(
            "predictor-hides-nan",
            "2 a NaN is hidden",
            PREDICTING,
            "        logits[not_finite(images)] = np.nan\n",
            "",
            NOT_FINITE,
        ),
        Mutant("predictor-sums-only", "2 large numbers", PREDICTING, " if not np.isfinite(images[i]).all()", "", HUGE),
        Mutant(
            "predictor-nan-weights", "2 a NaN is hidden", PREDICTING, "isfinite(array).all()", "any(True)", OF_NO_USE
        ),
        Mutant("predictor-negative-variance", "2 a NaN is hidden", PREDICTING, "array.min() < 0", "False", OF_NO_USE),
        Mutant("predictor-nan-heads", "2 weights of no part", PREDICTING, '("fc", *table.aux)', '("fc",)', OTHERS),
        *(
            Mutant(
                f"predictor-any-weights-{backend}",
                "2 a NaN is hidden",
                package + "fast.py",
                "    require_finite(arrays(net, before_classifier(net.table)))\n",
                "",
                OF_NO_USE,
                backend,
            )
            for backend, package in (("torch", TORCH), ("tf", TF), ("mxnet", MXNET))
        ),
        Mutant(
            "predictor-pools-same-tf",
            "1 another padding",
            TF + "fast.py",
            "if sides(size, kernel, stride, padding) == sides(size, kernel, stride, SAME):",
            "if True:",
            SIZES,
            "tf",
        ),
        Mutant(
            "predictor-not-fused-mxnet",
            "2 the slow way",
            MXNET + "fast.py",
            "FUSED = Operators(mx.sym)",
            "FUSED = mx.sym",
            tests("packages/predictors", "gluon_predicts_by_the_relu_that_onednn_fuses"),
            "mxnet",
        ),
        Mutant("portion-whole", "2 maps beyond the cache", PREDICTING, "ceil(batch / max(1, most)))", "1)", PORTIONS),
        Mutant("portion-of-numbers", "2 bytes", PREDICTING, "(number_bytes * max(", "(4 * max(", PORTIONS, "tf"),
        Mutant(
            "portion-torch",
            "2 no portions",
            TORCH + "fast.py",
            '.device.type != "cpu":',
            '.device.type == "cpu":',
            PORTIONS,
        ),
        Mutant("portion-tf", "2 no portions", TF + "fast.py", 'if "CPU" in', 'if "TPU" in', PORTIONS, "tf"),
        Mutant("predictor-no-size", "2 no size", PREDICTING, "number > 0 for", "number > -9 for", NONE),
        Mutant(
            "predictor-in-training-tf",
            "3 training mode",
            TF + "fast.py",
            "training=False",
            "training=True",
            NODES,
            "tf",
        ),
        Mutant(
            "predictor-live-tf",
            "2 the weights of another moment",
            TF + "fast.py",
            "(logits,) = frozen(tf.convert",
            "logits = traced(tf.convert",
            COPIES,
            "tf",
        ),
        Mutant(
            "predictor-of-the-net-torch",
            "2 the net itself is changed",
            TORCH + "rewriting.py",
            "copy.deepcopy(net).eval()",
            "net.eval()",
            LEFT,
        ),
        Mutant(
            "predictor-no-relu-torch",
            "2 no activation",
            TORCH + "onednn.py",
            '"relu" if relu else "none"',
            '"none"',
            NODES,
        ),
        Mutant(
            "predictor-not-fused-torch", "2 the slow way", TORCH + "onednn.py", "like.dtype in DTYPES", "False", HOW
        ),
        Mutant(
            "predictor-always-onednn-torch",
            "4 operators that are not there",
            TORCH + "onednn.py",
            "        and torch.backends.mkldnn.is_available()\n",
            "",
            WITHOUT,
        ),
        Mutant(
            "predictor-pool-torch",
            "1 an average of what is outside",
            TORCH + "rewriting.py",
            "count_include_pad=node.count_padding",
            "count_include_pad=True",
            POOLS,
        ),
        Mutant(
            "predictor-pool-rounded-torch",
            "1 ceil",
            TORCH + "rewriting.py",
            "ceil_mode=up",
            "ceil_mode=False",
            (*POOLS, *SIZES),
        ),
        Mutant(
            "predictor-pool-size-mxnet",
            "1 windows that are not the table's",
            MXNET + "fast.py",
            "if _size(y) == output_size(size, *node.window):",
            "if True:",
            (*POOLS, *SIZES),
            "mxnet",
        ),
        Mutant(
            "predictor-pool-mxnet",
            "1 an average of what is outside",
            MXNET + "fast.py",
            '"pooling_convention": convention, "count_include_pad": False}',
            '"pooling_convention": convention, "count_include_pad": True}',
            POOLS,
            "mxnet",
        ),
        Mutant(
            "predictor-pad-mxnet",
            "1 a maximum of 0",
            MXNET + "fast.py",
            "-np.inf if largest else 0.0",
            "0.0",
            POOLS,
            "mxnet",
        ),
        Mutant(
            "predictor-scale-mxnet",
            "2 a shortcut",
            MXNET + "fast.py",
            "scale * self._chain(block, body, x)",
            "self._chain(block, body, x)",
            NODES,
            "mxnet",
        ),
        Mutant(
            "predictor-rest-mxnet",
            "2 the rest of the batch before",
            MXNET + "fast.py",
            "images[: len(x)] = x",
            "images[:] = np.resize(x[:1], images.shape)",
            COUNTS,
            "mxnet",
        ),
        Mutant(
            "predictor-plain-mxnet",
            "2 the slow way",
            MXNET + "fast.py",
            "np.dtype(dtype) == np.float32",
            "False",
            HOW,
            "mxnet",
        ),
        Mutant(
            "predictor-for-a-few", "2 a net is compiled for a few pictures", FEATURES, "count >= MANY", "True", MANY
        ),
        Mutant("predictor-for-none", "2 no net is compiled", FEATURES, "count >= MANY", "False", MANY),
        Mutant(
            "predictor-each-time",
            "2 a net is compiled again",
            FEATURES,
            "    @cached_property\n",
            "    @property\n",
            MANY,
        ),
        Mutant(
            "predictor-of-no-size",
            "1 one size for all",
            FEATURES,
            " and size is not None",
            "",
            OWN_SIZES,
        ),
        Mutant(
            "predictor-undeclared",
            "4 what a package has not",
            FEATURES,
            "backend.declared(backend_name).fast and",
            "",
            UNDECLARED,
        ),
        Mutant("fast-always", "2 asked for or not", PREDICTION, "    if not fast:\n", "    if False:\n", PREDICTED),
        Mutant("fast-never", "2 asked for in vain", PREDICTION, "    if not fast:\n", "    if True:\n", COUNTED),
        Mutant(
            "fast-of-no-size",
            "2 a defect where a line is due",
            PREDICTION,
            '    if size is None:\n        raise InputError("pictures of diff',
            '    if False:\n        raise InputError("pictures of diff',
            NO_SIZE,
        ),
        Mutant(
            "fast-undeclared",
            "4 not there",
            "common/runs/opened.py",
            "fast=bool(fast), ",
            "",
            NOT_FAST,
        ),
    ],
    {"": OF_USE},
)
