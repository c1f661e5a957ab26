"""How tables are resolved: what a layer says, or its network for it, and what is lost on the way."""

from mutants.tables import RESOLVE, SPEC, at_other_sizes, source, table

MUTANTS = [
    table(
        "resolve-norm",
        "2 what a layer says of its normalisation passed over",
        RESOLVE,
        "norm=norm if node.norm == INHERIT else node.norm",
        "norm=norm",
        source("inception_resnet_v1-literal"),
    ),
    table(
        "resolve-bias",
        "2 what a layer says of its bias passed over",
        RESOLVE,
        "bias=bias if node.bias == INHERIT else node.bias",
        "bias=bias",
        source("cifar100_bn-literal"),
    ),
    table(
        "resolve-pool",
        "1 pools padded as convolutions are",
        RESOLVE,
        "pool=not isinstance(node, Conv)",
        "pool=False",
        source("caffe-literal"),
    ),
    table(
        "resolve-scale",
        "2 residuals lose their scale",
        SPEC,
        'object.__setattr__(self, "scale", scale)',
        'object.__setattr__(self, "scale", 1.0)',
        source("inception_resnet_v1-literal"),
    ),
    table(
        "resolve-activation",
        "2 residuals get a ReLU",
        SPEC,
        'object.__setattr__(self, "activation", activation)',
        'object.__setattr__(self, "activation", "relu")',
        source("inception_resnet_v1:facenet-literal"),
    ),
    table(
        "resolve-order",
        "2 paths in the order of the alphabet",
        SPEC,
        "for path, nodes in self.paths.items()}\n        return",
        "for path, nodes in sorted(self.paths.items(), reverse=True)}\n        return",
        source("d2l-literal"),
    ),
    table(
        "ceil-at-other-sizes",
        "1 rounding up that starts in the padding, seen at odd sizes only",
        "common/table/padding.py",
        "if steps * stride >= size + before:  # the last window would start in the padding",
        "if steps * stride >= size + before - 1:",
        at_other_sizes("torchvision-torchvision"),
    ),
]
