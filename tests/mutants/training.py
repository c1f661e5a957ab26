"""The one rule of training, in each framework; trainer_rule.py has it in NumPy, steps.py how steps are judged."""

from mutants.mutant import (
    OF_DTYPES,
    OF_REFUSALS,
    OF_RESUMING,
    OF_TRAINING,
    OF_USE,
    Mutant,
    everywhere,
    judged,
    sees,
    tests,
)

WORKED = tests("packages/trainers", "the_worked_example_of_a_rate_that_changes")
NESTEROV = tests("packages/trainers", "nesterov_looks_ahead")
COUPLED = tests("packages/trainers", "decay_is_part_of_the_gradient_and_so_of_the_velocity")
KERNELS = tests("packages/trainers", "decay_acts_on_kernels_and_on_nothing_else")
FLOAT64 = tests("packages/trainers", "rate_momentum_and_decay_are_not_rounded_to_float32")
CLIP = tests("packages/trainers", "clipping_shortens_the_whole_gradient_to_the_limit_exactly")
NO_LENGTH = tests("packages/trainers", "a_gradient_of_zero_has_no_length_to_clip")
LOSS = tests("packages/trainers", "the_loss_is_smoothed_and_the_heads_count_with_their_weights")
MOVING = tests("packages/trainers", "moving_statistics_follow_the_batchs_biased_variance_in_float64")
SEED = tests("packages/trainers", "dropout_follows_its_seed_and_nothing_else")
MASKS = tests("packages/trainers", "layers_of_one_network_have_masks_of_their_own")
ALONE = tests("packages/trainers", "dropout_leaves_torchs_own_random_numbers_alone")
GOING_ON = tests("packages/trainers", "going_on_from_weights_and_velocities_is_identical_to_the_last_bit")
BFLOAT16 = tests("packages/trainers", "bfloat16_is_close_to_float32_and_not_equal_and_weights_stay_float32")
CLIP_FLOAT32 = tests(
    "packages/trainers_edges",
    "a_million_gradients_in_float32_are_clipped_to_the_limit",
    "gradients_whose_squares_are_beyond_float32_are_clipped_and_not_lost",
)
EXACT = tests("packages/trainers_edges", "the_loss_of_bfloat16_is_computed_in_float32")
BATCHES = tests("packages/trainers_edges", "batches_that_cannot_be_learned_from_are_refused_before_anything_moves")
LOSSES = "common/contract/loss.py"

MUTANTS = judged(
    [
        *everywhere(
            "decay-everything",
            "3 biases and normalisations decay too",
            KERNELS,
            **dict.fromkeys(
                ("torch", "tf", "mxnet"),
                ("train.py", "if self.recipe.weight_decay and decays(name):", "if self.recipe.weight_decay:"),
            ),
        ),
        *everywhere(
            "decay-decoupled",
            "3 decay beside the gradient, not in it",
            COUPLED,
            torch=(
                "train.py",
                "g.add_(self.parameters[name], alpha=self.recipe.weight_decay)",
                "self.parameters[name].mul_(1 - lr * self.recipe.weight_decay)",
            ),
            tf=("train.py", "nesterov=recipe.nesterov)", "nesterov=recipe.nesterov, weight_decay=recipe.weight_decay)"),
            mxnet=(
                "train.py",
                "g += self.recipe.weight_decay * self.parameters[name].data()",
                "self.parameters[name].set_data((1 - lr * self.recipe.weight_decay) * self.parameters[name].data())",
            ),
        ),
        Mutant(
            "rate-outside",
            "3 PyTorch's own rule: the rate outside of the velocity",
            "googlenet_torch/train.py",
            "torch._foreach_mul_(lists[1], lr)\n        sgd(*lists, lr=1.0",
            "sgd(*lists, lr=lr",
            WORKED,
        ),
        Mutant(
            "rate-float32-tf",
            "3 a rate in float32",
            "googlenet_tf/train.py",
            "self.optimizer.apply([lr * g for g in gradients.values()])",
            "self.optimizer.apply([tf.cast(tf.cast(lr, 'float32'), lr.dtype) * g for g in gradients.values()])",
            FLOAT64,
            "tf",
        ),
        Mutant(
            "momentum-float32-tf",
            "3 a momentum through float32",
            "googlenet_tf/train.py",
            "momentum=np.float64(recipe.momentum)",
            "momentum=recipe.momentum",
            FLOAT64,
            "tf",
        ),
        Mutant(
            "momentum-float32-mxnet",
            "3 a momentum through float32",
            "googlenet_mxnet/train.py",
            "state[:] = self.momentum * state + step",
            "state[:] = mx.nd.array([self.momentum]).astype(state.dtype) * state + step",
            FLOAT64,
            "mxnet",
        ),
        *everywhere(
            "nesterov-not",
            "3 plain momentum for Nesterov's",
            NESTEROV,
            torch=("train.py", '"nesterov": self.recipe.nesterov', '"nesterov": False'),
            tf=("train.py", "nesterov=recipe.nesterov", "nesterov=False"),
            mxnet=("train.py", "self.momentum * state + step if self.nesterov else state", "state"),
        ),
        *everywhere(
            "clip-epsilon",
            "3 a gradient clipped to a little less",
            CLIP,
            torch=("train.py", "(self.recipe.clip / length)", "(self.recipe.clip / (length + 1e-6))"),
            tf=("train.py", "self.recipe.clip / length", "self.recipe.clip / (length + 1e-6)"),
            mxnet=("train.py", "max(length, self", "max(length + 1e-8, self"),
        ),
        *everywhere(
            "clip-always",
            "3 short gradients stretched to the limit",
            CLIP,
            torch=("train.py", ".clamp(max=1)", ""),
            tf=("train.py", "tf.minimum(self.recipe.clip / length, 1)", "self.recipe.clip / length"),
            mxnet=("train.py", "max(length, self.recipe.clip)", "length"),
        ),
        Mutant(
            "clip-zero-mxnet",
            "3 a gradient of length 0 divided by its length",
            "googlenet_mxnet/train.py",
            "self.recipe.clip / max(length, self.recipe.clip)",
            "min(self.recipe.clip / float(length), 1)",
            NO_LENGTH,
            "mxnet",
        ),
        *everywhere(
            "clip-float32",
            "3 a length summed in float32",
            CLIP_FLOAT32,
            torch=("train.py", "torch.linalg.vector_norm(g, dtype=torch.float64)", "torch.linalg.vector_norm(g)"),
            tf=("train.py", "tf.cast(g, tf.float64) for g", "g for g"),
            mxnet=("train.py", 'array(g).astype("float64") ** 2', "array(g) ** 2"),
        ),
        *(
            Mutant(
                f"heads-unweighted-{backend}",
                "3 heads count as much as the classifier",
                "common/contract/loss.py",
                "aux.loss_weight * loss(",
                "loss(",
                LOSS,
                backend,
            )
            for backend in ("torch", "tf", "mxnet")
        ),
        *everywhere(
            "smoothing-not",
            "3 targets that are not smoothed",
            LOSS,
            torch=("train.py", "self.recipe.label_smoothing)", "0.0)"),
            tf=("train.py", "self.recipe.label_smoothing)", "0.0)"),
            mxnet=("train.py", "self.recipe.label_smoothing)", "0.0)"),
        ),
        Mutant(
            "smoothing-others",
            "3 MXNet's SoftmaxOutput: smoothing over the other classes",
            "common/contract/loss.py",
            "smoothing / classes",
            "smoothing / (classes - 1)",
            LOSS,
        ),
        *everywhere(
            "statistics-uncorrected",
            "3 the framework's own rule for moving statistics",
            MOVING,
            torch=("train.py", "for name, (a, b) in moving.items():", "for name, (a, b) in ():"),
            mxnet=("train.py", "for name, (a, b) in moving.items():", "for name, (a, b) in ():"),
        ),
        *everywhere(
            "dropout-seed",
            "3 the same masks at every step",
            SEED,
            torch=("train.py", "torch.manual_seed(seed)", "torch.manual_seed(0)"),
            tf=("train.py", "assign([seed, i << 16])", "assign([0, i << 16])"),
            mxnet=("train.py", "mx.random.seed(seed)", "mx.random.seed(0)"),
        ),
        *everywhere(
            "dropout-state",
            "3 masks that depend on the steps before",
            SEED,
            torch=("train.py", "torch.manual_seed(seed)", "pass"),
            tf=("train.py", "layer.seed_generator.state.assign([seed, i << 16])", "pass"),
            mxnet=("train.py", "        mx.random.seed(seed)\n", ""),
        ),
        Mutant(
            "dropout-alike",
            "3 one mask for all layers",
            "googlenet_tf/train.py",
            "[seed, i << 16]",
            "[seed, 0]",
            MASKS,
            "tf",
        ),
        Mutant(
            "dropout-global",
            "3 PyTorch's global random numbers seeded",
            "googlenet_torch/train.py",
            "with torch.random.fork_rng(range(torch.cuda.device_count())):",
            "if True:",
            ALONE,
        ),
        Mutant(
            "velocity-sign",
            "3 PyTorch's velocity points uphill",
            "googlenet_torch/train.py",
            "copied if self.adam else -copied",
            "copied",
            GOING_ON,
        ),
        Mutant(
            "velocity-lost",
            "3 velocities that are not put back",
            "googlenet_mxnet/train.py",
            "own[name][:] = ",
            "own[name] = ",
            GOING_ON,
            "mxnet",
        ),
        Mutant(
            "velocity-np",
            "3 velocities of the kind of array in use",
            "googlenet_mxnet/train.py",
            "0 * weight.as_nd_ndarray() if",
            "0 * weight if",
            tests("packages/trainers", "training_is_the_same_in_the_numpy_mode_of_mxnet"),
            "mxnet",
        ),
        *everywhere(
            "bfloat16-not",
            "3 bfloat16 asked for and not used",
            BFLOAT16,
            torch=("train.py", "enabled=self.bfloat16", "enabled=False"),
            tf=("train.py", '"mixed_bfloat16" if bfloat16 else net.dtype_policy', "net.dtype_policy"),
        ),
        Mutant(
            "decay-scales",
            "3 a normalisation's scale taken for a kernel",
            "common/table/tensors.py",
            ' and not name.endswith(".norm.weight")',
            "",
            tests("contract/recipe", "decay_acts_on_kernels"),
        ),
        *everywhere(
            "bfloat16-loss",
            "3 a loss in bfloat16",
            EXACT,
            torch=(
                "run.py",
                "return F.cross_entropy(logits, wanted)",
                "return F.cross_entropy(logits.bfloat16(), wanted.bfloat16()).to(wanted.dtype)",
            ),
            tf=(
                "run.py",
                "logits(wanted, logits))",
                'logits(tf.cast(wanted, "bfloat16"), tf.cast(logits, "bfloat16")), -1)',
            ),
        ),
        *everywhere(
            "bfloat16-float64",
            "3 bfloat16 for a net that is not in float32",
            tests("packages/trainers_edges", "bfloat16_is_refused_to_a_net_that_is_not_in_float32"),
            torch=("train.py", "if bfloat16 and next(net.parameters()).dtype != torch.float32:", "if False:"),
            tf=("train.py", 'if bfloat16 and net.variable_dtype != "float32":', "if False:"),
        ),
        *everywhere(
            "dropout-seed-short",
            "3 the same masks for seeds with the same last digits",
            tests("packages/trainers_edges", "seeds_that_differ_in_any_digit_draw_other_masks"),
            torch=("train.py", "torch.manual_seed(seed)", "torch.manual_seed(seed % 2**24)"),
            tf=("train.py", "assign([seed, i << 16])", "assign([seed % 2**24, i << 16])"),
            mxnet=("train.py", "mx.random.seed(seed)", "mx.random.seed(seed % 1000)"),
        ),
        Mutant(
            "velocity-none",
            "3 velocities asked for that there are not",
            "googlenet_torch/train.py",
            "if recipe.momentum and not recipe.adaptive:",
            "if not recipe.adaptive:",
            tests("packages/trainers_edges", "velocities_of_a_recipe_without_momentum_go_back_as_they_came"),
        ),
        Mutant(
            "statistics-size",
            "3 a variance corrected for images of the table's size",
            "googlenet_torch/train.py",
            "corrections(self.net.table, (count, *x.shape[1:]), MOVING,",
            "corrections(self.net.table, (len(x), *self.net.table.input), MOVING,",
            tests("packages/trainers_edges", "batches_of_any_size_move_the_statistics_by_the_rule"),
        ),
        Mutant(
            "statistics-frozen",
            "3 a momentum of 1 divided by",
            "common/contract/moving.py",
            "if momentum == 1:",
            "if False:",
            tests("packages/trainers_edges", "a_momentum_of_1_keeps_the_moving_statistics_as_they_are"),
        ),
        Mutant(
            "frozen-gradients",
            "3 gradients of frozen parameters",
            "googlenet_torch/run.py",
            "net.named_parameters() if p.requires_grad}",
            "net.named_parameters()}",
            tests(
                "packages/trainers_edges",
                "a_frozen_stage_has_no_gradients_and_does_not_move_and_the_others_have_theirs",
            ),
        ),
        Mutant("labels-negative", "3 a label of -1 for the last class", LOSSES, "(labels < 0) | ", "", BATCHES),
        Mutant(
            "labels-few",
            "3 one label for many",
            "common/contract/inputs.py",
            "np.shape(labels) != (images,)",
            "False",
            BATCHES,
            "tf",
        ),
        Mutant(
            "batch-one-value",
            "3 a variance of one value",
            "common/table/sizes.py",
            "(layers[name].output[1:]) < 2",
            "(()) < 1",
            BATCHES,
        ),
    ],
    {
        "decay-everything": sees("d2l_bn --image-size 64 --batch 4 --steps 3"),
        "decay-decoupled": sees("d2l_bn --image-size 64 --batch 4 --steps 3"),
        "rate-outside": sees("d2l --image-size 32 --batch 4 --steps 4"),
        "rate-float32": sees("d2l --image-size 32 --batch 4 --steps 4"),
        "momentum-float32": sees("d2l --image-size 32 --batch 4 --steps 4"),
        "nesterov-not": sees("d2l --image-size 32 --batch 4 --steps 4 --recipe quick"),
        "clip-epsilon": sees("d2l --image-size 32 --batch 4 --steps 4 --recipe d2l_cosine"),
        "clip-always": "with the weights that it draws gradients are longer than the limits of all recipes",
        "clip-zero": "no image that it compares has a gradient of length 0",
        "clip-float32": "it makes steps in float64 only, which is what the length is summed in",
        "smoothing-not": sees("d2l --image-size 32 --batch 4 --steps 4"),
        "statistics-uncorrected": sees("d2l_bn --image-size 64 --batch 4 --steps 3"),
        "dropout": OF_TRAINING,
        "velocity-sign": OF_RESUMING,
        "velocity-lost": OF_RESUMING,
        "velocity-np": OF_USE,
        "velocity-none": OF_USE,
        "bfloat16": OF_DTYPES,
        "decay-scales": "the reference and every backend ask the same rule",
        "statistics-size": sees("d2l_bn --image-size 64 --batch 4 --steps 3"),
        "frozen-gradients": OF_USE,
        "batch-one-value": OF_REFUSALS,
    },
)
