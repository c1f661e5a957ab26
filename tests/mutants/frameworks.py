"""What the frameworks mean by the same words, and what they do while they are imported."""

from mutants.mutant import MXNET, TF, Mutant, everywhere, tests

STRIDED = tests("packages/vocabulary", "convolution_with_stride_in_each_convention")
NORM = tests("packages/vocabulary", "batch_normalisation_of_any_eps_and_momentum")
KERNELS = tests("packages/vocabulary", "the_kernels_of_float32_agree_too")
LRN = tests("packages/vocabulary", "local_response_normalisation")
FLATTEN = tests("packages/vocabulary", "dense_layers_flatten_in_the_order_channels_rows_columns")
FLAT = tests("packages/vocabulary", "flat_and_tall_kernels")
HEADS = tests("packages/vocabulary", "auxiliary_heads_and_the_weights_of_their_losses")
DROPOUT = tests("packages/vocabulary", "dropout_zeroes_p_of_the_elements_in_training_and_enlarges_the_rest")
LOOKING = tests("packages/contract", "looking_at_a_net_leaves_its_weights_and_statistics_alone")
IMPORTS = tests("packages/imports", "the_packages_import_in_any_order_and_leave_the_process_as_it_was")
THREADS = tests("packages/imports", "mxnet_computes_with_as_many_threads_as_there_are_processors")

MUTANTS = [
    *everywhere(
        "default-eps",
        "3 each framework's own default for eps",
        NORM,
        torch=("layers.py", "eps=node.eps, ", ""),
        tf=("layers.py", ", epsilon=node.eps", ""),
        mxnet=("layers.py", " epsilon=node.eps,", ""),
    ),
    *everywhere(
        "momentum",
        "3 momentum as the weight of the other one",
        NORM,
        torch=("layers.py", "momentum=1 - node.momentum", "momentum=node.momentum"),
        tf=("layers.py", "momentum=node.momentum", "momentum=1 - node.momentum"),
        mxnet=("layers.py", "momentum=node.momentum", "momentum=1 - node.momentum"),
    ),
    *everywhere(
        "unbiased",
        "3 the other formula for the moving variance",
        NORM,
        torch=("layers.py", "unbiased=True", "unbiased=False"),
        tf=("layers.py", "unbiased=False", "unbiased=True"),
        mxnet=("layers.py", "unbiased=False", "unbiased=True"),
    ),
    *everywhere(
        "flatten-order",
        "3 a map flattened in the order H, W, C",
        FLATTEN,
        torch=("layers.py", "x.flatten(1)", "(x.permute(0, 2, 3, 1) if x.ndim == 4 else x).flatten(1)"),
        tf=("layers.py", "x = ops.reshape(ops.transpose(x, (0, 3, 1, 2)), ", "x = ops.reshape(x, "),
    ),
    *everywhere(
        "lrn-alpha",
        "3 alpha divided by the size, or not",
        LRN,
        torch=("layers.py", "alpha=node.alpha", "alpha=node.alpha * node.size"),
        tf=("layers.py", "node.alpha / node.size * total", "node.alpha * total"),
        mxnet=("layers.py", "node.alpha / node.size * total", "node.alpha * total"),
    ),
    *everywhere(
        "lrn-k",
        "3 MXNet's default for k",
        LRN,
        torch=("layers.py", "k=node.k", "k=2.0"),
        tf=("layers.py", "(node.k + ", "(2.0 + "),
        mxnet=("layers.py", "(node.k + ", "(2.0 + "),
    ),
    *everywhere(
        "dropout-keeps-p",
        "3 the probability to keep in place of the one to drop",
        DROPOUT,
        torch=("layers.py", "super().__init__(node.p)", "super().__init__(1 - node.p)"),
        tf=("layers.py", "super().__init__(node.p, ", "super().__init__(1 - node.p, "),
        mxnet=("layers.py", "super().__init__(node.p, ", "super().__init__(1 - node.p, "),
    ),
    *everywhere(
        "from-logits",
        "3 a loss that takes probabilities",
        FLATTEN,
        torch=("run.py", "F.cross_entropy(logits, wanted)", "-(wanted * logits).sum(1).mean()"),
        tf=(
            "run.py",
            "tf.nn.softmax_cross_entropy_with_logits(wanted, logits)",
            "tf.keras.losses.categorical_crossentropy(wanted, logits)",
        ),
        mxnet=("run.py", "sparse_label=False", "sparse_label=False, from_logits=True"),
    ),
    *everywhere(
        "sum-of-losses",
        "3 the sum of the losses in place of their mean",
        FLATTEN,
        torch=("run.py", "F.cross_entropy(logits, wanted)", 'F.cross_entropy(logits, wanted, reduction="sum")'),
        tf=("run.py", "tf.reduce_mean(", "tf.reduce_sum("),
        mxnet=("run.py", "(logits, wanted).mean()", "(logits, wanted).sum()"),
    ),
    Mutant(
        "head-weight",
        "3 the losses of the heads at full weight",
        "common/contract/loss.py",
        "aux.loss_weight * loss(",
        "loss(",
        HEADS,
    ),
    *everywhere(
        "statistics-left-moved",
        "3 looking at a net in training mode moves its statistics",
        LOOKING,
        torch=("measure.py", "buffer.copy_(own)", "pass"),
        tf=("measure.py", "variable.assign(own)", "pass"),
    ),
    Mutant(
        "not-frozen",
        "3 evaluation-mode gradients in MXNet's training mode",
        MXNET + "run.py",
        "imperative if training else frozen)",
        "imperative)",
        NORM,
        "mxnet",
    ),
    Mutant(
        "recorded-in-evaluation-mode",
        "3 MXNet has no derivatives in evaluation mode",
        MXNET + "run.py",
        "mx.autograd.record():",
        "mx.autograd.record(train_mode=training):",
        KERNELS,
        "mxnet",
    ),
    Mutant(
        "numpy-bool", "4 np.bool left behind", MXNET + "framework.py", 'del vars(np)["bool"]', "pass", IMPORTS, "mxnet"
    ),
    Mutant(
        "half-the-threads",
        "4 MXNet with half of the processors",
        MXNET + "framework.py",
        "with numpy_bool(), all_threads():",
        "with numpy_bool():",
        THREADS,
        "mxnet",
    ),
    Mutant(
        "half-the-threads-for-torch",
        "4 MXNet leaves torch with one thread",
        MXNET + "framework.py",
        "with numpy_bool(), all_threads():",
        "with numpy_bool():",
        IMPORTS,
        "mxnet,torch",
    ),
    Mutant(
        "environment",
        "4 OMP_NUM_THREADS left behind",
        MXNET + "framework.py",
        'del os.environ["OMP_NUM_THREADS"]',
        "pass",
        IMPORTS,
        "mxnet",
    ),
    Mutant(
        "numpy-mode",
        "4 npx.set_np() is global",
        MXNET + "framework.py",
        '__all__ = ["mx", "nn"]',
        'mx.npx.set_np()\n__all__ = ["mx", "nn"]',
        IMPORTS,
        "mxnet",
    ),
    Mutant(
        "floatx",
        "4 set_floatx is global",
        TF + "framework.py",
        '__all__ = ["keras", "ops", "tf"]',
        'keras.backend.set_floatx("float64")\n__all__ = ["keras", "ops", "tf"]',
        IMPORTS,
        "tf",
    ),
    Mutant(
        "keras-images",
        "3 columns for rows in NHWC",
        TF + "run.py",
        "x.transpose(0, 2, 3, 1)",
        "x.transpose(0, 3, 2, 1)",
        FLAT,
        "tf",
    ),
    Mutant(
        "keras-kernels",
        "3 columns for rows in HWIO",
        TF + "weights.py",
        "4: (2, 3, 1, 0)",
        "4: (3, 2, 1, 0)",
        STRIDED,
        "tf",
    ),
    Mutant(
        "keras-maps",
        "3 columns for rows on the way back",
        TF + "run.py",
        "transpose(0, 3, 1, 2)",
        "transpose(0, 3, 2, 1)",
        FLAT,
        "tf",
    ),
    Mutant(
        "keras-concat",
        "3 paths side by side in the image",
        TF + "blocks.py",
        "for path in self.node.paths], axis=-1",
        "for path in self.node.paths], axis=1",
        tests("packages/vocabulary", "concatenations_within_concatenations"),
        "tf",
    ),
]
