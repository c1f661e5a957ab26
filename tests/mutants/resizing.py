"""The resizing of pictures as the tools around FID have it."""

from mutants.mutant import Mutant, tests

DATA = "common/data/"

TENSORFLOW_1 = tests("data/resizing", "fid_is_torch_fidelitys_resize_of_tensorflow_1")
PYTORCH = tests("data/resizing", "pytorch_fid_is_its_own_interpolation")
CLEAN = tests("data/resizing", "clean_fid_is_its_own_resizer")
SAME = tests("data/resizing", "a_resize_to_the_same_size_changes_nothing")
RULES = tests("data/resizing", "rules_work_with_grey_pictures_other_orders_and_cuts")
BATCHES = tests("data/resizing", "batches_of_such_pictures_are_what_a_call_gives")

MUTANTS = [
    Mutant(
        "fid-resize-half-pixels",
        "3 TensorFlow 1's resizing with centres at halves",
        DATA + "resizing.py",
        "places = (np.arange(new, dtype=dtype) * np.float32(old / new)).astype(dtype)",
        "places = np.maximum((np.arange(new, dtype=dtype) + 0.5) * np.float32(old / new) - 0.5, 0).astype(dtype)",
        TENSORFLOW_1,
    ),
    Mutant(
        "fid-resize-double-scale",
        "3 a scale that is not rounded to float32",
        DATA + "resizing.py",
        "np.float32(old / new)",
        "(old / new)",
        TENSORFLOW_1,
    ),
    Mutant(
        "pytorch-fid-corners",
        "3 PyTorch's resizing without halves of pixels",
        DATA + "resizing.py",
        "np.arange(new, dtype=dtype) + kind(0.5), kind(-0.5)",
        "np.arange(new, dtype=dtype), kind(0)",
        PYTORCH,
    ),
    Mutant(
        "pytorch-fid-beyond-the-edge",
        "3 pixels before the first are mixed in",
        DATA + "resizing.py",
        "        places = np.maximum(places, kind(0))\n",
        "",
        PYTORCH,
    ),
    Mutant(
        "pytorch-fid-rounded-twice",
        "3 products rounded before they are added",
        DATA + "resizing.py",
        'if dtype == "float64":',
        "if dtype:",
        PYTORCH,
    ),
    Mutant(
        "clean-fid-bytes",
        "3 channels rounded to whole numbers",
        DATA + "resizing.py",
        "Image.fromarray(np.float32(pixels[:, :, i]))",
        "Image.fromarray(pixels[:, :, i])",
        CLEAN,
    ),
    Mutant(
        "clean-fid-not-cut",
        "3 values beyond black and white",
        DATA + "resizing.py",
        "np.asarray(channel).clip(0, 255)",
        "np.asarray(channel)",
        CLEAN,
    ),
    Mutant(
        "same-size-computed",
        "3 a picture of the right size is resized",
        DATA + "resizing.py",
        "if pixels.shape[:2] == tuple(size):",
        "if False:",
        SAME,
    ),
    Mutant(
        "rules-turned",
        "3 height for width",
        DATA + "preprocessing.py",
        "resizing.resized(pixels, size[::-1], self",
        "resizing.resized(pixels, size, self",
        RULES,
    ),
    Mutant(
        "rules-uncut",
        "2 the part at the centre is not cut",
        DATA + "preprocessing.py",
        "pixels = pixels[top:bottom, left:right]",
        "pixels = pixels[: bottom - top, : right - left]",
        RULES,
    ),
    Mutant(
        "rules-in-tables",
        "3 fractions looked up in a table of bytes",
        DATA + "batches.py",
        "image[:] = np.moveaxis(self.preprocessing.normalised(pixels), 2, 0)\n            return",
        "pixels = pixels.astype(np.uint8)",
        BATCHES,
    ),
]
