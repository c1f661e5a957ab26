"""Which names the parts of a table may have.

A layer, a block, a stage or a head keeps its name everywhere: in canonical names such as ``b3.3a.p2_2.weight``, in
files of weights, and as an attribute of the framework's own module. So no name may be that of an attribute which such
a module has already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from common.base.errors import InputError
from common.table.checks import LONGEST, shown

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
NETWORK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]*(:[A-Za-z0-9][A-Za-z0-9_. -]*)?")

# Of the network: its classifier, its images, and what a net of a package is asked. Of a layer: its tensors, and the
# normalisation behind it.
NETWORKS_OWN = frozenset(("fc", "features", "input", "labels", "loss_weights", "preprocessing", "stage_features"))
LAYERS_OWN = frozenset(("weight", "bias", "norm", "running_mean", "running_var"))

# Attributes of the modules of PyTorch, Keras and Gluon; tests/packages/test_names.py holds them against the frameworks.
_ATTRIBUTES = """
T_destination activity_regularizer add add_loss add_metric add_module add_variable add_weight append apply autocast
bfloat16 buffers build build_from_config built call call_signature_parameters call_super_init cast children
collect_params compile compile_from_config compiled compiled_loss compiled_metrics compute_dtype compute_loss
compute_mask compute_metrics compute_output_shape compute_output_spec count_params cpu cuda distribute_reduction_method
distribute_strategy double dtype dtype_policy dump_patches eval evaluate export extend extra_repr fit float forward
from_config from_node get_buffer get_build_config get_compile_config get_config get_extra_state get_layer
get_metrics_result get_parameter get_quantization_layer_structure get_state_tree get_submodule get_weights half
hybrid_forward hybridize infer_shape infer_type initialize input input_dtype input_spec insert ipu jit_compile layers
load load_own_variables load_parameters load_params load_state_dict load_weights loss losses make_predict_function
make_test_function make_train_function metrics metrics_names metrics_variables modules mtia name name_scope
named_buffers named_children named_modules named_parameters node non_trainable_variables non_trainable_weights
optimize_for output output_shape parameters params path pop predict predict_function predict_on_batch predict_step
prefix quantization_mode quantize quantized_build quantized_call register_backward_hook register_buffer register_child
register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_op_hook register_parameter
register_state_dict_post_hook register_state_dict_pre_hook rematerialized_call requires_grad_ reset_metrics run_eagerly
save save_own_variables save_parameters save_params save_weights set_extra_state set_state_tree set_submodule
set_weights share_memory state_dict stateless_call stateless_compute_loss steps_per_execution summary supports_jit
supports_masking symbolic_call table test_function test_on_batch test_step to to_empty to_json train train_function
train_on_batch train_step trainable trainable_variables trainable_weights training trunk type
unrolled_steps_per_execution variable_dtype variables weights with_heads xpu zero_grad
"""
FRAMEWORKS_OWN = frozenset(_ATTRIBUTES.split())


def check_names(names: Iterable[object], reserved: frozenset[str] = LAYERS_OWN) -> None:
    """Require names that every framework and every file can keep.

    Args:
        names: of the parts of one block, or of the stages and heads of a network.
        reserved: names that have another meaning there, beside those of the frameworks' own attributes.

    Raises:
        InputError: names the first one that cannot be kept, and says why.

    >>> check_names(["3a", "pool3"])
    >>> check_names(["b3.3a"])
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: 'b3.3a' is no name: a name has up to 60 letters, digits and _, and no _ in front
    """
    for name in names:
        if not (isinstance(name, str) and NAME.fullmatch(name) and len(name) <= LONGEST):
            raise InputError(
                f"{shown(name)} is no name: a name has up to {LONGEST} letters, digits and _, and no _ in front"
            )
        if name in reserved:
            raise InputError(f"the name {name!r} is reserved for what every network or layer calls so: take another")
        if name in FRAMEWORKS_OWN:
            raise InputError(f"the name {name!r} is reserved: modules of a framework have an attribute called so")


def check_network_name(name: object) -> None:
    """Require a name that can stand on the command line and in names of files: letters, digits, ``_.-`` and spaces.

    Raises:
        InputError: shows the name.

    >>> check_network_name("inception_v3:keras")
    """
    if not (isinstance(name, str) and NETWORK.fullmatch(name) and len(name) <= LONGEST):
        raise InputError(
            f"{shown(name)} is no name for a network: it has up to {LONGEST} letters, digits, spaces and _.-, "
            "perhaps with a colon"
        )
