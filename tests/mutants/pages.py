"""Pages whose code, commands and results are run: a mistake in one is noticed."""

from mutants.mutant import Mutant, tests

TUTORIAL = "docs/tutorial.md"
BLOCKS = tests("face/tutorial", "the_blocks_of_a_framework_print_what_the_page_shows")
COMMANDS = tests("face/tutorial", "the_commands_print_what_the_page_shows")
RULE = tests("face/tutorial", "what_is_printed_is_held_to_what_is_shown")
KINDS = tests("face/tutorial", "every_block_is_of_a_kind_that_is_run")

NETWORK = tests("face/adding", "a_network_of_the_page_is_the_published_one")
FRAMEWORK = tests("face/adding", "a_framework_of_the_page_agrees_in_a_process_of_its_own")

MUTANTS = [
    Mutant(
        "adding-network-ceil",
        "the page's table rounds down",
        "docs/adding-a-network.md",
        "padding=Pad(ceil=True)",
        "padding=VALID",
        NETWORK,
    ),
    Mutant(
        "adding-network-count",
        "a number that is not so",
        "docs/adding-a-network.md",
        "1,235,496 parameters, 349",
        "1,235,497 parameters, 349",
        NETWORK,
    ),
    Mutant(
        "adding-framework-maximum",
        "the page's package takes the first of a window",
        "docs/adding-a-framework.md",
        "self.windows(node, x, -inf).max((4, 5))",
        "self.windows(node, x, -inf)[..., 0, 0]",
        FRAMEWORK,
    ),
    Mutant(
        "adding-framework-eps",
        "the page's package has an eps of its own",
        "docs/adding-a-framework.md",
        "np.sqrt(var + node.norm.eps)",
        "np.sqrt(var + 0.1)",
        FRAMEWORK,
    ),
    Mutant(
        "tutorial-relu",
        "the page's block has no ReLU",
        TUTORIAL,
        "nn.Conv2d(in_channels, channels, size, **settings), nn.ReLU())",
        "nn.Conv2d(in_channels, channels, size, **settings), nn.Identity())",
        BLOCKS,
    ),
    Mutant(
        "tutorial-same",
        "the page pads a stride as SAME does",
        TUTORIAL,
        "[layers.ZeroPadding2D(1), layers.MaxPool2D(3, strides=2)]",
        '[layers.MaxPool2D(3, strides=2, padding="same")]',
        BLOCKS,
        "tf",
    ),
    Mutant(
        "tutorial-maximum",
        "the page ends with a maximum",
        TUTORIAL,
        "nn.GlobalAvgPool2D()",
        "nn.GlobalMaxPool2D()",
        BLOCKS,
        "mxnet",
    ),
    Mutant("tutorial-result", "a result that is not so", TUTORIAL, "144,896 weights", "144,895 weights", BLOCKS),
    Mutant(
        "tutorial-number",
        "a command's result that is not so",
        TUTORIAL,
        "alexnet   1x224x224     3,723,968",
        "alexnet   1x224x224     3,723,969",
        COMMANDS,
    ),
    Mutant(
        "tutorial-unrun", "a block that nobody runs", TUTORIAL, "```python file=native.py", "```py native.py", KINDS
    ),
    Mutant(
        "pages-rounding",
        "any number is a rounding error",
        "tests/support/pages.py",
        r'r"\d\.\d+e[-+]\d\d"',
        r'r"[\d.,]+(?:e[-+]\d\d)?"',
        RULE,
    ),
    Mutant(
        "pages-beginning",
        "only the beginning of what is printed is looked at",
        "tests/support/pages.py",
        "re.fullmatch(pattern",
        "re.match(pattern",
        RULE,
    ),
]
