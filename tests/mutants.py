"""The traps, as edits of the code that set each of them again, and the tests that must then fail.

``tests/run_mutants.py`` applies one edit at a time to a copy of the project. The number before a trap is that
of its section in docs/differences.md: 1 padding, 2 published bugs that shapes and parameter counts cannot see,
3 what the frameworks mean by the same words, 4 surprises while importing.
"""

from dataclasses import dataclass

NETS, TORCH, TF, MXNET = "common/nets/", "googlenet_torch/", "googlenet_tf/", "googlenet_mxnet/"


def tests(file: str, *names: str) -> tuple[str, ...]:
    """Node ids of tests of one file."""
    return tuple(f"tests/test_{file}.py::test_{name}" for name in names)


@dataclass(frozen=True)
class Mutant:
    """An edit: ``old``, which occurs exactly once in ``file``, becomes ``new``; one of ``killers`` fails then.

    ``backend`` is the one that the killers run with.
    """

    name: str
    trap: str
    file: str
    old: str
    new: str
    killers: tuple[str, ...]
    backend: str = "torch"


def everywhere(name: str, trap: str, killers: tuple[str, ...], **edits: tuple[str, str, str]) -> list[Mutant]:
    """The same mistake in each framework: ``backend=(file, old, new)``."""
    folders = {"torch": TORCH, "tf": TF, "mxnet": MXNET}
    return [
        Mutant(f"{name}-{backend}", trap, folders[backend] + file, old, new, killers, backend)
        for backend, (file, old, new) in edits.items()
    ]


STATED = tests("vocabulary", "stated_padding_of_even_kernels_and_uneven_sides")
CEIL = tests("vocabulary", "pools_that_round_up")
NEGATIVE = tests("vocabulary", "max_pool_of_negative_maps_in_each_convention")
STRIDED = tests("vocabulary", "convolution_with_stride_in_each_convention")
AVERAGE = tests("vocabulary", "average_pool_counts_its_padding_or_not")
GLOBAL = tests("vocabulary", "global_average_pool_of_an_oblong_map")
NORM = tests("vocabulary", "batch_normalisation_of_any_eps_and_momentum")
KERNELS = tests("vocabulary", "the_kernels_of_float32_agree_too")
LRN = tests("vocabulary", "local_response_normalisation")
FLATTEN = tests("vocabulary", "dense_layers_flatten_in_the_order_channels_rows_columns")
FLAT = tests("vocabulary", "flat_and_tall_kernels")
HEADS = tests("vocabulary", "auxiliary_heads_and_the_weights_of_their_losses")
DROPOUT = tests("vocabulary", "dropout_zeroes_p_of_the_elements_in_training_and_enlarges_the_rest")
CONVENTION = tests("equivalence", "each_table_pads_by_the_convention_of_its_source")
COUNTS = tests("equivalence", "each_stage_has_its_published_number_of_parameters")
BLOCK = tests("book", "every_block_of_the_tables_is_the_block_of_the_book")
RELU = tests("book", "every_convolution_ends_in_a_relu_and_the_logits_in_nothing")
AUX = tests("packages", "aux1_branches_off_after_4a_and_aux2_after_4d_and_neither_goes_by_the_name_of_the_other")
LOOKING = tests("packages", "looking_at_a_net_leaves_its_weights_and_statistics_alone")
IMPORTS = tests("imports", "the_packages_import_in_any_order_and_leave_the_process_as_it_was")
THREADS = tests("imports", "mxnet_computes_with_as_many_threads_as_there_are_processors")

MUTANTS = [
    # 1. Padding
    *everywhere(
        "shifted",
        "1 padding on the wrong side",
        STATED,
        torch=("layers.py", "(left, right, top, bottom)", "(right, left, bottom, top)"),
        tf=(
            "layers.py",
            "return ops.pad(x, ((0, 0), *added, (0, 0)), constant_values=value)",
            "return ops.pad(x, ((0, 0), *(side[::-1] for side in added), (0, 0)), constant_values=value)",
        ),
        mxnet=("layers.py", "0, 0, top, bottom, left, right)", "0, 0, bottom, top, right, left)"),
    ),
    *everywhere(
        "turned",
        "1 rows padded for columns",
        STATED,
        torch=("layers.py", "(left, right, top, bottom)", "(top, bottom, left, right)"),
        tf=(
            "layers.py",
            "return ops.pad(x, ((0, 0), *added, (0, 0)), constant_values=value)",
            "return ops.pad(x, ((0, 0), *added[::-1], (0, 0)), constant_values=value)",
        ),
        mxnet=("layers.py", "0, 0, top, bottom, left, right)", "0, 0, left, right, top, bottom)"),
    ),
    *everywhere(
        "both-sides",
        "1 rounding up emulated by padding both sides",
        CEIL,
        torch=(
            "layers.py",
            "return F.pad(x, (left, right, top, bottom), value=value)",
            "return F.pad(x, (max(left, right),) * 2 + (max(top, bottom),) * 2, value=value)",
        ),
        tf=(
            "layers.py",
            "return ops.pad(x, ((0, 0), *added, (0, 0)), constant_values=value)",
            "return ops.pad(x, ((0, 0), *((max(side),) * 2 for side in added), (0, 0)), constant_values=value)",
        ),
        mxnet=(
            "layers.py",
            "width = (0, 0, 0, 0, top, bottom, left, right)",
            "width = (0, 0, 0, 0, *(max(top, bottom),) * 2, *(max(left, right),) * 2)",
        ),
    ),
    *everywhere(
        "zero-padding",
        "1 max pools padded with 0, not -inf",
        NEGATIVE,
        torch=("layers.py", "value=-torch.inf", "value=0.0"),
        tf=("layers.py", 'value=-float("inf")', "value=0.0"),
        mxnet=("layers.py", "value=-math.inf", "value=0.0"),
    ),
    *everywhere(
        "counting",
        "1 average pools count the padding when they must not, and the reverse",
        AVERAGE,
        torch=("layers.py", "if self.node.count_padding:", "if not self.node.count_padding:"),
        tf=("layers.py", "if self.node.count_padding:", "if not self.node.count_padding:"),
        mxnet=("layers.py", "if self.node.count_padding:", "if not self.node.count_padding:"),
    ),
    *everywhere(
        "native-count",
        "1 the framework's own idea of counting",
        AVERAGE,
        torch=("layers.py", "count_include_pad=True", "count_include_pad=False"),
        mxnet=("layers.py", "count_include_pad=True", "count_include_pad=False"),
    ),
    *everywhere(
        "native",
        "1 the framework's own padding in place of the table's",
        STRIDED,
        torch=(
            "layers.py",
            "def pad(x, node, value=0.0):",
            "def symmetric(kernel, stride, padding):\n    return tuple(k // 2 for k in kernel)\n\n\n"
            "def pad(x, node, value=0.0):",
        ),
        tf=("layers.py", "ops = keras.ops", "ops = keras.ops\n\n\ndef is_same(*window):\n    return True"),
        mxnet=(
            "layers.py",
            "nn = mx.gluon.nn",
            "nn = mx.gluon.nn\n\n\ndef symmetric(kernel, stride, padding):\n    return tuple(k // 2 for k in kernel)",
        ),
    ),
    Mutant(
        "native-ceil-tf",
        "1 Keras' SAME where pools round up",
        TF + "layers.py",
        "ops = keras.ops",
        "ops = keras.ops\n\n\ndef is_same(kernel, stride, padding):\n    return stride != (1, 1)",
        CEIL,
        "tf",
    ),
    Mutant(
        "ceil-is-same-tf",
        "1 rounding up taken for SAME: neither has fixed numbers",
        "common/padding.py",
        "(numbers is not None and numbers == fixed(kernel, stride, SAME))",
        "numbers == fixed(kernel, stride, SAME)",
        CEIL,
        "tf",
    ),
    Mutant(
        "native-ceil-mxnet",
        "1 MXNet's own ceil",
        MXNET + "layers.py",
        "native_padding(node), **kwargs)\n        self.node = node\n\n    def hybrid_forward(self, F, x):\n        ret",
        "native_padding(node), ceil_mode=True, **kwargs)\n        self.node = node\n\n"
        "    def hybrid_forward(self, F, x):\n        ret",
        NEGATIVE,
        "mxnet",
    ),
    *(
        Mutant(
            f"same-is-floor-{backend}",
            "1 d2l_same padded like d2l",
            "common/padding.py",
            "        if stride != (1, 1):\n            return None\n",
            "",
            STRIDED,
            backend,
        )
        for backend in ("torch", "tf", "mxnet")
    ),
    Mutant(
        "drop-rule",
        "1 a last window that starts in the padding is kept",
        "common/padding.py",
        "if steps * stride >= size + before:",
        "if steps * stride > size + before:",
        CEIL,
    ),
    Mutant(
        "ceil-is-floor",
        "1 the convention ceil pads pools like floor",
        "common/padding.py",
        "return Pad(ceil=True)",
        "return centred(kernel)",
        CONVENTION,
    ),
    *(
        Mutant(
            f"convention-{name}",
            "1 another convention in the table",
            NETS + file,
            old,
            old.replace(was, now),
            CONVENTION,
        )
        for name, file, was, now, old in (
            ("d2l", "d2l.py", "floor", "same", 'convention="floor",\n    stages=stages(),'),
            ("d2l_bn", "d2l.py", "floor", "same", 'convention="floor",\n    norm='),
            ("d2l_same", "d2l.py", "same", "floor", 'convention="same"'),
            ("paper", "paper.py", "same", "floor", 'convention="same"'),
            ("caffe", "caffe.py", "ceil", "same", 'convention="ceil"'),
            ("imagenet_aux", "imagenet_aux.py", "ceil", "floor", 'convention="ceil"'),
        )
    ),
    # 2. Published bugs
    Mutant(
        "p4-with-c1",
        "2 p4_2 built with c1 channels",
        NETS + "googlenet.py",
        "p4=(MaxPool(3), Conv(c4, 1))",
        "p4=(MaxPool(3), Conv(c1, 1))",
        COUNTS,
    ),
    *everywhere(
        "softmax",
        "2 a softmax on the logits",
        RELU,
        torch=(
            "net.py",
            "for layer in self:\n            x = layer(x)\n        return x",
            "for layer in self:\n            x = layer(x)\n        return torch.softmax(x, 1)",
        ),
        tf=(
            "net.py",
            "for layer in self.layers:\n            x = layer(x)\n        return x",
            "for layer in self.layers:\n            x = layer(x)\n        return keras.ops.softmax(x)",
        ),
        mxnet=(
            "net.py",
            "for layer in self:\n            x = layer(x)\n        return x",
            "for layer in self:\n            x = layer(x)\n        return x.softmax()",
        ),
    ),
    *everywhere(
        "global-max",
        "2 the largest element of the map in place of its mean",
        GLOBAL,
        torch=("layers.py", "GlobalAvgPool(nn.AdaptiveAvgPool2d)", "GlobalAvgPool(nn.AdaptiveMaxPool2d)"),
        tf=("layers.py", "keras.layers.GlobalAveragePooling2D", "keras.layers.GlobalMaxPooling2D"),
        mxnet=("layers.py", "nn.GlobalAvgPool2D", "nn.GlobalMaxPool2D"),
    ),
    Mutant(
        "conv2-without-relu",
        "2 no ReLU behind the 3x3 convolution of b2",
        NETS + "googlenet.py",
        "conv2=Conv(192, 3)",
        "conv2=Conv(192, 3, activation=None)",
        RELU,
    ),
    *everywhere(
        "no-relu",
        "2 no ReLU behind a convolution",
        STATED,
        torch=("layers.py", "        return activate(x, self.node.activation)", "        return x"),
        tf=("layers.py", "        return activate(x, self.node.activation)", "        return x"),
        mxnet=("layers.py", "        return activate(F, x, self.node.activation)", "        return x"),
    ),
    Mutant(
        "pool-of-1x1", "2 a pool of 1x1 in path 4", NETS + "googlenet.py", "p4=(MaxPool(3), ", "p4=(MaxPool(1), ", BLOCK
    ),
    *everywhere(
        "eps-is-channels",
        "2 eps is the number of channels",
        NORM,
        torch=("layers.py", "eps=node.norm.eps", "eps=node.channels"),
        tf=("layers.py", "epsilon=node.norm.eps", "epsilon=node.channels"),
        mxnet=("layers.py", "epsilon=node.norm.eps", "epsilon=node.channels"),
    ),
    *everywhere(
        "heads-swapped",
        "2 the heads go by each other's name",
        AUX,
        **dict.fromkeys(
            ("torch", "tf", "mxnet"),
            (
                "net.py",
                'return {"fc": self.fc(x), **heads}',
                'return {"fc": self.fc(x), **dict(zip(heads, reversed(list(heads.values())), strict=True))}',
            ),
        ),
    ),
    Mutant(
        "heads-swapped-in-the-table",
        "2 the heads branch off at each other's place",
        NETS + "googlenet.py",
        '{"aux1": Aux("b4.4a", head), "aux2": Aux("b4.4d", head)}',
        '{"aux1": Aux("b4.4d", head), "aux2": Aux("b4.4a", head)}',
        AUX,
    ),
    Mutant(
        "3x3-for-5x5",
        "2 3x3 for 5x5 in path 3",
        NETS + "googlenet.py",
        "def stages(*, third: tuple[int, ...] = (5,)",
        "def stages(*, third: tuple[int, ...] = (3,)",
        COUNTS + BLOCK,
    ),
    *everywhere(
        "pool-of-one",
        "2 AvgPool2d(1) as the global pool",
        GLOBAL,
        torch=("layers.py", "class GlobalAvgPool(nn.AdaptiveAvgPool2d):", "class GlobalAvgPool(nn.AvgPool2d):"),
        tf=(
            "layers.py",
            'super().__init__(data_format="channels_last", keepdims=True, **kwargs)',
            'super().__init__(data_format="channels_last", keepdims=True, **kwargs)\n\n'
            "    def call(self, x):\n        return x",
        ),
        mxnet=(
            "layers.py",
            "class GlobalAvgPool(nn.GlobalAvgPool2D):",
            "class GlobalAvgPool(nn.AvgPool2D):\n    def hybrid_forward(self, F, x):\n        return x\n",
        ),
    ),
    Mutant("182-for-192", "2 182 for 192 channels in 5b", NETS + "googlenet.py", "(192, 384)", "(182, 384)", COUNTS),
    # 3. Semantics of the frameworks
    *everywhere(
        "default-eps",
        "3 each framework's own default for eps",
        NORM,
        torch=("layers.py", "eps=node.norm.eps, ", ""),
        tf=("layers.py", ", epsilon=node.norm.eps", ""),
        mxnet=("layers.py", " epsilon=node.norm.eps,", ""),
    ),
    *everywhere(
        "momentum",
        "3 momentum as the weight of the other one",
        NORM,
        torch=("layers.py", "momentum=1 - node.norm.momentum", "momentum=node.norm.momentum"),
        tf=("layers.py", "momentum=node.norm.momentum", "momentum=1 - node.norm.momentum"),
        mxnet=("layers.py", "momentum=node.norm.momentum", "momentum=1 - node.norm.momentum"),
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
    *everywhere(
        "head-weight",
        "3 the losses of the heads at full weight",
        HEADS,
        **dict.fromkeys(("torch", "tf", "mxnet"), ("run.py", "aux.loss_weight * cross_entropy", "cross_entropy")),
    ),
    *everywhere(
        "statistics-left-moved",
        "3 looking at a net in training mode moves its statistics",
        LOOKING,
        torch=("run.py", "    set_weights(net, before)\n", ""),
        tf=("run.py", "    set_weights(net, before)\n", ""),
    ),
    Mutant(
        "not-frozen",
        "3 evaluation-mode gradients in MXNet's training mode",
        MXNET + "run.py",
        "how = imperative if training else frozen",
        "how = imperative",
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
    Mutant("numpy-bool", "4 np.bool left behind", MXNET + "framework.py", "del np.bool", "pass", IMPORTS, "mxnet"),
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
        '__all__ = ["mx"]',
        'mx.npx.set_np()\n__all__ = ["mx"]',
        IMPORTS,
        "mxnet",
    ),
    Mutant(
        "floatx",
        "4 set_floatx is global",
        TF + "framework.py",
        '__all__ = ["keras", "tf"]',
        'keras.backend.set_floatx("float64")\n__all__ = ["keras", "tf"]',
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
        "axis=-1",
        "axis=1",
        tests("vocabulary", "concatenations_within_concatenations"),
        "tf",
    ),
]
