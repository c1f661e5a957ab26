"""AlexNet, VGG and Network in Network as the book has them. Nothing here reads a table of ours.

Source: github.com/d2l-ai/d2l-en, chapter_convolutional-modern/alexnet.md, vgg.md and nin.md. vgg.md and nin.md read,
of alexnet.md the PyTorch tab in copies (its first convolution has padding=1). VGG-16 is the exercise of vgg.md:
Simonyan & Zisserman 2014, Table 1, column D, from memory of the paper.
"""

from support.literal_googlenets import Units


class AlexNet(Units):
    def read(self, shape, classes):
        x = self.unit("Conv2d 0", self.image(shape), 96, 11, 4, 1)
        x = self.unit("Conv2d 3", self.maximum("MaxPool2d 2", x, 3, 2), 256, 5, 1, 2)
        x = self.unit("Conv2d 6", self.maximum("MaxPool2d 5", x, 3, 2), 384, 3, 1, 1)
        x = self.unit("Conv2d 10", self.unit("Conv2d 8", x, 384, 3, 1, 1), 256, 3, 1, 1)
        return self.dense_part(self.maximum("MaxPool2d 12", x, 3, 2), classes)

    def dense_part(self, x, classes):
        for i in (1, 2):
            x = self.dropout(f"Dropout {i}", self.fully(f"Linear {i}", x, 4096), 0.5)
        self.end("fc", self.dense("Linear 3", x, classes))
        return self


class VGG11(AlexNet):
    conv_arch = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))

    def read(self, shape, classes):
        x = self.image(shape)
        for i, (count, channels) in enumerate(self.conv_arch):
            for j in range(count):
                x = self.unit(f"block {i} Conv2d {j}", x, channels, 3, 1, 1)
            x = self.maximum(f"block {i} MaxPool2d", x, 2, 2)
        return self.dense_part(x, classes)


class VGG16(VGG11):
    conv_arch = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))


class NiN(Units):
    def block(self, name, x, channels, kernel, strides, padding):
        x = self.unit(f"{name}.0", x, channels, kernel, strides, padding)
        return self.unit(f"{name}.4", self.unit(f"{name}.2", x, channels, 1), channels, 1)

    def read(self, shape, classes):
        x = self.maximum("pool 0", self.block("nin_block 0", self.image(shape), 96, 11, 4, 0), 3, 2)
        x = self.maximum("pool 1", self.block("nin_block 1", x, 256, 5, 1, 2), 3, 2)
        x = self.maximum("pool 2", self.block("nin_block 2", x, 384, 3, 1, 1), 3, 2)
        x = self.block("nin_block 3", self.dropout("Dropout", x, 0.5), classes, 3, 1, 1)
        self.end("fc", self.global_average("AdaptiveAvgPool2d", x))
        return self


BOOK = {  # table: how it is written down, its source, the input and the classes given there
    "alexnet": (AlexNet, "the book's alexnet.md", (1, 224, 224), 10),
    "vgg11": (VGG11, "the book's vgg.md", (1, 224, 224), 10),
    "vgg16": (VGG16, "the book's vgg.md, exercise 4", (1, 224, 224), 10),
    "nin": (NiN, "the book's nin.md", (1, 224, 224), 10),
}
