"""Mistakes in the forms in which Keras and Gluon learn."""

from mutants.mutant import MXNET, NOT_IN_TABLES, SAME_FUNCTION, TF, Mutant, judged, sees, tests

STEP = tests("packages/learning", "a_step_goes_down_the_gradients_of_the_net_itself")
SLOW = tests("packages/learning", "keras_learns_by_gradients_that_are_products")
RELU = tests("packages/learning", "gluon_learns_by_the_relu_that_onednn_has")
OTHERS = tests("packages/learning", "blocks_of_others_are_not_copied_where_gluon_learns")
NAN = tests("packages/learning", "gluon_shows_a_nan_after_it_has_learned")
KERAS, GLUON = TF + "learning.py", MXNET + "learning.py"

MUTANTS = judged(
    [
        Mutant("learning-wrong-bias-tf", "2 a bias is lost", KERAS, "y + layer.bias if", "y if", STEP, "tf"),
        Mutant(
            "learning-wrong-norm-tf",
            "2 no normalisation",
            KERAS,
            "y if layer.norm is None else layer.norm(y)",
            "y",
            STEP,
            "tf",
        ),
        Mutant("learning-wrong-relu-tf", "2 no activation", KERAS, "layer.node.activation)", "None)", STEP, "tf"),
        Mutant("learning-wrong-padding-tf", "1 no padding", KERAS, "pad(x, layer.node)", "x", STEP, "tf"),
        Mutant(
            "learning-wrong-stride-tf",
            "1 no stride",
            KERAS,
            "kernel == stride == (1, 1)",
            "kernel == (1, 1)",
            STEP,
            "tf",
        ),
        Mutant(
            "learning-slow-product-tf", "2 the slow way", KERAS, "_is_product(layer) else", "False else", SLOW, "tf"
        ),
        Mutant(
            "learning-slow-bias-tf",
            "2 the slow way",
            KERAS,
            "y + layer.bias if",
            "tf.nn.bias_add(y, layer.bias) if",
            SLOW,
            "tf",
        ),
        Mutant(
            "learning-slow-mxnet", "2 the slow way", GLUON, 'Activation(x, act_type="relu")', "relu(x)", RELU, "mxnet"
        ),
        Mutant("learning-wrong-relu-mxnet", "2 another activation", GLUON, '"relu")\n', '"tanh")\n', STEP, "mxnet"),
        Mutant(
            "learning-of-others-mxnet",
            "3 blocks of others",
            GLUON,
            "    if not any(",
            "    if not True and any(",
            OTHERS,
            "mxnet",
        ),
        Mutant(
            "learning-slow-children-mxnet",
            "2 the slow way",
            GLUON,
            ".update(own, _children",
            ".update(_children",
            RELU,
            "mxnet",
        ),
        Mutant("learning-in-place-mxnet", "2 a NaN is hidden", GLUON, "copy.copy(block)", "block", NAN, "mxnet"),
    ],
    {
        "learning-wrong-bias": sees("d2l --image-size 32 --batch 4 --steps 2"),
        "learning-wrong-stride": NOT_IN_TABLES,
        "learning-wrong": sees("d2l_bn --image-size 32 --batch 4 --steps 2"),
        "learning-slow": SAME_FUNCTION,
        "learning-of-others": SAME_FUNCTION,
        "learning-in-place": SAME_FUNCTION,
    },
)
