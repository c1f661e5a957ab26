"""Padding, in the frameworks and in the tables."""

from mutants.mutant import BEHIND_RELU, MXNET, NETS, OF_THE_TABLE, TF, Mutant, everywhere, judged, sees, tests

STATED = tests("packages/vocabulary", "stated_padding_of_even_kernels_and_uneven_sides")
CEIL = tests("packages/vocabulary", "pools_that_round_up")
NEGATIVE = tests("packages/vocabulary", "max_pool_of_negative_maps_in_each_convention")
STRIDED = tests("packages/vocabulary", "convolution_with_stride_in_each_convention")
AVERAGE = tests("packages/vocabulary", "average_pool_counts_its_padding_or_not")
CONVENTION = tests("packages/equivalence", "each_table_pads_by_the_convention_of_its_source")

MUTANTS = judged(
    [
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
            torch=("layers.py", "value=-inf", "value=0.0"),
            tf=("layers.py", "value=-inf", "value=0.0"),
            mxnet=("layers.py", "value=-inf", "value=0.0"),
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
                "def pad(",
                "def symmetric(kernel, stride, padding):\n    return tuple(k // 2 for k in kernel)\n\n\ndef pad(",
            ),
            tf=("layers.py", "def pad(x: tf", "def is_same(*window):\n    return True\n\n\ndef pad(x: tf"),
            mxnet=(
                "layers.py",
                "def pad(",
                "def symmetric(kernel, stride, padding):\n    return tuple(k // 2 for k in kernel)\n\n\ndef pad(",
            ),
        ),
        Mutant(
            "native-ceil-tf",
            "1 Keras' SAME where pools round up",
            TF + "layers.py",
            "def pad(x: tf",
            "def is_same(kernel, stride, padding):\n    return stride != (1, 1)\n\n\ndef pad(x: tf",
            CEIL,
            "tf",
        ),
        Mutant(
            "ceil-is-same-tf",
            "1 rounding up taken for SAME: neither has fixed numbers",
            "common/table/padding.py",
            "(numbers is not None and numbers == fixed(kernel, stride, SAME))",
            "numbers == fixed(kernel, stride, SAME)",
            CEIL,
            "tf",
        ),
        Mutant(
            "native-ceil-mxnet",
            "1 MXNet's own ceil",
            MXNET + "layers.py",
            "spec.MaxPool, **kwargs: Any):\n",
            'spec.MaxPool, **kwargs: Any):\n        kwargs["ceil_mode"] = True\n',
            NEGATIVE,
            "mxnet",
        ),
        *(
            Mutant(
                f"same-is-floor-{backend}",
                "1 d2l_same padded like d2l",
                "common/table/padding.py",
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
            "common/table/padding.py",
            "if steps * stride >= size + before:",
            "if steps * stride > size + before:",
            CEIL,
        ),
        Mutant(
            "ceil-is-floor",
            "1 the convention ceil pads pools like floor",
            "common/table/padding.py",
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
    ],
    {
        "shifted": sees("d2l_same --image-size 40"),
        "shifted-tf": sees("caffe --image-size 40"),  # Keras pads by hand where it has no convention of its own
        "turned": sees("d2l_same --image-size 40"),
        "turned-tf": sees("caffe --image-size 40x49"),  # Keras pads by hand where it has no convention of its own
        "both-sides": sees("caffe --image-size 40"),
        "zero-padding": BEHIND_RELU,
        "counting": sees("inception_v3 --image-size 75"),
        "native-count": sees("inception_v3 --image-size 75"),
        "native-": sees("d2l_same --image-size 40"),
        "native-tf": sees("d2l --image-size 40"),
        "native-ceil-": sees("caffe --image-size 40"),
        "native-ceil-mxnet": "none of our pools that round up has padding in front, where alone they differ",
        "ceil-is-same": sees("caffe --image-size 40"),
        "same-is-floor": sees("d2l_same --image-size 40"),
        "same-is-floor-tf": "Keras pads by its own SAME, and does not ask",
        "drop-rule": OF_THE_TABLE,
        "ceil-is-floor": OF_THE_TABLE,
        "convention": OF_THE_TABLE,
    },
)
