"""Predictors: the fastest way of each package to compute the logits of many batches."""

from mutants.mutant import MXNET, OF_USE, TF, TORCH, Mutant, judged, tests

SAME = tests("features/predictors", "a_predictor_is_predict_for_batches_of_any_number_and_size")
LATER = tests("features/predictors", "a_predictor_has_the_weights_that_the_net_has_when_it_is_called")
LAYOUT = tests("features/predictors", "in_float32_the_channels_of_a_pixel_lie_side_by_side_in_pytorch")
REFUSED = tests("features/predictors", "a_predictor_refuses_what_predict_does")
TAKEN = tests("features/predictors", "features_of_many_pictures_are_computed_by_the_predictor_of_the_package")

MUTANTS = judged(
    [
        Mutant(
            "predictor-in-training-tf",
            "3 a compiled net that normalises by the batch",
            TF + "run.py",
            "lambda x: net(x, training=False)",
            "lambda x: net(x, training=True)",
            SAME,
            "tf",
        ),
        Mutant(
            "predictor-of-one-size-tf",
            "2 images of another size go to a net that is compiled for one",
            TF + "run.py",
            "if x.shape[1:] != table.input:",
            "if False:",
            SAME,
            "tf",
        ),
        Mutant(
            "predictor-plain-torch",
            "2 the slow layout in float32",
            TORCH + "run.py",
            "    if all(parameter.dtype == torch.float32 for parameter in net.parameters()):",
            "    if False:",
            LAYOUT,
        ),
        Mutant(
            "predictor-wide-torch",
            "2 the slow layout in float64",
            TORCH + "run.py",
            "    if all(parameter.dtype == torch.float32 for parameter in net.parameters()):",
            "    if True:",
            LAYOUT,
        ),
        Mutant(
            "predictor-unchecked-tf",
            "2 images that the net does not take are not refused in words",
            TF + "run.py",
            "            return predict(net, x)\n        check_images(table, x, aux=False)",
            "            return array(net(tensor(net, x), training=False))",
            REFUSED,
            "tf",
        ),
        Mutant(
            "predictor-of-a-copy-mxnet",
            "2 the weights of another moment",
            MXNET + "run.py",
            "    return partial(predict, net)",
            "    kept: dict = {}\n\n"
            "    def once(x: np.ndarray) -> np.ndarray:\n"
            "        return kept.setdefault(x.shape, predict(net, x))\n\n"
            "    return once",
            LATER,
            "mxnet",
        ),
        Mutant(
            "predictor-not-asked-for",
            "2 the slow way is taken though there is a fast one",
            "common/contract/predicting.py",
            "if compiled is None else compiled(net)",
            "",
            TAKEN,
        ),
        Mutant(
            "predictor-for-a-few",
            "2 a net is compiled for a few pictures, which takes longer than it saves",
            "common/features/extraction.py",
            "count >= MANY",
            "True",
            TAKEN,
        ),
        Mutant(
            "predictor-for-none",
            "2 no net is compiled, however many pictures there are",
            "common/features/extraction.py",
            "count >= MANY",
            "False",
            TAKEN,
        ),
    ],
    {"": OF_USE},
)
