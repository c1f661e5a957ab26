"""The family's tables, published weights, and the way out to ONNX."""

from mutants.mutant import Mutant, tests

NETS, SOURCES = "common/nets/", "common/weights/sources/"

MODELS = tests("weights/sources", "torchvisions_and_timms_models_keep_their_logits")
KERAS = tests("weights/sources", "the_models_of_keras_applications_keep_their_logits_from_every_kind_of_file")
CAFFE = tests("weights/sources", "the_caffemodel_comes_in_with_both_heads_and_its_own_preprocessing")
ZOO = tests("weights/sources", "the_zoos_onnx_file_keeps_its_logits")
HEADS = tests("weights/sources", "heads_come_in_where_the_file_has_them_and_may_be_missing")
ACCOUNTED = tests("weights/sources", "every_tensor_is_accounted_for")
ROUND_TRIP = tests("weights/convert", "a_round_trip_through_every_format_is_exact")
ONNX = ("tests/weights/test_onnx_export.py",)
BLOCKS = tests("nets/family", "inception_resnets_have_the_blocks_of_the_code_or_of_the_paper")
ADAPTIVE = tests("packages/vocabulary", "adaptive_average_pools_of_maps_of_any_size")
FLAT = tests("packages/vocabulary", "a_classifier_that_only_flattens")

MUTANTS = [
    # The tables
    Mutant(
        "bn-channels",
        "2 576 channels for 608",
        NETS + "inception_bn.py",
        '"4c": (160, (128, 160), (128, 160), 128)',
        '"4c": (160, (128, 160), (128, 160), 96)',
        tests("nets/family", "inception_bn_follows_the_weights_and_offers_the_paper"),
    ),
    Mutant(
        "bn-last-pool",
        "2 an average for the maximum of 5b",
        NETS + "inception_bn.py",
        "pool=MaxPool(3))",
        "pool=AvgPool(3, count_padding=True))",
        tests("nets/family", "inception_bn_follows_the_weights_and_offers_the_paper"),
    ),
    Mutant(
        "v3-counting",
        "1 average pools of TensorFlow in torchvision's table",
        NETS + "inception_v3.py",
        "_stages(AvgPool(3, count_padding=True)",
        "_stages(AvgPool(3)",
        MODELS,
    ),
    Mutant(
        "v3-keras-counting",
        "1 average pools of torchvision in Keras' table",
        NETS + "inception_v3.py",
        "_stages(AvgPool(3), {})",
        "_stages(AvgPool(3, count_padding=True), {})",
        KERAS,
        "tf",
    ),
    Mutant(
        "v4-pool-first",
        "2 paths of the stem in another order",
        NETS + "inception_v4.py",
        "Concat(p1=(HALVE,), p2=(halving(96),))",
        "Concat(p1=(halving(96),), p2=(HALVE,))",
        MODELS,
    ),
    Mutant(
        "torchvision-eps",
        "3 eps of PyTorch's default",
        NETS + "torchvision.py",
        "BatchNorm(eps=1e-3",
        "BatchNorm(eps=1e-5",
        MODELS,
    ),
    Mutant(
        "torchvision-pool4",
        "2 a 3x3 pool behind 4e",
        NETS + "torchvision.py",
        "MaxPool(2, stride=2)",
        "MaxPool(3, stride=2)",
        MODELS,
    ),
    Mutant(
        "resnet-scale",
        "2 residuals not scaled",
        NETS + "inception_resnet.py",
        "wide: tuple[int, int], scale: float = 0.17",
        "wide: tuple[int, int], scale: float = 1.0",
        MODELS,
    ),
    Mutant(
        "resnet-blocks",
        "2 the paper's 10 blocks for the published 20",
        NETS + "inception_resnet.py",
        "(128, 160, 192))] * 20",
        "(128, 160, 192))] * 10",
        BLOCKS,
    ),
    Mutant(
        "resnet-last-relu",
        "2 the last block rectified",
        NETS + "inception_resnet.py",
        "_block_c(2080, (192, 224, 256), scale=1.0, activation=None)",
        "_block_c(2080, (192, 224, 256), scale=1.0)",
        MODELS,
    ),
    Mutant(
        "cifar-eps",
        "2 eps = channels",
        NETS + "cifar.py",
        'convention="floor",\n    norm=BatchNorm(eps=1e-5',
        'convention="floor",\n    norm=BatchNorm(eps=32.0',
        tests("nets/family", "the_cifar_tables_normalise_by_a_small_eps_and_pool_globally"),
    ),
    Mutant(
        "adaptive-windows",
        "1 windows that do not overlap",
        "common/table/padding.py",
        "ceil((i + 1) * size / count)",
        "max((i + 1) * size // count, i * size // count + 1)",
        (*ADAPTIVE, *tests("compare/ops", "an_adaptive_pool_covers_a_map_of_any_size")),
    ),
    Mutant(
        "adaptive-keras",
        "1 the last row of each window left out",
        "googlenet_tf/layers.py",
        "range(*window)",
        "range(window[0], max(window[1] - 1, window[0] + 1))",
        ADAPTIVE,
        "tf",
    ),
    Mutant(
        "flatten-keras",
        "3 flattened in the order H, W, C",
        "googlenet_tf/layers.py",
        "return ops.reshape(ops.transpose(x, (0, 3, 1, 2)), (-1, x.shape[1]",
        "return ops.reshape(x, (-1, x.shape[1]",
        FLAT,
        "tf",
    ),
    Mutant(
        "cancelled",
        "3 gradients that are round-off measured by themselves",
        "common/compare/measure.py",
        "relative_errors(gradients, expected, cancelled)",
        "relative_errors(gradients, expected)",
        tests(
            "packages/family_equivalence", "a_backend_computes_what_the_table_means[torch-cifar10_bn-training-float64]"
        ),
    ),
    # Published weights
    Mutant(
        "heads-swapped",
        "2 torchvision's heads swapped",
        SOURCES + "torchvision.py",
        "within(_head, _head,",
        'within(_head, {"aux1": "aux2", "aux2": "aux1"}[_head],',
        HEADS,
    ),
    Mutant(
        "keras-h5-kernels",
        "3 columns for rows in HWIO",
        SOURCES + "__init__.py",
        "HWIO = {4: (3, 2, 0, 1)",
        "HWIO = {4: (3, 2, 1, 0)",
        KERAS,
        "tf",
    ),
    Mutant(
        "keras-depth",
        "2 layers numbered in the order of the code",
        SOURCES + "keras_order.py",
        "key=lambda operation: (-operation.depth, met[operation])",
        "key=lambda op: -met[op]",
        KERAS,
        "tf",
    ),
    Mutant(
        "keras-scale",
        "3 scales that are left out taken for 0",
        SOURCES + "keras.py",
        '{"norm.weight": 1.0}',
        '{"norm.weight": 0.0}',
        KERAS,
        "tf",
    ),
    Mutant(
        "caffe-means",
        "2 means in the order of RGB",
        SOURCES + "caffe.py",
        "(104.0, 117.0, 123.0)",
        "(123.0, 117.0, 104.0)",
        CAFFE,
    ),
    Mutant(
        "caffe-order",
        "2 RGB for BGR",
        SOURCES + "caffe.py",
        'order="BGR"',
        'order="RGB"',
        CAFFE,
    ),
    Mutant(
        "caffe-paths",
        "2 reductions swapped",
        SOURCES + "caffe.py",
        '"p2_1": "3x3_reduce",\n    "p2_2": "3x3",\n    "p3_1": "5x5_reduce"',
        '"p2_1": "5x5_reduce",\n    "p2_2": "3x3",\n    "p3_1": "3x3_reduce"',
        (*CAFFE, *ZOO),
    ),
    Mutant(
        "unused",
        "2 tensors without a place passed over",
        SOURCES + "match.py",
        "return not (self.missing or self.unused)",
        "return not self.missing",
        ACCOUNTED,
    ),
    Mutant(
        "graph",
        "1 the graph's own padding passed over",
        SOURCES + "graph.py",
        "if stated != value:",
        'if stated != value and attribute != "pads":',
        tests("weights/sources", "a_convolution_of_the_graph_that_moves_otherwise_is_refused"),
    ),
    Mutant(
        "half",
        "3 half precision rounded on",
        SOURCES + "match.py",
        'astype("float64" if double else "float32")',
        'astype("float64" if double else "float16").astype("float64" if double else "float32")',
        MODELS,
    ),
    Mutant(
        "preprocessing-lost",
        "2 preprocessing not stored",
        "common/weights/bundle.py",
        "canonical.save(path, bundle.weights, bundle.table, bundle.preprocessing)",
        "canonical.save(path, bundle.weights, bundle.table)",
        ROUND_TRIP,
    ),
    # ONNX
    Mutant(
        "onnx-pads",
        "1 pads of each axis together, as elsewhere",
        "common/weights/onnx_export.py",
        '"pads": (top, left, bottom, right)',
        '"pads": (top, bottom, left, right)',
        ONNX,
    ),
    Mutant(
        "onnx-count",
        "1 average pools that do not count",
        "common/weights/onnx_export.py",
        "counted = int(node.count_padding)",
        "counted = 0",
        ONNX,
    ),
    Mutant(
        "onnx-eps",
        "3 eps of ONNX' default",
        "common/weights/onnx_export.py",
        "*parameters, epsilon=node.norm.eps)",
        "*parameters)",
        ONNX,
    ),
    Mutant(
        "onnx-lrn",
        "3 LRN with TensorFlow's alpha",
        "common/weights/onnx_export.py",
        "alpha=node.alpha,",
        "alpha=node.alpha / node.size,",
        ONNX,
    ),
]
