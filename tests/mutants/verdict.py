"""What counts as agreement: errors, limits, their ceiling, the verdict, failures, and the second image."""

from mutants.mutant import Mutant, tests

ROUND_OFF, FINITE = "common/compare/roundoff.py", "common/compare/finite.py"
MEASURE, VERDICT = "common/compare/measure.py", "common/compare/verdict.py"
FAULTS, REPORT = "common/compare/faults.py", "common/compare/report.py"

ZERO = tests("compare/verdict", "what_is_truly_zero_must_be_zero")
REFUSED = tests("compare/verdict", "a_reference_that_is_not_finite_is_refused_with_its_first_layer")
NONSENSE = tests("compare/verdict", "nonsense_never_agrees")
CEILING = tests("compare/verdict", "beyond_the_ceiling_nothing_agrees_and_what_round_off_explains_is_not_judged")
RAISES = tests("compare/verdict", "a_backend_that_raises_is_a_finding_and_the_others_stand")
COPIES = tests("compare/verdict", "a_backend_that_writes_into_its_inputs_spoils_nothing_for_the_others")
LAYER = tests("compare/verdict", "the_layer_that_raises_is_named")
OBLONG = tests("compare/verdict", "what_only_an_oblong_image_shows_says_on_which")

SPOILT = tests("compare/roundoff", "behind_what_cannot_be_judged_nothing_is_and_no_limit_is_wider")

MANY = [
    (
        "verdict-spoilt-wider",
        "a limit that is wider behind an output that cannot be judged",
        ROUND_OFF,
        "min(self._own(kind, name), self.ceiling)",
        "min(self.round_off(kind, name), self.ceiling)",
        SPOILT,
    ),
    (
        "verdict-spoilt-forgotten",
        "an error behind an output that cannot be judged",
        ROUND_OFF,
        "return max(self._own(kind, name), self._explained(self.spoilt, kind, name))",
        "return self._own(kind, name)",
        SPOILT,
    ),
    (
        "verdict-spoilt-always",
        "every output spoils those behind it, whether or not it can be judged",
        ROUND_OFF,
        "        if worst > most:",
        "        if worst:",
        SPOILT,
    ),
    (
        "verdict-spoilt-before",
        "an output spoils those before it",
        ROUND_OFF,
        "    worst, outputs = 0.0, {}",
        "    worst, outputs = max(conditions['output'].values()), {}",
        SPOILT,
    ),
    (
        "verdict-zero-scale",
        "zeros measured against the largest tensor",
        ROUND_OFF,
        "smallest = min((size",
        "smallest = max((size",
        tests("compare/roundoff", "a_tensor_of_zeros_is_measured_against_the_smallest_of_the_others"),
    ),
    (
        "verdict-zero-agrees",
        "whatever stands where the truth is zero agrees",
        ROUND_OFF,
        "relative_error(arrays[name], array, against[name]) if name in arrays else inf",
        "(relative_error(arrays[name], array, against[name]) if array.any() else 0.0) if name in arrays else inf",
        ZERO,
    ),
    (
        "verdict-complex",
        "complex numbers judged by their real parts",
        ROUND_OFF,
        'not in "fiu"',
        'not in "fiuc"',
        NONSENSE,
    ),
    (
        "verdict-shape",
        "another shape that broadcasts",
        ROUND_OFF,
        " or a.shape != r.shape:",
        ":",
        tests("compare/roundoff", "relative_error_is_of_the_largest_element"),
    ),
    (
        "verdict-extra",
        "layers that only the backend has",
        ROUND_OFF,
        "return {**errors, **{name: inf for name in arrays if name not in expected}}",
        "return errors",
        NONSENSE,
    ),
    (
        "verdict-ceiling",
        "limits without a ceiling",
        ROUND_OFF,
        "min(self._own(kind, name), self.ceiling)",
        "self._own(kind, name)",
        CEILING,
    ),
    (
        "verdict-high-ceiling",
        "a ceiling that leaves no digits",
        ROUND_OFF,
        "** (1 / 3)",
        "** (1 / 30)",
        tests("compare/roundoff", "the_ceiling_is_above_every_tables_tolerance_and_leaves_a_third_of_the_digits"),
    ),
    (
        "verdict-unjudged-agrees",
        "what is not judged agrees",
        VERDICT,
        "return DIVERGE if diverged else NOT_JUDGED if not_judged else AGREE",
        "return DIVERGE if diverged else AGREE",
        CEILING,
    ),
    (
        "verdict-unjudged-diverges",
        "what is not judged diverges",
        VERDICT,
        "NOT_JUDGED if self.error <= self.round_off else DIVERGE",
        "DIVERGE",
        CEILING,
    ),
    (
        "verdict-finite",
        "a reference that is not finite compared with",
        FINITE,
        "if not np.isfinite(array).all():",
        "if False:",
        REFUSED,
    ),
    (
        "verdict-too-large",
        "a reference that the dtype cannot hold",
        FINITE,
        "> np.finfo(dtype).max",
        "> np.inf",
        tests("compare/verdict", "images_that_are_no_numbers_or_too_large_for_the_dtype_are_refused"),
    ),
    (
        "verdict-zero-logits",
        "a reference that says nothing",
        FINITE,
        'if not outputs["fc"].any():',
        "if False:",
        tests("compare/verdict", "logits_that_are_all_zero_say_nothing"),
    ),
    (
        "verdict-gradient-finite",
        "gradients that are not finite compared with",
        MEASURE,
        'require_finite(gradients, inputs.dtype, "the gradient of ")',
        "pass",
        tests("compare/verdict", "a_gradient_that_is_not_finite_is_refused_by_name"),
    ),
    (
        "verdict-weights-shared",
        "weights that a backend may write into",
        MEASURE,
        "{name: array.copy() for name, array in self._inputs.weights.items()}",
        "dict(self._inputs.weights)",
        COPIES,
    ),
    (
        "verdict-images-shared",
        "images that a backend may write into",
        MEASURE,
        "images, training = self._inputs.images.copy(), self._inputs.training",
        "images, training = self._inputs.images, self._inputs.training",
        COPIES,
    ),
    (
        "verdict-pass-incomplete",
        "a pass of the gradients without its layers",
        MEASURE,
        "errors = relative_errors(at, expected)",
        "errors = relative_errors(at, {k: r for k, r in expected.items() if k in at})",
        tests("compare/verdict", "layers_that_the_pass_of_the_gradients_leaves_out_diverge"),
    ),
    (
        "verdict-exit",
        "a backend that ends the process",
        FAULTS,
        "RAISED = (Exception, SystemExit)",
        "RAISED = (Exception,)",
        RAISES,
    ),
    (
        "verdict-fault-agrees",
        "a backend that failed agrees",
        VERDICT,
        "    if measured.fault is None:\n        return None\n",
        "    if True:\n        return None\n",
        RAISES,
    ),
    (
        "verdict-layer",
        "a failure without its layer",
        FAULTS,
        "where = next((names[id(v)]",
        "where = None and next((names[id(v)]",
        LAYER,
    ),
    (
        "verdict-words",
        "a message of any length",
        FAULTS,
        "line if len(line) <= LONGEST else",
        "line if line else",
        tests("compare/verdict", "the_tensor_that_an_error_quotes_tells_the_layer_and_long_words_are_cut"),
    ),
    (
        "verdict-counts",
        "a stage that the backend does not count",
        VERDICT,
        "measured.counts.get(stage, (0, 0)) ==",
        "stage not in measured.counts or measured.counts[stage] ==",
        tests("compare/verdict", "counts_of_stages_that_are_missing_or_extra_diverge"),
    ),
    (
        "verdict-backward",
        "gradients in the order of the forward pass",
        VERDICT,
        'backward(errors) if kind == "gradient" else errors',
        "errors",
        tests("compare/verdict", "of_gradients_the_one_nearest_to_the_loss_is_named"),
    ),
    (
        "verdict-logits",
        "what users call is not looked at",
        MEASURE,
        "        if not training:\n            self._predict()\n",
        "",
        tests("compare/passes", "the_logits_that_users_get_are_compared_too"),
    ),
    (
        "verdict-rounded",
        "errors that are rounded before they are measured",
        "common/compare/roundoff.py",
        "error = largest(a - r) / scale",
        "error = largest(a / scale - r / scale)",
        tests("compare/roundoff", "relative_error_is_of_the_largest_element"),
    ),
    ("verdict-oblong", "an oblong image that nobody looks at", REPORT, 'placed(oblong["divergences"])', "[]", OBLONG),
]

MUTANTS = [Mutant(name, f"3 {trap}", file, old, new, killers) for name, trap, file, old, new, killers in MANY]
