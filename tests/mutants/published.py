"""Published bugs that shapes and parameter counts cannot see."""

from mutants.mutant import NETS, OF_THE_TABLE, Mutant, everywhere, judged, sees, tests

STATED = tests("packages/vocabulary", "stated_padding_of_even_kernels_and_uneven_sides")
GLOBAL = tests("packages/vocabulary", "global_average_pool_of_an_oblong_map")
NORM = tests("packages/vocabulary", "batch_normalisation_of_any_eps_and_momentum")
COUNTS = tests("packages/equivalence", "each_stage_has_its_published_number_of_parameters")
BLOCK = tests("packages/book", "every_block_of_the_tables_is_the_block_of_the_book")
RELU = tests("packages/book", "every_convolution_ends_in_a_relu_and_the_logits_in_nothing")
AUX = tests(
    "packages/contract", "aux1_branches_off_after_4a_and_aux2_after_4d_and_neither_goes_by_the_name_of_the_other"
)

SPEC = "common/table/blocks.py"

MUTANTS = judged(
    [
        Mutant(
            "p4-with-c1",
            "2 p4_2 built with c1 channels",
            SPEC,
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
                "return self.fc(self.features(x))",
                "return torch.softmax(self.fc(self.features(x)), 1)",
            ),
            tf=(
                "net.py",
                "return self.fc(self.features(x))",
                "return keras.ops.softmax(self.fc(self.features(x)))",
            ),
            mxnet=(
                "net.py",
                "return self.fc(self.features(x))",
                "return self.fc(self.features(x)).softmax()",
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
        Mutant("pool-of-1x1", "2 a pool of 1x1 in path 4", SPEC, "p4=(MaxPool(3), ", "p4=(MaxPool(1), ", BLOCK),
        *everywhere(
            "eps-is-channels",
            "2 eps is the number of channels",
            NORM,
            torch=("layers.py", "eps=node.eps", "eps=channels"),
            tf=("layers.py", "epsilon=node.eps", "epsilon=channels"),
            mxnet=("layers.py", "epsilon=node.eps", "epsilon=channels"),
        ),
        *everywhere(
            "heads-swapped",
            "2 the heads go by each other's name",
            AUX,
            **dict.fromkeys(
                ("torch", "tf", "mxnet"),
                (
                    "net.py",
                    'return {"fc": self.fc(flat(x)), **heads}',
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
            "block: Callable[..., Concat] = Inception",
            "block: Callable[..., Concat] = third_path(3)",
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
        Mutant(
            "182-for-192", "2 182 for 192 channels in 5b", NETS + "googlenet.py", "(192, 384)", "(182, 384)", COUNTS
        ),
    ],
    {
        "p4-with-c1": OF_THE_TABLE,
        "softmax": sees("d2l --image-size 40"),
        "global-max": sees("d2l --image-size 40"),
        "conv2-without": OF_THE_TABLE,
        "no-relu": sees("d2l --image-size 40"),
        "pool-of-1x1": OF_THE_TABLE,
        "eps-is-channels": sees("d2l_bn --image-size 40"),
        "heads-swapped": sees("cifar10_bn --training"),
        "heads-swapped-in": OF_THE_TABLE,
        "3x3-for-5x5": OF_THE_TABLE,
        "pool-of-one": sees("d2l --image-size 96"),
        "182-for": OF_THE_TABLE,
    },
)
