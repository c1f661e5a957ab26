"""Pictures of every kind come in as they look to a person: upright, on white, in [-1, 1]; the rest is refused."""

import io

import numpy as np
import pytest
from PIL import Image

from common.base.errors import InputError
from common.data.images import load_images, random_images

SIZE = (12, 8)  # width and height, as Pillow has them
SHAPE = (3, 8, 12)

# Red, green, blue and grey quarters: every turn and mirror image of it looks different.
QUARTERS = np.zeros((8, 12, 3), np.uint8)
QUARTERS[:4, :6], QUARTERS[:4, 6:], QUARTERS[4:, :6], QUARTERS[4:, 6:] = (255, 0, 0), (0, 255, 0), (0, 0, 255), 51
MIDDLES = (slice(None), [2, 2, 6, 6], [3, 9, 3, 9])


def scaled(pixels):
    """uint8, H x W x 3, to C x H x W in [-1, 1], level by level: 0 is -1, 255 is 1."""
    return np.moveaxis(np.asarray(pixels, float), 2, 0) * 2 / 255 - 1


def load(image, path, shape=SHAPE, **settings):
    image.save(path, **settings)
    return load_images([path], shape)[0]


def assert_looks_like(found, pixels):
    """Within a thousandth of one of the 255 levels, far more than round-off and far less than another level."""
    assert np.abs(found - scaled(pixels)).max() < 1e-3 * 2 / 255


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm", "TIF"])
def test_a_colour_picture_of_the_right_size_is_taken_pixel_by_pixel(suffix, tmp_path):
    found = load(Image.fromarray(QUARTERS), tmp_path / f"a.{suffix}")
    assert_looks_like(found, QUARTERS)
    assert (found.min(), found.max()) == (-1, 1)


@pytest.mark.parametrize(
    ("suffix", "settings"), [("jpg", {"quality": 95, "subsampling": 0}), ("webp", {"quality": 95})]
)
def test_a_compressed_picture_looks_alike(suffix, settings, tmp_path):
    """The middle of each quarter, to 16 of the 255 levels, which is what such formats keep of a flat colour."""
    found = load(Image.fromarray(QUARTERS), tmp_path / f"a.{suffix}", quality=95, subsampling=0)
    assert np.abs(found[MIDDLES] - scaled(QUARTERS)[MIDDLES]).max() < 16 * 2 / 255


GREY = np.tile(np.linspace(0, 255, 12).astype(np.uint8), (8, 1))


def as_rgb(grey):
    return np.repeat(np.asarray(grey)[:, :, None], 3, axis=2)


def test_grey_stays_grey(tmp_path):
    assert_looks_like(load(Image.fromarray(GREY), tmp_path / "a.png"), as_rgb(GREY))
    found = load(Image.fromarray(GREY), tmp_path / "b.png", (1, 8, 12))
    assert found.shape == (1, 8, 12)
    assert_looks_like(found, GREY[:, :, None])


def test_one_channel_of_a_colour_picture_is_its_luma(tmp_path):
    """ITU-R 601: 0.299 red, 0.587 green, 0.114 blue, in whole levels."""
    found = (load(Image.fromarray(QUARTERS), tmp_path / "a.png", (1, 8, 12))[0] + 1) * 255 / 2
    assert np.abs(found[[0, 0, 7, 7], [0, 11, 0, 11]] - [0.299 * 255, 0.587 * 255, 0.114 * 255, 51]).max() <= 1


def test_pictures_of_one_bit_are_black_and_white(tmp_path):
    bits = GREY > 100
    assert_looks_like(load(Image.fromarray(bits), tmp_path / "a.png"), as_rgb(255 * bits))


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bits_are_scaled_and_not_cut_off(suffix, tmp_path):
    deep = Image.fromarray(GREY.astype(np.uint16) * 257)
    assert deep.mode == "I;16"
    assert_looks_like(load(deep, tmp_path / f"a.{suffix}"), as_rgb(GREY))


def test_16_dark_bits_stay_dark(tmp_path):
    """Scaled by the range of the type, not of the picture."""
    deep = Image.fromarray(GREY.astype(np.uint16) * 257 // 4)
    found = load(deep, tmp_path / "a.png")
    assert np.abs(found - scaled(as_rgb(GREY / 4))).max() <= 1 * 2 / 255


@pytest.mark.parametrize(("dtype", "factor"), [(np.int32, 3000), (np.float32, 1 / 255)])
def test_wider_numbers_are_scaled_by_the_range_of_the_picture(dtype, factor, tmp_path):
    wide = Image.fromarray((GREY.astype(float) * factor).astype(dtype))
    assert_looks_like(load(wide, tmp_path / "a.tiff"), as_rgb(GREY))


def test_pictures_for_print_are_converted(tmp_path):
    image = Image.new("CMYK", SIZE, (0, 255, 255, 0))
    found = load(image, tmp_path / "a.tiff")
    assert_looks_like(found, np.full((8, 12, 3), (255, 0, 0)))


def test_a_palette_is_looked_up(tmp_path):
    palette = Image.fromarray(QUARTERS).quantize(4, dither=Image.Dither.NONE)
    assert palette.mode == "P"
    for suffix in ("png", "gif"):
        assert_looks_like(load(palette, tmp_path / f"a.{suffix}"), np.asarray(palette.convert("RGB")))
    assert np.array_equal(np.asarray(palette.convert("RGB"))[0, 0], (255, 0, 0))


def test_of_a_moving_picture_the_first_frame_counts(tmp_path):
    frames = [Image.new("RGB", SIZE, colour) for colour in ("red", "blue")]
    found = load(frames[0], tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert_looks_like(found, np.asarray(frames[0]))


def on_white(pixels, alpha):
    """What a picture of this opacity looks like on white paper."""
    return pixels * (alpha[:, :, None] / 255) + 255 * (1 - alpha[:, :, None] / 255)


@pytest.mark.parametrize("suffix", ["png", "tiff", "webp"])
def test_transparent_pixels_come_out_white(suffix, tmp_path):
    alpha = np.zeros((8, 12), np.uint8)
    alpha[:, 6:] = 255
    image = Image.fromarray(np.dstack([QUARTERS, alpha]))
    found = load(image, tmp_path / f"a.{suffix}", **({"lossless": True} if suffix == "webp" else {}))
    assert_looks_like(found, on_white(QUARTERS, alpha))
    assert np.array_equal(found[:, :, :6], np.ones((3, 8, 6)))


def test_half_transparent_pixels_mix_with_white(tmp_path):
    """To one level: Pillow mixes in whole numbers."""
    image = Image.fromarray(np.dstack([QUARTERS, GREY]))
    found = load(image, tmp_path / "a.png")
    assert np.abs(found - scaled(on_white(QUARTERS, GREY))).max() <= 1.001 * 2 / 255


def test_transparent_grey_comes_out_white(tmp_path):
    alpha = np.where(GREY > 100, 255, 0).astype(np.uint8)
    image = Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(alpha)])
    assert_looks_like(load(image, tmp_path / "a.png"), on_white(as_rgb(GREY), alpha))


@pytest.mark.parametrize("suffix", ["png", "gif"])
def test_the_transparent_colour_of_a_palette_comes_out_white(suffix, tmp_path):
    palette = Image.fromarray(QUARTERS).quantize(4, dither=Image.Dither.NONE)
    index = np.asarray(palette)[0, 0]
    found = load(palette, tmp_path / f"a.{suffix}", transparency=int(index))
    white = np.asarray(palette.convert("RGB")).copy()
    white[np.asarray(palette) == index] = 255
    assert_looks_like(found, white)
    assert np.array_equal(found[:, 0, 0], [1, 1, 1])


@pytest.mark.parametrize(("mode", "key"), [("L", 0), ("RGB", (255, 0, 0))])
def test_a_transparent_colour_without_a_palette_comes_out_white(mode, key, tmp_path):
    image = Image.fromarray(GREY if mode == "L" else QUARTERS)
    found = load(image, tmp_path / "a.png", transparency=key)
    assert np.array_equal(found[:, 0, 0], [1, 1, 1])
    assert_looks_like(found[:, :, -1:], np.asarray(image.convert("RGB"))[:, -1:])


@pytest.mark.parametrize(
    ("tag", "stored"),
    [
        (1, lambda upright: upright),
        (2, lambda upright: upright[:, ::-1]),
        (3, lambda upright: upright[::-1, ::-1]),
        (6, lambda upright: np.rot90(upright)),  # to be turned clockwise
        (8, lambda upright: np.rot90(upright, -1)),
    ],
)
@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_a_camera_that_was_held_sideways(suffix, tag, stored, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = tag
    image = Image.fromarray(np.ascontiguousarray(stored(QUARTERS)))
    assert_looks_like(load(image, tmp_path / f"a.{suffix}", exif=exif), QUARTERS)


def test_a_sideways_jpeg_looks_like_the_upright_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(QUARTERS)))
    found = load(turned, tmp_path / "a.jpg", exif=exif, quality=95, subsampling=0)
    assert np.abs(found[MIDDLES] - scaled(QUARTERS)[MIDDLES]).max() < 16 * 2 / 255


def test_a_picture_of_other_proportions_is_cut_at_the_centre(tmp_path):
    wide = np.zeros((8, 40, 3), np.uint8)
    wide[:, 14:26] = QUARTERS
    assert_looks_like(load(Image.fromarray(wide), tmp_path / "wide.png"), QUARTERS)
    tall = np.zeros((30, 12, 3), np.uint8)
    tall[11:19] = QUARTERS
    assert_looks_like(load(Image.fromarray(tall), tmp_path / "tall.png"), QUARTERS)


@pytest.mark.parametrize("shape", [(3, 5, 17), (1, 17, 5), (3, 1, 1), (3, 40, 60)])
def test_pictures_are_resized_to_height_and_width(shape, tmp_path):
    found = load(Image.new("RGB", (31, 23), "red"), tmp_path / "a.png", shape)
    assert found.shape == shape
    assert np.ptp(found, axis=(1, 2)).max() == 0


def test_files_folders_and_samples_come_in_the_order_given(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, level in (("b.PNG", 20), ("a.jpeg", 10), ("c.bmp", 30)):
        Image.new("L", SIZE, level).save(folder / name)
    for name in ("notes.txt", "d.bmp.part"):
        (folder / name).write_text("no picture")
    Image.new("L", SIZE, 255).save(tmp_path / "z.png")
    found = load_images([tmp_path / "z.png", str(folder), "digits"], (1, 8, 12))
    assert found.shape == (1 + 3 + 10, 1, 8, 12)
    assert np.array_equal(np.round((found[:4, 0, 0, 0] + 1) * 255 / 2), [255, 10, 20, 30])


def test_the_digits_are_those_of_scikit_learn():
    import sklearn.datasets

    scans = sklearn.datasets.load_digits().images[:10]
    found = load_images(["digits"], (1, 8, 8))
    assert np.abs(found[:, 0] - (scans / 8 - 1)).max() <= 2 / 255
    assert (found.min(), found.max()) == (-1, 1)


def test_the_photos_are_those_of_scikit_learn():
    import sklearn.datasets

    photo = sklearn.datasets.load_sample_images().images[0]
    found = load_images(["photos"], (3, *photo.shape[:2]))
    assert found.shape == (2, 3, 427, 640)
    assert_looks_like(found[0], photo)


def test_a_file_called_like_a_sample_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", SIZE, "red").save("digits", format="png")
    assert load_images(["digits"], SHAPE).shape == (1, *SHAPE)


def jpeg():
    data = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(data, "jpeg")
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("text.png", b"hello", "not an image"),
        ("empty.png", b"", "not an image"),
        ("cut.jpg", jpeg()[: len(jpeg()) // 2], "a broken image: "),
    ],
)
def test_a_broken_file_is_refused_in_one_line(name, data, message, tmp_path):
    (tmp_path / name).write_bytes(data)
    for source in (tmp_path / name, tmp_path):
        with pytest.raises(InputError) as caught:
            load_images([source], SHAPE)
        assert str(caught.value).startswith(f"{tmp_path / name}: {message}")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "tiff", "webp"])
def test_a_file_cut_short_is_refused(suffix, share, tmp_path):
    path = tmp_path / f"a.{suffix}"
    Image.effect_noise((64, 64), 50).convert("RGB").save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=rf"a\.{suffix}: "):
        load_images([path], SHAPE)


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.png: no such image"):
        load_images([tmp_path / "nowhere.png"], SHAPE)
    with pytest.raises(InputError, match="no images in this folder"):
        load_images([tmp_path], SHAPE)
    with pytest.raises(InputError, match="no images given"):
        load_images([], SHAPE)


def test_a_name_that_no_file_can_have_is_refused():
    with pytest.raises(InputError, match="aaaa"):
        load_images(["a" * 5000], SHAPE)


@pytest.mark.parametrize("channels", [0, 2, 4])
def test_pictures_have_1_or_3_channels(channels):
    with pytest.raises(InputError, match=f"1 or 3 channels, not {channels}"):
        load_images(["digits"], (channels, 8, 8))


@pytest.mark.parametrize("limit", [60, 20])
def test_a_picture_that_would_fill_the_memory_is_refused(limit, tmp_path, monkeypatch):
    """8 x 12 pixels are above both limits: Pillow warns of the first and refuses the second."""
    Image.fromarray(QUARTERS).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(InputError, match=rf"a\.png: more than {limit} pixels"):
        load_images([tmp_path / "a.png"], SHAPE)


@pytest.mark.parametrize("shape", [(1, 96, 96), (3, 97, 97), (2, 64, 75), (1, 1, 1), (3, 5, 64)])
def test_random_images_are_the_same_for_the_same_seed(shape):
    a, again, b = (random_images(3, shape, seed) for seed in (0, 0, 1))
    assert a.shape == (3, *shape)
    assert np.array_equal(a, again)
    assert not np.array_equal(a, b)
    assert len({image.tobytes() for image in a}) == 3


def test_random_images_have_spread_1_and_pixels_of_either_sign():
    images = random_images(8, (3, 64, 75))
    assert abs(images.std() - 1) < 1e-12  # round-off of one division and one sum
    assert 0.3 < (images < 0).mean() < 0.7


def test_random_images_vary_at_every_scale():
    """Neighbours are alike and far pixels are not; the means of the images differ, and so do those of their parts."""
    images = random_images(64, (1, 64, 64))[:, 0]
    near = np.corrcoef(images[:, :, :-1].ravel(), images[:, :, 1:].ravel())[0, 1]
    far = np.corrcoef(images[:, :, :16].ravel(), images[:, :, -16:].ravel())[0, 1]
    assert near > far + 0.3
    assert near < 0.95
    assert images.mean((1, 2)).std() > 0.2
    assert (images[:, :32].mean((1, 2)) - images[:, 32:].mean((1, 2))).std() > 0.2
