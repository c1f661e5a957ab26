"""Layers that PyTorch's predictor computes in another way."""

from mutants.mutant import OF_USE, TORCH, Mutant, judged, tests

SIZES = tests("packages/rewritings", "filtering_is_the_convolution_for_every_size_and_padding")
ENDS = tests("packages/rewritings", "filtering_has_the_activation_and_the_bias_of_the_layer")
PORTIONS = tests("packages/rewritings", "filtering_in_portions_of_images_and_of_lines_is_the_same")
ROUNDED = tests("packages/rewritings", "filtering_of_many_channels_has_no_more_roundings_than_are_told")
GAIN = tests("packages/rewritings", "only_convolutions_that_gain_are_filtered")
HALF = tests("packages/rewritings", "as_many_are_filtered_as_leave_half_of_the_limit_to_the_other_layers")
NEIGHBOURS = tests("packages/rewritings", "the_maximum_of_neighbours_is_that_of_the_pool")
PLACES = tests("packages/rewritings", "pools_of_neighbours_find_no_places")
DIGITS = tests("packages/rewritings", "nothing_is_filtered_where_products_need_not_keep_all_digits")
STAGES = tests("packages/rewritings", "each_stage_computes_as_many_images_at_a_time_as_the_caches_hold")
PREDICTING = "common/contract/predicting.py"
EVERY = tests("packages/compiled", "a_compiled_predictor_is_the_reference_for_every_node")
REFUSED = tests("packages/compiled", "code_that_computes_something_else_is_refused")
NESTED = tests("packages/compiled", "scales_are_tensors_in_residual_blocks_within_others_too")
HOOKS = tests("packages/predictors", "hooks_of_layers_and_blocks_are_not_called")
FLOAT32 = tests("packages/compiled", "compiled_is_for_float32")
NO_COMPILER = tests("packages/compiled", "without_a_compiler_it_says_so")
WAYS = tests("bench/bench", "compiled_paths_are_measured_beside_the_plain_call")
COMPILED, TRACED = TORCH + "compiled.py", TORCH + "traced.py"
WINOGRAD, FAST = TORCH + "winograd.py", TORCH + "fast.py"

MUTANTS = judged(
    [
        Mutant("filtering-points", "1 digits are lost", WINOGRAD, "-3 / 4, 3 / 2, -3 / 2)", "-3 / 4, 5, -5)", ROUNDED),
        Mutant("filtering-swapped", "1 padding", WINOGRAD, "(top, _), (left, _) =", "(left, _), (top, _) =", SIZES),
        Mutant("filtering-no-bias", "2 a bias is lost", WINOGRAD, "if bias is None else bias", "", ENDS),
        Mutant("filtering-relu", "2 activation", WINOGRAD, 'if self.node.activation == "relu":', "if True:", ENDS),
        Mutant(
            "filtering-no-relu",
            "2 activation",
            WINOGRAD,
            "                    place.relu_()",
            "                    pass",
            ENDS,
        ),
        Mutant(
            "filtering-first-lines",
            "2 portions",
            WINOGRAD,
            "images, j : j + lines]), self",
            "images, :lines]), self",
            PORTIONS,
        ),
        Mutant(
            "filtering-first-images",
            "2 portions",
            WINOGRAD,
            "(tiles[:, :, i : i + images",
            "(tiles[:, :, :images",
            PORTIONS,
        ),
        Mutant(
            "filtering-at-once", "2 beyond the cache", WINOGRAD, "self.at_a_time // line", "2**40 // line", PORTIONS
        ),
        Mutant("filtering-few-tiles", "2 where it does not pay", WINOGRAD, "and tiles >= FEWEST_TILES", "", GAIN),
        Mutant("filtering-few-channels", "2 where it does not pay", WINOGRAD, ">= PRODUCTS * (", ">= 0 * (", GAIN),
        Mutant("filtering-strides", "1 stride", WINOGRAD, " or node.stride != (1, 1)", "", GAIN),
        Mutant("filtering-kernels", "1 kernel", WINOGRAD, "node.kernel != (3, 3) or ", "", GAIN),
        Mutant(
            "filtering-beyond",
            "3 the whole limit",
            WINOGRAD,
            "UNITS_PER_LAYER / 2 / ROUNDINGS",
            "UNITS_PER_LAYER / ROUNDINGS",
            HALF,
        ),
        Mutant("filtering-smallest", "2 where it pays least", WINOGRAD, "-macs[name]", "macs[name]", HALF),
        Mutant(
            "filtering-never",
            "2 the slow way",
            FAST,
            "case Conv() if name in minimal",
            "case Conv() if False",
            tests("packages/rewritings", "a_predictor_says_what_is_filtered"),
        ),
        Mutant(
            "filtering-by-half-a-processor",
            "2 the slow way",
            WINOGRAD,
            'return not wide or of_cpuinfo("vendor_id") == "GenuineIntel"',
            "return True",
            tests("packages/rewritings", "nothing_is_filtered_by_products_that_leave_half_of_a_processor_unused"),
        ),
        Mutant("neighbours-of-a-row", "1 windows", FAST, "for axis in (1, 2):", "for axis in (2,):", NEIGHBOURS),
        Mutant(
            "filtering-of-few-digits",
            "3 few digits",
            WINOGRAD,
            ".fp32_precision not in ALL_DIGITS",
            ".fp32_precision is None",
            DIGITS,
        ),
        Mutant("stages-whole", "2 maps beyond the cache", FAST, "if len(x) <= count else", "if True else", STAGES),
        Mutant("stages-alike", "2 portions", PREDICTING, 'if name.split(".")[0] == stage', "if True", STAGES),
        Mutant("stages-of-one-thread", "2 portions", PREDICTING, "threads * STAGE_BYTES", "STAGE_BYTES", STAGES),
        Mutant(
            "neighbours-before", "1 windows", FAST, "        torch.maximum(later, before, out=later)\n", "", NEIGHBOURS
        ),
        Mutant(
            "neighbours-last",
            "1 windows",
            FAST,
            "found.select(axis, -1).copy_(maps.select(axis, -1))",
            "found.select(axis, -1).fill_(-9)",
            NEIGHBOURS,
        ),
        Mutant(
            "neighbours-of-any-stride",
            "1 stride",
            FAST,
            "(kernel, stride) == ((3, 3), (1, 1))",
            "kernel == (3, 3)",
            PLACES,
        ),
        Mutant(
            "neighbours-of-any-padding",
            "1 padding",
            FAST,
            " and sides(size, *pool.node.window) == ((1, 1), (1, 1))",
            "",
            PLACES,
        ),
        Mutant("neighbours-never", "2 the slow way", FAST, "others and _neighbours(layer, size)", "False", PLACES),
        Mutant(
            "compiled-unchecked", "5 a compiler is trusted", COMPILED, "    _check(run, net", "    (run, net", REFUSED
        ),
        Mutant("compiled-inner-scale", "2 scales", COMPILED, "reversed(blocks.items())", "blocks.items()", NESTED),
        Mutant("copied-hooks", "2 hooks", TORCH + "rewriting.py", "module._forward_hooks.clear()", "pass", HOOKS),
        Mutant("compiled-nan", "5 no number passes", COMPILED, "if not error <= limit", "if error > limit", REFUSED),
        Mutant(
            "compiled-one-scale",
            "2 scales",
            TRACED,
            "nn.Buffer(torch.tensor(block.node.scale))",
            "block.node.scale",
            EVERY,
        ),
        Mutant("traced-no-relu", "2 activation", TRACED, "bias, self.node.activation)", "bias, None)", ENDS),
        Mutant("traced-no-bias", "2 a bias is lost", TRACED, "activate(row + self.bias,", "activate(row,", ENDS),
        Mutant("filtering-uneven", "2 portions", WINOGRAD, "even(count, lines // down)", "lines // down", PORTIONS),
        Mutant(
            "traced-lines", "2 a line is lost", TRACED, "min(i + lines, down) + 2", "min(i + lines, down) + 1", PORTIONS
        ),
        Mutant("traced-transposed", "2 axes", TRACED, "products.unbind(4)), 4)", "products.unbind(3)), 4)", SIZES),
        Mutant("compiled-any-dtype", "3 dtype", COMPILED, "like.dtype != torch.float32 or ", "", FLOAT32),
        Mutant("compiled-traceback", "4 no compiler", COMPILED, "        get_cpp_compiler()\n", "", NO_COMPILER),
        Mutant(
            "compiled-check-hooks",
            "2 hooks",
            COMPILED,
            "copied(net).double()",
            "__import__('copy').deepcopy(net).double().eval()",
            REFUSED,
        ),
        Mutant(
            "fast-unseen",
            "5 nothing on the screen",
            "common/runs/prediction.py",
            "(predictor,) = progress(made, 1)",
            "(predictor,) = made",
            tests("runs/fast", "a_fast_path_is_seen_to_be_made"),
        ),
        Mutant(
            "fast-needless",
            "4 what cannot be declared",
            "common/contract/declaration.py",
            "if getattr(self, ability) and not self.fast:",
            "if False:",
            tests("contract/backend", "a_declaration_that_cannot_be_is_one_line"),
        ),
        Mutant("compiled-untold", "4 not there", "common/bench/equality.py", '"fast", "compiled", ', '"fast", ', WAYS),
        Mutant(
            "compiled-beside-nothing",
            "5 a benchmark that misleads",
            "common/bench/groups.py",
            '[("compiled", "plain")] * plan.compiled',
            "[]",
            WAYS,
        ),
        Mutant(
            "compiled-undeclared",
            "4 not there",
            "common/runs/opened.py",
            "compiled=fast == COMPILED",
            "compiled=False",
            tests("runs/fast", "the_compiled_path_is_asked_of_the_predictor"),
            "tf",
        ),
        Mutant(
            "compiled-and-bfloat16",
            "4 one of two",
            "common/cli/options.py",
            "if bfloat16 and compiled",
            "if False",
            tests("runs/fast", "commands_ask_for_a_fast_path"),
        ),
    ],
    {"": OF_USE},
)
