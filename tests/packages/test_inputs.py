"""Images of any layout and any real dtype are taken alike by the three; others are refused; nobody shares memory."""

import numpy as np
import pytest
from support.trainers import PLAIN, RANDOM

from common.table.drawing import probing

PIXELS = np.random.default_rng(0).integers(0, 2, (4, *RANDOM.input))  # 0 and 1 are the same in every dtype
LABELS = np.array([0, 1, 3, 2])


def net_of(backend, dtype="float64"):
    return backend.build_net(RANDOM, weights=probing(RANDOM, dtype=dtype), dtype=dtype)


def step(backend, net, x, y):
    trainer = backend.Trainer(net, PLAIN)
    return np.array(trainer.step(x, y, lr=1e-3, seed=0))


USES = {
    "predict": lambda backend, net, x: backend.predict(net, x),
    "layer_outputs": lambda backend, net, x: backend.layer_outputs(net, x)["b1"],
    "gradients": lambda backend, net, x: backend.gradients(net, x, LABELS)["input"],
    "step": lambda backend, net, x: step(backend, net, x, LABELS),
}


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "negative strides": lambda x: x[::-1, :, ::-1, ::-1].copy()[::-1, :, ::-1, ::-1],
    "every other": lambda x: np.repeat(np.repeat(x, 2, 0), 3, 3)[::2, :, :, ::3],
    "channels last": lambda x: np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2),
    "read-only": read_only,
    "big-endian": lambda x: x.astype(">f8"),
}
DTYPES = ("bool", "uint8", "int8", "int64", "uint64", "float16", "float32", "longdouble")


@pytest.mark.parametrize("use", USES)
def test_any_layout_and_any_real_dtype_gives_the_same_and_stays_as_it_was(use, backend):
    x = PIXELS.astype("float64")
    given = {**{name: change(x) for name, change in LAYOUTS.items()}, **{dtype: x.astype(dtype) for dtype in DTYPES}}
    if use == "step":  # a few of them: each compiles a step of training anew
        given = {name: given[name] for name in ("negative strides", "big-endian", "uint8")}
    use = USES[use]
    expected = use(backend, net_of(backend), x)
    for name, images in given.items():
        before = images.tobytes()
        assert np.array_equal(use(backend, net_of(backend), images), expected), name
        assert images.tobytes() == before, name


def test_one_image_for_all_is_taken_as_if_it_were_copied(backend):
    one = PIXELS[:1].astype("float32")
    net = net_of(backend, "float32")
    assert np.array_equal(
        backend.predict(net, np.broadcast_to(one, PIXELS.shape)), backend.predict(net, one.repeat(4, 0))
    )


REFUSED = {
    "no image": (PIXELS[:0], "a batch without images"),
    "complex": (PIXELS.astype("complex128"), "images must be real numbers, not of dtype complex128"),
    "objects": (PIXELS.astype(object), "images must be real numbers, not of dtype object"),
    "text": (PIXELS.astype("U1"), "images must be real numbers, not of dtype <U1"),
    "times": (PIXELS.astype("m8[s]"), r"images must be real numbers, not of dtype timedelta64\[s\]"),
    "a list": (PIXELS.tolist(), "images must be a NumPy array, N x C x H x W, not of type list"),
    "one image": (PIXELS[0], "images are N x C x H x W, not N x 9 x 8"),
    "a number": (np.array(3.0), "images are N x C x H x W, not N$"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_batch_of_images_is_refused_by_all_alike(case, backend):
    images, says = REFUSED[case]
    net = net_of(backend)
    labels = LABELS[: len(images)] if np.ndim(images) else LABELS
    for use in (
        lambda: backend.predict(net, images),
        lambda: backend.layer_outputs(net, images),
        lambda: backend.gradients(net, images, labels),
        lambda: step(backend, net, images, labels),
    ):
        with pytest.raises(ValueError, match=says):
            use()


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (LABELS.astype(float), "labels must be whole numbers, not of dtype float64"),
        (LABELS > 1, "labels must be whole numbers, not of dtype bool"),
        (LABELS.astype(object), "labels must be whole numbers, not of dtype object"),
        (LABELS[:3], r"4 images need as many labels, not an array of shape \(3,\)"),
        (LABELS[:, None], r"4 images need as many labels, not an array of shape \(4, 1\)"),
        (LABELS - 1, "label -1 is none of the 4 classes"),
        (LABELS + 1, "label 4 is none of the 4 classes"),
    ],
    ids=str,
)
def test_what_is_no_row_of_labels_is_refused_by_all_alike(labels, says, backend):
    net, x = net_of(backend), PIXELS.astype("float64")
    before = backend.get_weights(net)
    for use in (backend.gradients, lambda *given: step(backend, *given)):
        with pytest.raises(ValueError, match=says):
            use(net, x, labels)
    assert all(np.array_equal(before[name], array) for name, array in backend.get_weights(net).items())


@pytest.mark.parametrize("dtype", ["int8", "uint32", "uint64"])
def test_labels_may_be_whole_numbers_of_any_kind(dtype, backend):
    net, x = net_of(backend), PIXELS.astype("float64")
    expected = backend.gradients(net, x, LABELS)["fc.weight"]
    assert np.array_equal(backend.gradients(net, x, read_only(LABELS.astype(dtype)))["fc.weight"], expected)


def test_weights_of_any_layout_and_real_dtype_are_taken_and_others_refused(backend):
    whole = {name: np.round(4 * array) for name, array in probing(RANDOM).items()}
    net = net_of(backend)
    changes = [*LAYOUTS.values(), lambda x: x.astype("float32"), lambda x: x.astype("int8")]
    for change in changes:
        given = {name: change(array) if array.ndim == 4 else array.astype("float32") for name, array in whole.items()}
        backend.set_weights(net, given)
        assert all(np.array_equal(array, whole[name]) for name, array in backend.get_weights(net).items())
    for kind in ("complex128", object, "U8"):
        with pytest.raises(ValueError, match=r"tensor 'fc\.bias' holds .*, not real numbers"):
            backend.set_weights(
                net, {**whole, "b1.conv.weight": 0 * whole["b1.conv.weight"], "fc.bias": whole["fc.bias"].astype(kind)}
            )
    assert all(np.array_equal(array, whole[name]) for name, array in backend.get_weights(net).items())


def test_results_own_their_memory(backend):
    """They can be written into, each for itself, and nothing else changes."""
    net, x = net_of(backend), PIXELS.astype("float64")
    trainer = backend.Trainer(net, PLAIN.changed(momentum=0.9))
    trainer.step(x, LABELS, lr=1e-3, seed=0)
    logits = backend.predict(net, x)
    results = [
        backend.predict(net, x),
        *backend.layer_outputs(net, x, aux=True).values(),
        *backend.gradients(net, x, LABELS).values(),
        *(array for both in backend.outputs_and_gradients(net, x, LABELS) for array in both.values()),
        *backend.get_weights(net).values(),
        *trainer.velocities().values(),
    ]
    velocities = trainer.velocities()
    for i, array in enumerate(results):
        assert array.flags.owndata and array.flags.writeable and array.flags.c_contiguous
        assert not any(np.shares_memory(array, other) for other in results[:i])
        array.fill(np.nan)
    assert np.array_equal(backend.predict(net, x), logits)
    assert all(np.array_equal(array, velocities[name]) for name, array in trainer.velocities().items())
    assert np.array_equal(x, PIXELS)
