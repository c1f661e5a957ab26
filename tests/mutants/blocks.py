"""Blocks that look right, have the right shapes and parameters, and are not the block of the table."""

from mutants.mutant import NOT_IN_TABLES, OF_THE_TABLE, SAME_FUNCTION, Mutant, everywhere, judged, sees, tests

BACKENDS = ("torch", "tf", "mxnet")
PATHS = tests("packages/blocks", "an_inception_block_is_its_four_paths_side_by_side")
KINDS = tests("packages/blocks", "the_blocks_of_a_net_are_inception_blocks")
SURVIVES = tests("table/blocks", "a_block_keeps_its_type")
OUTLINES = tests("packages/outlines", "the_packages_have_the_same_outline")
TREES, BUILDING, OUTPUTS = "common/table/blocks.py", "common/contract/building.py", "common/contract/outputs.py"

MUTANTS = judged(
    [
        *everywhere(
            "paths-swapped",
            "2 paths three and four in each other's place",
            PATHS,
            torch=("blocks.py", "(p1, p2, p3, p4)", "(p1, p2, p4, p3)"),
            tf=("blocks.py", "(p1, p2, p3, p4)", "(p1, p2, p4, p3)"),
            mxnet=("blocks.py", "(p1, p2, p3, p4)", "(p1, p2, p4, p3)"),
        ),
        *everywhere(
            "path-without-pool",
            "2 a fourth path without its pool",
            PATHS,
            **dict.fromkeys(BACKENDS, ("blocks.py", "self.p4_2(self.p4_1(x))", "self.p4_2(x)")),
        ),
        *everywhere(
            "inception-as-concat",
            "2 nets without an Inception",
            KINDS,
            **dict.fromkeys(BACKENDS, ("blocks.py", "spec.Inception: Inception.from_node,", "spec.Inception: Concat,")),
        ),
        Mutant(
            "inception-lost",
            "2 an Inception that resolves to a Concat",
            TREES,
            "        return _with(self, paths=",
            "        return _with(Concat(p1=()) if isinstance(self, Concat) else self, paths=",
            SURVIVES,
        ),
        Mutant(
            "inception-of-itself",
            "2 a block that is changed where it stands",
            TREES,
            "changed = copy(node)",
            "changed = node",
            tests("table/blocks", "a_rebuilt_block_leaves_the_first_as_it_was"),
        ),
        Mutant(
            "summary-without-blocks",
            "2 a summary that shows no block",
            "googlenet_tf/net.py",
            "super().summary(*args, expand_nested=expand_nested, **kwargs)",
            "super().summary(*args, **kwargs)",
            tests("packages/blocks", "the_summary_of_a_keras_net_shows_its_blocks"),
            "tf",
        ),
        Mutant(
            "summary-unbuilt",
            "2 a summary without the numbers of the blocks",
            "googlenet_tf/net.py",
            "built.build(_batch_of(layer.input))",
            "pass",
            tests("packages/blocks", "the_summary_of_a_keras_net_shows_its_blocks"),
            "tf",
        ),
        Mutant(
            "stage-in-numbers",
            "3 Keras' files with numbers for the names of layers",
            "googlenet_tf/blocks.py",
            'if name != "layers"]',
            "if name]",
            tests("packages/blocks", "a_stage_of_keras_is_written_under_the_names_of_its_layers"),
            "tf",
        ),
        Mutant(
            "nearest-type",
            "2 only nodes of exactly the types that a package knows",
            BUILDING,
            "type(node).__mro__ if",
            "(type(node),) if",
            tests("packages/building", "a_node_is_built_as_the_nearest_type_of_the_vocabulary_that_the_package_knows"),
        ),
        Mutant(
            "unknown-type",
            "2 nothing in place of an unknown layer",
            BUILDING,
            '    raise InputError(f"a node',
            '    return lambda node, **kwargs: None\n    raise InputError(f"a node',
            tests("packages/building", "what_cannot_be_built_is_refused_wherever_it_stands"),
        ),
        Mutant(
            "stage-from-its-first-block",
            "2 a stage's output taken from its first block",
            OUTPUTS,
            "list(node.nodes)[-1]",
            "list(node.nodes)[0]",
            tests("packages/blocks", "a_stage_that_was_run_block_by_block_has_the_output_of_its_last"),
        ),
        Mutant(
            "outline-name",
            "2 a parameter of another name",
            "googlenet_tf/run.py",
            "def array(x:",
            "def array(y:",
            OUTLINES,
            "tf",
        ),
        Mutant(
            "outline-order",
            "2 a method in another place",
            "googlenet_mxnet/train.py",
            "    def momentums(self)",
            "    def last(self):\n        pass\n\n    def momentums(self)",
            OUTLINES,
        ),
        Mutant(
            "outline-default",
            "2 another default",
            "googlenet_torch/layers.py",
            "value: float = 0.0",
            "value: float = 1.0",
            OUTLINES,
        ),
        Mutant(
            "outline-old-difference",
            "2 a difference that is no more",
            "googlenet_tf/weights.py",
            "TO_CANONICAL = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}\n",
            "from common.table.padding import TO_CANONICAL\n",
            tests("packages/outlines", "no_difference_is_allowed_that_there_is_not"),
        ),
    ],
    {
        "paths-swapped": sees("d2l --image-size 40"),
        "path-without-pool": sees("d2l --image-size 40"),
        "inception-as-concat": SAME_FUNCTION,
        "inception-lost": SAME_FUNCTION,
        "inception-of-itself": OF_THE_TABLE,
        "summary": "it prints no summary of a framework's own",
        "stage-in-numbers": "it writes no file of a framework's own",
        "nearest-type": "every package has a block for every type of node",
        "unknown-type": NOT_IN_TABLES,
        "stage-from-its-first-block": sees("cifar10_bn --training"),
        "outline-name": sees("d2l --image-size 40"),
        "outline-order": SAME_FUNCTION,
        "outline-default": sees("d2l_same --image-size 40"),
        "outline-old-difference": "a package that does not import is bad input, not a divergence",
    },
)
