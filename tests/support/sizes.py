"""Sizes of image at which the tables of the family are compared: the smallest with enough values for statistics."""

# (images, height, width) in evaluation and in training mode.
FAMILY = {
    "d2l_residual": ((2, 33, 46), (2, 33, 46)),
    "cifar10_bn": ((2, 33, 46), (8, 64, 64)),
    "cifar100_bn": ((2, 17, 30), (3, 17, 30)),
    "torchvision": ((2, 33, 46), (3, 97, 64)),
    "inception_bn": ((2, 64, 96), (3, 64, 96)),
    "inception_bn:paper": ((2, 64, 96), (3, 64, 96)),
    "inception_v3": ((2, 75, 107), (2, 299, 299)),
    "inception_v3:keras": ((2, 75, 107), (4, 107, 139)),
    "inception_v3:fid": ((2, 75, 107), (4, 107, 139)),
    "inception_v4": ((2, 75, 91), (3, 139, 107)),
    "inception_resnet_v1": ((2, 75, 91), (3, 75, 107)),
    "inception_resnet_v1:facenet": ((2, 75, 91), (3, 75, 107)),
    "inception_resnet_v2": ((2, 75, 91), (3, 75, 107)),
    "inception_resnet_v2:paper": ((2, 75, 91), (3, 75, 107)),
    "alexnet": ((1, 193, 199), (1, 193, 199)),
    "vgg11": ((1, 224, 230), (1, 224, 224)),
    "vgg16": ((1, 224, 224), (1, 224, 224)),
    "nin": ((2, 67, 75), (2, 67, 75)),
}
