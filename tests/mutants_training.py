"""The one rule of training, in each framework and in NumPy, and how steps are judged."""

from mutants import Mutant, everywhere, tests

WORKED = tests("trainers", "the_worked_example_of_a_rate_that_changes")
NESTEROV = tests("trainers", "nesterov_looks_ahead")
COUPLED = tests("trainers", "decay_is_part_of_the_gradient_and_so_of_the_velocity")
KERNELS = tests("trainers", "decay_acts_on_kernels_and_on_nothing_else")
FLOAT64 = tests("trainers", "rate_momentum_and_decay_are_not_rounded_to_float32")
CLIP = tests("trainers", "clipping_shortens_the_whole_gradient_to_the_limit_exactly")
NO_LENGTH = tests("trainers", "a_gradient_of_zero_has_no_length_to_clip")
LOSS = tests("trainers", "the_loss_is_smoothed_and_the_heads_count_with_their_weights")
MOVING = tests("trainers", "moving_statistics_follow_the_batchs_biased_variance_in_float64")
SEED = tests("trainers", "dropout_follows_its_seed_and_nothing_else")
MASKS = tests("trainers", "layers_of_one_network_have_masks_of_their_own")
ALONE = tests("trainers", "dropout_leaves_torchs_own_random_numbers_alone")
GOING_ON = tests("trainers", "going_on_from_weights_and_velocities_is_identical_to_the_last_bit")
BFLOAT16 = tests("trainers", "bfloat16_is_close_to_float32_and_not_equal_and_weights_stay_float32")
REFERENCE = ("tests/test_reference_training.py",)
PLATEAU = tests("schedules", "a_plateau_is_that_of_pytorch")
COSINE = tests("schedules", "cosine_goes_up_in_a_line_and_down_along_half_a_cosine")
PARITY = tests("parity", "settings_of_its_own_are_one_training_too")
CAUGHT = tests("parity", "a_single_wrong_number_is_found_at_its_step", "what_is_no_number_or_not_there_is_named")
NUMPY, SCHEDULES, JUDGE = "common/reference_training.py", "common/schedules.py", "common/parity.py"

MUTANTS = [
    *everywhere(
        "decay-everything",
        "3 biases and normalisations decay too",
        KERNELS,
        torch=("train.py", "if self.recipe.weight_decay and decays(name):", "if self.recipe.weight_decay:"),
        tf=("train.py", "self.recipe.weight_decay if decays(name) else 0", "self.recipe.weight_decay"),
        mxnet=("train.py", "if self.recipe.weight_decay and decays(name):", "if self.recipe.weight_decay:"),
    ),
    *everywhere(
        "decay-decoupled",
        "3 decay beside the gradient, not in it",
        COUPLED,
        torch=(
            "train.py",
            "p.grad.add_(p, alpha=self.recipe.weight_decay)",
            "p.mul_(1 - lr * self.recipe.weight_decay)",
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
        "torch._foreach_mul_(gradients, lr)",
        'self.optimizer.param_groups[0]["lr"] = lr',
        WORKED,
    ),
    Mutant(
        "rate-float32-tf",
        "3 a rate in float32",
        "googlenet_tf/train.py",
        "self.optimizer.apply([lr * g for g in gradients])",
        "self.optimizer.apply([tf.cast(tf.cast(lr, 'float32'), lr.dtype) * g for g in gradients])",
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
        torch=("train.py", "nesterov=recipe.nesterov", "nesterov=False"),
        tf=("train.py", "nesterov=recipe.nesterov", "nesterov=False"),
        mxnet=("train.py", "self.momentum * state + step if self.nesterov else state", "state"),
    ),
    *everywhere(
        "clip-epsilon",
        "3 a gradient clipped to a little less",
        CLIP,
        torch=("train.py", "(self.recipe.clip / length)", "(self.recipe.clip / (length + 1e-6))"),
        tf=("train.py", "tf.linalg.global_norm(gradients)", "(tf.linalg.global_norm(gradients) + 1e-6)"),
        mxnet=("train.py", "max(array(length).item(), self", "max(array(length).item() + 1e-8, self"),
    ),
    *everywhere(
        "clip-always",
        "3 short gradients stretched to the limit",
        CLIP,
        torch=("train.py", ".clamp(max=1)", ""),
        tf=("train.py", "tf.minimum(self", "tf.maximum(0 * lr, self"),
        mxnet=("train.py", "max(array(length).item(), self.recipe.clip)", "array(length).item()"),
    ),
    Mutant(
        "clip-zero-mxnet",
        "3 a gradient of length 0 divided by its length",
        "googlenet_mxnet/train.py",
        "self.recipe.clip / max(array(length).item(), self.recipe.clip)",
        "min(self.recipe.clip / array(length).item(), 1)",
        NO_LENGTH,
        "mxnet",
    ),
    *everywhere(
        "heads-unweighted",
        "3 heads count as much as the classifier",
        LOSS,
        **dict.fromkeys(("torch", "tf", "mxnet"), ("run.py", "aux.loss_weight * cross_entropy", "cross_entropy")),
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
        "common/loss.py",
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
        tf=("train.py", "        self.seed_dropout(seed)\n", ""),
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
        "torch.random.fork_rng(),\n            mode",
        "mode",
        ALONE,
    ),
    Mutant(
        "velocity-sign",
        "3 PyTorch's velocity points uphill",
        "googlenet_torch/train.py",
        "copy_(-torch.as_tensor(velocity))",
        "copy_(torch.as_tensor(velocity))",
        GOING_ON,
    ),
    Mutant(
        "velocity-lost",
        "3 velocities that are not put back",
        "googlenet_mxnet/train.py",
        "own[name][:] = velocity",
        "own[name] = velocity",
        GOING_ON,
        "mxnet",
    ),
    Mutant(
        "velocity-np",
        "3 velocities of the kind of array in use",
        "googlenet_mxnet/train.py",
        "0 * weight.as_nd_ndarray() if",
        "0 * weight if",
        tests("trainers", "training_is_the_same_in_the_numpy_mode_of_mxnet"),
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
        "common/weights.py",
        ' and not name.endswith("norm.weight")',
        "",
        tests("recipe", "decay_acts_on_kernels"),
    ),
    # The reference
    Mutant("numpy-decay", "3 everything decays", NUMPY, "if gradient.ndim > 1:", "if True:", REFERENCE),
    Mutant("numpy-variance", "3 unbiased", NUMPY, "Moving(unbiased=False)", "Moving(unbiased=True)", REFERENCE),
    Mutant(
        "numpy-nesterov", "3 no looking ahead", NUMPY, "if self.recipe.nesterov else v", "if False else v", REFERENCE
    ),
    Mutant("numpy-clip", "3 clips always", NUMPY, " and length > self.recipe.clip", "", REFERENCE),
    Mutant(
        "numpy-smoothing",
        "3 smoothing over the other classes",
        "common/reference_ops.py",
        "q = smoothing / classes",
        "q = smoothing / (classes - 1)",
        REFERENCE,
    ),
    # Schedules
    Mutant(
        "plateau-patience", "3 one epoch too soon", SCHEDULES, "bad > self.patience", "bad >= self.patience", PLATEAU
    ),
    Mutant("plateau-threshold", "3 any fall counts", SCHEDULES, "lowest * (1 - self.threshold)", "lowest", PLATEAU),
    Mutant("cosine-zero", "3 a first rate of 0", SCHEDULES, "(at.step + 1) / (warm + 1)", "at.step / warm", COSINE),
    # Judging steps
    Mutant(
        "steps-scales",
        "3 round-off measured against itself",
        JUDGE,
        "expected[what], scales.get(what))",
        "expected[what], None)",
        PARITY,
    ),
    Mutant(
        "steps-largest",
        "3 the smallest error for the largest",
        JUDGE,
        "what: max((error, name)",
        "what: min((error, name)",
        CAUGHT,
    ),
    Mutant(
        "steps-pairs",
        "3 backends that are not compared with each other",
        JUDGE,
        "in combinations(states, 2)}",
        "in ()}",
        tests("parity", "two_that_are_each_near_enough_to_numpy_must_be_near_each_other"),
    ),
    Mutant(
        "steps-first",
        "3 the last step named for the first",
        "common/verdict.py",
        'found.setdefault(backend, {"backend": backend, **place, "against": against})',
        'found[backend] = {"backend": backend, **place, "against": against}',
        tests("parity", "what_is_no_number_or_not_there_is_named", "the_one_that_leaves_first_is_named_first"),
    ),
    Mutant(
        "steps-limits",
        "3 limits that fall again",
        JUDGE,
        "max(move, self.moved.get(what, 0.0))",
        "move",
        tests("parity", "limits_grow_with_what_one_rounding_has_become"),
    ),
    Mutant(
        "steps-halfway",
        "3 a rate that changes elsewhere",
        JUDGE,
        "ceil(steps / recipe.epochs)",
        "max(steps // recipe.epochs, 1)",
        tests("parity", "two_that_agree_agree_and_every_step_is_told"),
    ),
]
