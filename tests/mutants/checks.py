"""What a table may not hold, and random streams that tensors would share.

NumPy's reference and every backend are made of the same table, and would agree on whatever it says. So the table itself
is checked when it is made.
"""

from mutants.mutant import NOT_IN_TABLES, OF_REFUSALS, Mutant, judged, tests

CHECKS, NAMES, NODES = "common/table/checks.py", "common/table/names.py", "common/table/nodes.py"
BLOCKS, NETWORK, LAYERS = "common/table/blocks.py", "common/table/network.py", "common/table/layers.py"
DRAWING, TENSORS, RESOLVE = "common/table/drawing.py", "common/table/tensors.py", "common/table/resolve.py"

RIGHT = tests("table/checks_fields", "a_field_takes_what_it_may_be")
WRONG = tests("table/checks_fields", "a_field_takes_nothing_else_and_the_error_says_so_in_a_line")
ALONE = tests("table/checks", "a_lone_node_says_its_own_kind")
NAMED = tests("table/checks", "a_network_says_its_name_and_that_of_the_node")
FITTING = tests("table/checks", "a_table_whose_maps_do_not_fit_is_refused_by_the_names_of_network_and_node")
HOSTILE = tests("table/checks", "a_hostile_value_is_cut_short")
DEEP = tests("table/checks", "blocks_within_blocks_have_a_limit")
IN_PLACE = tests("table/checks", "what_was_changed_in_place_is_noticed_when_the_table_is_asked_for")
STREAMS = tests("table/tensors", "names_with_one_checksum_do_not_draw_the_same_numbers")
SHARED = tests("table/tensors", "no_two_tensors_of_a_table_share_a_random_stream")
CALLED = tests("table/tensors", "only_the_scales_of_normalisations_do_not_decay_whatever_a_layer_is_called")

MUTANTS = judged(
    [
        # Fields
        Mutant(
            "any-activation", "an activation that nobody knows", NODES, "only(*ACTIVATIONS)", "instance(object)", WRONG
        ),
        Mutant(
            "true-is-one", "True for a number", CHECKS, "type(value) is int and", "isinstance(value, int) and", WRONG
        ),
        Mutant("true-is-real", "True for a share", CHECKS, "isinstance(value, bool) or not", "not", WRONG),
        Mutant("nan-is-real", "NaN and infinity", CHECKS, "not (value == 0 or held(value))", "False", WRONG),
        Mutant(
            "equal-is-same",
            "1 for True",
            CHECKS,
            "type(value) in kinds and (type(value), value) in allowed",
            "any(value == other for _, other in allowed)",
            WRONG,
        ),
        Mutant(
            "endless-whole",
            "numbers of more than 32 bits",
            CHECKS,
            "least <= value <= LARGEST",
            "least <= value",
            WRONG,
        ),
        Mutant("list-is-tuple", "lists, which can change", CHECKS, "isinstance(value, tuple) and", "", WRONG),
        Mutant("eps-of-0", "an eps of 0", NODES, '"eps": real(above=0)', '"eps": real(0)', WRONG),
        Mutant("drop-all", "a dropout of everything", NODES, "real(0, below=1)", "real(0, 1)", WRONG),
        Mutant(
            "keep-all",
            "a momentum of 1 refused",
            NODES,
            '"momentum": real(0, 1)',
            '"momentum": real(0, below=1)',
            RIGHT,
        ),
        Mutant(
            "weight-below-0", "a head that unlearns", NETWORK, '"loss_weight": real(0)', '"loss_weight": real()', WRONG
        ),
        Mutant("unit-of-row", "macs printed for parameters", NETWORK, '?{unit}")', '?[KM]")', WRONG),
        Mutant("even-lrn", "a sum without a centre", NODES, "if self.size % 2 == 0:", "if False:", ALONE),
        Mutant(
            "pool-of-padding", "a window of padding alone", NODES, "if any(rows >= side", "if any(rows > side", ALONE
        ),
        Mutant(
            "long-message", "a message of a megabyte", CHECKS, "if len(text) <= LONGEST else", "if True else", HOSTILE
        ),
        Mutant(
            "stages-change",
            "a table that all share is changed by one",
            NETWORK,
            "object.__setattr__(self, name, Frozen(getattr(self, name)))",
            "object.__setattr__(self, name, dict(getattr(self, name)))",
            tests("table/checks", "nothing_of_a_table_can_be_changed"),
        ),
        # Names, blocks, heads
        Mutant(
            "dotted-name",
            "a dot in a name",
            NAMES,
            'r"[A-Za-z0-9][A-Za-z0-9_]*"',
            'r"[A-Za-z0-9][A-Za-z0-9_.]*"',
            ALONE,
        ),
        Mutant("name-of-tensor", "a layer called norm", NAMES, "if name in reserved:", "if False:", ALONE),
        Mutant("name-of-module", "a block called half", NAMES, "if name in FRAMEWORKS_OWN:", "if False:", ALONE),
        Mutant("head-is-stage", "a head with the name of a stage", NETWORK, "if both:", "if False:", NAMED),
        Mutant("head-of-nothing", "a head behind no block", NETWORK, "if aux.after not in blocks:", "if False:", NAMED),
        Mutant("row-of-nothing", "a row of no layer", NETWORK, "if name not in known]", "if False]", NAMED),
        Mutant("no-stages", "a network without stages", NETWORK, "if not self.stages:", "if False:", NAMED),
        Mutant("empty-stage", "a stage without nodes", BLOCKS, "if not self.nodes:", "if False:", ALONE),
        Mutant("empty-paths", "a block without paths", BLOCKS, "if not self.paths:", "if False:", ALONE),
        Mutant("endless-depth", "blocks without end", BLOCKS, "if depth(block) > DEEPEST:", "if False:", DEEP),
        Mutant(
            "nodes-unasked",
            "what is changed behind a table",
            NETWORK,
            "            node.check()\n",
            "",
            NAMED + IN_PLACE,
        ),
        Mutant("centre-unasked", "padding that no convention has", NETWORK, "node.padding == INHERIT", "False", NAMED),
        # What fits
        Mutant(
            "fewer-logits",
            "logits for other classes",
            LAYERS,
            "if layer.shape != (num_classes,):",
            "if False:",
            FITTING,
        ),
        Mutant("pool-of-vector", "a pool of a vector", LAYERS, "if before.flat and", "if False and", FITTING),
        Mutant(
            "map-and-vector",
            "maps beside vectors",
            LAYERS,
            "if len({end.flat for end in ends}) > 1:",
            "if False:",
            FITTING,
        ),
        Mutant(
            "unnamed-network", "maps of nobody's", RESOLVE, "with within(network.name):", 'with within(""):', FITTING
        ),
        # Random streams
        Mutant(
            "twin-streams",
            "one stream for one checksum",
            DRAWING,
            " if checksum in taken else []",
            " if False else []",
            STREAMS,
        ),
        Mutant(
            "one-stream",
            "one stream for all",
            DRAWING,
            "[entropy, checksum, *difference]",
            "[entropy]",
            SHARED + STREAMS,
        ),
        Mutant("decay-by-suffix", "a layer called prenorm", TENSORS, '".norm.weight"', '"norm.weight"', CALLED),
    ],
    {
        "": OF_REFUSALS,
        "twin-streams": "every backend gets the same weights, whatever they are",
        "one-stream": "every backend gets the same weights, whatever they are",
        "decay-by-suffix": NOT_IN_TABLES,
        "unit-of-row": "it prints no rows of a paper",
    },
)
