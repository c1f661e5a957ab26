"""Using a net: modes, hooks, memory, what is refused, the rate of a step, and imports that go wrong."""

from mutants.mutant import MXNET, NOT_IN_TABLES, OF_IMPORTS, OF_USE, TF, TORCH, Mutant, everywhere, judged, sees, tests

FOLDERS = {"torch": TORCH, "tf": TF, "mxnet": MXNET}
INPUTS, BUILDING = "common/contract/inputs.py", "common/contract/building.py"
SAME_MODE = "evaluation_is_evaluation_in_whatever_mode_the_net_and_its_caller_are"
RAISED = "a_net_is_as_it_was_after_a_layer_has_raised"
ALONE = tests("packages/building", "a_layer_that_is_made_by_itself_refuses_too")
BUILT = tests("packages/building", "what_cannot_be_built_is_refused_wherever_it_stands")
RATE = tests("packages/trainers", "every_step_has_the_rate_it_is_given_and_no_other")


def each(name, trap, test, case="", **edits):
    """The same mistake in each framework, ``backend=(file, old, new)``, and the one case that is to notice it."""
    room = "packages/modes" if test in (SAME_MODE, RAISED) else "packages/inputs"
    return [
        Mutant(
            f"{name}-{backend}",
            trap,
            FOLDERS[backend] + file,
            old,
            new,
            tests(room, f"{test}[{'-'.join(filter(None, (backend, case)))}]"),
            backend,
        )
        for backend, (file, old, new) in edits.items()
    ]


MUTANTS = judged(
    [
        *each(
            "predict-in-training",
            "3 predictions in the mode of the caller",
            SAME_MODE,
            "predict",
            torch=("run.py", "with torch.no_grad(), mode(net, False):", "with torch.no_grad():"),
            tf=("run.py", "net(tensor(net, x), training=False)", "net(tensor(net, x))"),
            mxnet=("run.py", "pause(train_mode=False)", "pause(train_mode=mx.autograd.is_training())"),
        ),
        *each(
            "heads-in-training",
            "3 outputs with heads in the mode of the caller",
            SAME_MODE,
            "layer_outputs with heads",
            torch=("measure.py", "torch.no_grad(), mode(net, training):", "torch.no_grad():"),
            tf=(
                "measure.py",
                "net(tensor(net, x), training=training, aux=aux)",
                "(net.with_heads if aux else net)(tensor(net, x))",
            ),
            mxnet=("measure.py", "pause(train_mode=training)", "pause(train_mode=mx.autograd.is_training())"),
        ),
        *each(
            "gradients-in-training",
            "3 gradients in the mode of the net, or written into it",
            SAME_MODE,
            "gradients",
            torch=("run.py", "torch.enable_grad(), mode(net, training):", "torch.enable_grad():"),
            tf=("run.py", "net(images, training=training)", "net(images)"),
            mxnet=(
                "run.py",
                "mx.autograd.grad(loss, [*(p.data() for p in parameters.values()), images])",
                "(loss.backward(), [*(p.grad() for p in parameters.values()), images.grad])[1]",
            ),
        ),
        *each(
            "hooks-left",
            "3 hooks left behind where a layer raises",
            RAISED,
            "layer_outputs",
            torch=("measure.py", "hooks.callback(", "str("),
            tf=("measure.py", 'hooks.callback(delattr, layer, "call")', "None"),
            mxnet=("measure.py", "hooks.callback(", "str("),
        ),
        *each(
            "statistics-moved-by-an-error",
            "3 statistics left moved where a layer raises",
            RAISED,
            "layer_outputs in training",
            torch=(
                "measure.py",
                "        yield\n    finally:\n        with torch.no_grad():",
                "        yield\n    except ZeroDivisionError:\n        with torch.no_grad():",
            ),
            tf=(
                "measure.py",
                "        yield\n    finally:\n        for variable",
                "        yield\n    except ZeroDivisionError:\n        for variable",
            ),
        ),
        Mutant(
            "one-mode-for-all-modules",
            "3 modules of a net that are put into one mode",
            TORCH + "run.py",
            "module.training = own",
            "module.training = before[net]",
            tests("packages/modes", f"{SAME_MODE}[torch-predict]"),
        ),
        *each(
            "images-unchecked",
            "3 images that one framework takes and another does not",
            "what_is_no_batch_of_images_is_refused_by_all_alike",
            "no image",
            **dict.fromkeys(FOLDERS, ("run.py", "    check_images(net.table, x, aux=False)\n", "")),
        ),
        *each(
            "shared-memory",
            "3 results that share memory",
            "results_own_their_memory",
            torch=("arrays.py", "np.array((x.float()", "np.asarray((x.float()"),
            tf=("run.py", "    return np.array(x.numpy()", "    return np.asarray(x.numpy()"),
            mxnet=(
                "weights.py",
                "asnumpy() for name, parameter in tensors(",
                "asnumpy()[:] for name, parameter in tensors(",
            ),
        ),
        Mutant(
            "strides",
            "3 memory of the caller's, of any layout",
            INPUTS,
            'np.array(array, dtype=dtype, order="C")',
            "np.asarray(array, dtype=dtype)",
            tests("packages/inputs", "any_layout_and_any_real_dtype_gives_the_same_and_stays_as_it_was[torch-predict]"),
        ),
        Mutant(
            "labels-as-a-mask",
            "3 booleans taken for labels",
            INPUTS,
            'dtype.kind not in "iu"',
            'dtype.kind not in "iub"',
            tests("packages/inputs", "what_is_no_row_of_labels_is_refused_by_all_alike"),
        ),
        Mutant(
            "complex-weights",
            "3 weights without their imaginary part",
            "common/table/tensors.py",
            'kind in "cOSUMm"',
            'kind in "OSUMm"',
            tests("packages/inputs", "weights_of_any_layout_and_real_dtype_are_taken_and_others_refused"),
        ),
        *[
            Mutant(
                f"activation-dropped-{backend}",
                "2 an unknown activation dropped",
                FOLDERS[backend] + "layers.py",
                old,
                new,
                ALONE,
                backend,
            )
            for backend, old, new in (
                ("torch", "activation(name, ACTIVATIONS)(x)", "ACTIVATIONS.get(name, ACTIVATIONS[None])(x)"),
                ("tf", "activation(name, ACTIVATIONS)(x)", "ACTIVATIONS.get(name, ACTIVATIONS[None])(x)"),
                ("mxnet", "activation(name, ACTIVATIONS)(F, x)", "ACTIVATIONS.get(name, ACTIVATIONS[None])(F, x)"),
            )
        ],
        Mutant(
            "activation-unknown-when-built",
            "2 an unknown activation noticed only in use",
            BUILDING,
            "activation(node.activation, activations)",
            "pass",
            BUILT,
        ),
        Mutant(
            "norm-by-its-fields",
            "2 another normalisation taken for batch normalisation",
            BUILDING,
            "type(node.norm) is BatchNorm",
            'hasattr(node.norm, "eps")',
            BUILT,
        ),
        Mutant(
            "somebody-elses-node",
            "2 a subclass of somebody else's built as what it derives from",
            BUILDING,
            "type(node).__mro__ if type(node) in VOCABULARY else ()",
            "type(node).__mro__",
            BUILT,
        ),
        Mutant(
            "rate-of-the-step-before-torch",
            "3 the rate comes a step late",
            TORCH + "train.py",
            "torch._foreach_mul_(lists[1], lr)",
            "lr, self.lr = vars(self).get('lr', lr), lr\n        torch._foreach_mul_(lists[1], lr)",
            RATE,
        ),
        Mutant(
            "rate-of-the-first-step-tf",
            "3 the first rate is compiled in",
            TF + "train.py",
            "tensor(self.net, np.array(lr))",
            'tensor(self.net, np.array(vars(self).setdefault("lr", lr)))',
            RATE,
            "tf",
        ),
        Mutant(
            "rate-of-the-step-before-mxnet",
            "3 the rate is set after the step",
            MXNET + "train.py",
            "        self.trainer.set_learning_rate(lr)\n        self.trainer.update(1)\n",
            "        self.trainer.update(1)\n        self.trainer.set_learning_rate(lr)\n",
            RATE,
            "mxnet",
        ),
        Mutant(
            "keras-on-jax",
            "4 Keras' own error for another backend of its own",
            TF + "framework.py",
            '    require_tensorflow(os.environ["KERAS_BACKEND"])\n',
            "",
            tests("packages/imports", "another_backend_of_keras_is_one_line_that_says_what_to_do"),
            "tf",
        ),
        *everywhere(
            "logits-of-the-layer",
            "2 logits that the net does not return",
            tests("packages/contract", "logits_are_those_that_the_net_returns_and_not_what_its_layers_have_put_out"),
            torch=("measure.py", "recorded.update(by_name(forward(tensor(net, x))))", "forward(tensor(net, x))"),
            tf=(
                "measure.py",
                "recorded.update(by_name(net(tensor(net, x), training=training, aux=aux)))",
                "net(tensor(net, x), training=training, aux=aux)",
            ),
            mxnet=("measure.py", "recorded.update(by_name(forward(tensor(net, x))))", "forward(tensor(net, x))"),
        ),
        Mutant(
            "half-of-mxnet",
            "4 what is left of an import of MXNet that failed",
            MXNET + "framework.py",
            "\nremove_leftovers()\n",
            "\n",
            tests("packages/imports", "an_import_of_mxnet_that_failed_before_is_made_good"),
            "mxnet",
        ),
    ],
    {
        "": OF_USE,
        "images-unchecked": "it compares images that a net takes",
        "labels-as-a-mask": "it draws its own labels, whole numbers",
        "complex-weights": "it draws its own weights, real numbers",
        "activation": NOT_IN_TABLES,
        "norm-by-its-fields": NOT_IN_TABLES,
        "somebody-elses-node": NOT_IN_TABLES,
        "rate": sees("d2l --image-size 40 --steps 4"),
        "keras-on-jax": OF_IMPORTS,
        "half-of-mxnet": OF_IMPORTS,
    },
)
