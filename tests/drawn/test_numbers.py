"""What is written into a drawing is what the table says, and what is drawn once is equal."""

import re
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from support.random_tables import tables

from common import nets
from common.base.errors import InputError
from common.drawn import draw, drawing
from common.drawn.looks import ROLES
from common.drawn.measures import width
from common.drawn.shapes import Box, Group, Words
from common.table.resolve import resolve
from common.table.spec import Concat, Conv, Paths, Residual, Stage, Window

NAMES = list(nets.tables())
SVG = "{http://www.w3.org/2000/svg}"


def elements(svg):
    """The elements of an SVG that stand for a part of the network."""
    return [element for element in ElementTree.fromstring(svg).iter() if element.get("data-kind")]


def names(element):
    return (element.get("data-names") or element.get("data-name")).split()


def paths(table, layers):
    """The names of all paths of a table."""
    blocks = {name: layer.node for name, layer in layers.items() if isinstance(layer.node, Paths)}
    return {f"{name}.{path}" for name, node in blocks.items() for path in node.paths}


def check_names(table, svg):
    """Every layer, block, stage, head and path is there, once."""
    layers = table.layers
    drawn = Counter(name for element in elements(svg) if element.get("data-kind") != "path" for name in names(element))
    assert drawn == Counter(list(layers))
    found = Counter(name for element in elements(svg) if element.get("data-kind") == "path" for name in names(element))
    assert found == Counter(paths(table, layers))
    ids = Counter(element.get("id") for element in ElementTree.fromstring(svg).iter() if element.get("id"))
    assert set(ids.values()) == {1}
    kinds = {name: element.get("data-kind") for element in elements(svg) for name in names(element)}
    assert all(kinds[name] == "stage" for name in table.stages) and all(kinds[name] == "head" for name in table.aux)


def check_equal(table, svg):
    """What is drawn once is equal, neighbours in a row, and as many as it says."""
    for element in elements(svg):
        several = names(element)
        assert len(several) == int(element.get("data-count") or 1)
        nodes = [table.layers.get(name) for name in several]
        if len(several) > 1 and all(nodes):
            first = nodes[0]
            assert all((one.node, one.input, one.output) == (first.node, first.input, first.output) for one in nodes)
            assert f"{len(several)} equal blocks" in element.find(f"{SVG}title").text


def check_texts(table, drawn):
    """Kernels, strides, channels, concatenations and sums."""
    for item in drawn.flat():
        if isinstance(item, Box) and item.part:
            layer = table.layers[item.part.names[0]]
            if isinstance(layer.node, Window):
                kernel, stride = layer.node.moved
                assert item.text.startswith(f"{kernel[0]}×{kernel[1]} ")
                said = re.search(r" /(\d+)(?:×(\d+))?", item.text)
                assert stride == ((int(said[1]), int(said[2] or said[1])) if said else (1, 1))
            if isinstance(layer.node, Conv):
                assert item.text.split(", ")[1] == str(layer.output[0])
            assert "×".join(map(str, layer.input)) + " to " in item.part.title
            assert (f"{layer.params:,} parameters" in item.part.title) == (layer.params > 0)
        if isinstance(item, Group) and item.part.kind == "block":
            check_merge(table.layers[item.part.names[0]], [each.text for each in item.items if isinstance(each, Box)])


def check_merge(layer, texts):
    """The text where the paths of a block come together."""
    if isinstance(layer.node, Concat):
        assert f"concat, {layer.output[0]}" in texts
    elif isinstance(layer.node, Residual):
        (text,) = texts
        assert text.startswith("ReLU(") == (layer.node.activation == "relu")
        factor = re.search(r"([+−]) (?:([0-9.]+) × )?", text)
        assert float(factor[2] or 1) * (-1 if factor[1] == "−" else 1) == layer.node.scale


def check_sizes(table, drawn):
    """The sizes beside the arrows: of the images, between the parts of stages, and behind each stage."""
    groups = [item for item in drawn.flat() if isinstance(item, Group | Box) and item.part]
    expected = Counter(["×".join(map(str, table.input))])
    for stage in table.stages:
        parts = [item.part for item in groups if item.part.names[0].rpartition(".")[0] == stage]
        ends = [part.names[-1] for part in parts if part.kind != "path"][:-1]
        expected.update("×".join(map(str, table.layers[name].shape)) for name in [*ends, stage])
    assert expected == Counter(item.text for item in drawn.flat() if isinstance(item, Words) and item.role == "size")


def check_all(table, **how):
    drawn, svg = drawing(table, **how), draw(table, **how)
    check_names(table, svg)
    check_equal(table, svg)
    check_texts(table, drawn)
    check_sizes(table, drawn)
    return drawn


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_drawn_as_it_is(name):
    check_all(nets.get(name))


@settings(max_examples=40, deadline=None)
@given(tables())
def test_random_tables_too(table):
    check_all(table)
    check_all(table, fold=False, columns=1)


def test_equal_blocks_are_drawn_once_unless_each_is_asked_for():
    table = nets.get("inception_resnet_v2")
    times = {item.text for item in drawing(table).flat() if isinstance(item, Words) and item.role == "times"}
    assert times == {"×10", "×20", "×9"}
    assert not [item for item in check_all(table, fold=False).flat() if getattr(item, "role", "") == "times"]


def test_blocks_do_not_fold_over_a_head():
    """A head branches off after 4d of cifar10_bn; equal blocks on both sides of a head stay apart."""
    table = nets.get("inception_v3")
    aux = replace(table.aux["aux1"], after="b4.6c")
    svg = draw(resolve(replace(table, aux={"aux1": aux})))
    assert {tuple(names(element)) for element in elements(svg)} >= {("b4.6c",), ("b4.6d",)}
    assert ("b4.6c", "b4.6d") in {tuple(names(element)) for element in elements(draw(table))}


def test_a_path_may_be_called_as_a_layer():
    block = Concat(p1=(Conv(2, 1),), p1_1=(Conv(3, 1),))
    check_all(resolve(replace(nets.tables()["d2l"], stages={"b1": Stage(block=block)})))


@pytest.mark.parametrize("scale", [-2.0, -1.0, 1.0, 0.17])
def test_a_sum_says_its_scale_and_what_it_ends_with(scale):
    for activation in ("relu", None):
        block = Residual((Conv(3, 3),), scale=scale, activation=activation)
        check_all(resolve(replace(nets.tables()["d2l"], input=(3, 9, 9), stages={"b1": Stage(block=block)})))


def test_the_line_below_the_title_has_the_numbers_of_the_network_without_heads():
    table = nets.get("paper")
    trunk = table.at(aux=False).totals()
    said = drawing(table).description
    assert f"{trunk.params:,} parameters · {trunk.macs:,} multiply-adds · {table.depth} layers deep" in said


def test_another_size_has_its_sizes_and_leaves_out_heads_that_do_not_take_it():
    table = nets.get("imagenet_aux")
    drawn = drawing(table, image_size=(256, 288))
    words = [item.text for item in drawn.flat() if isinstance(item, Words)]
    assert "3×256×288" in words and "64×64×72" in words
    assert drawn.left_out == ("aux1", "aux2") and any("left out: aux1, aux2." in text for text in words)
    assert not any(isinstance(item, Group) and item.part.kind == "head" for item in drawn.flat())
    with pytest.raises(InputError, match="too small"):
        drawing(table, image_size=(4, 4))


def test_the_note_says_what_most_convolutions_end_with_and_the_others_say_it_themselves():
    texts = {item.text for item in drawing(nets.get("inception_resnet_v1")).flat() if hasattr(item, "text")}
    assert "Convolutions end with batch normalisation and a ReLU, unless they say otherwise." in texts
    assert "1×1 conv, 256, linear, no norm" in texts and "3×3 conv /2, 32" in texts
    bare = {item.text for item in drawing(nets.get("d2l")).flat() if hasattr(item, "text")}
    assert "Convolutions end with a ReLU, unless they say otherwise." in bare


def test_the_same_table_is_the_same_bytes_and_refers_to_nothing():
    svg = draw(nets.get("paper"))
    assert svg == draw(nets.get("paper"))
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]
    assert "href" not in svg and "url(" not in svg and "@import" not in svg


def test_themes_and_prefixes():
    auto, light, dark = (draw(nets.get("d2l"), theme=theme) for theme in ("auto", "light", "dark"))
    assert "prefers-color-scheme" in auto and "var(--gn-conv-fill" in auto
    assert "var(" not in light + dark and "prefers" not in light + dark and light != dark
    ids = [element.get("id") for element in elements(draw(nets.get("d2l"), prefix="left-"))]
    assert ids and all(name.startswith("left-") for name in ids)
    with pytest.raises(InputError, match="unknown theme 'drak': did you mean 'dark'"):
        draw(nets.get("d2l"), theme="drak")
    with pytest.raises(InputError, match="columns of a drawing are 1 to 64, not 0"):
        draw(nets.get("d2l"), columns=0)


def test_words_of_others_stay_words():
    title = '</title><script>alert(1)</script>\x1b[31m"&\x00' + "日本語" * 300
    svg = draw(resolve(replace(nets.tables()["d2l"], title=title)))
    root = ElementTree.fromstring(svg)
    assert not list(root.iter(f"{SVG}script")) and len(svg) < 1.1 * len(draw(nets.get("d2l")))
    assert root.find(f"{SVG}title").text.startswith("</title><script>")


@pytest.mark.parametrize("bold", [False, True])
def test_widths_are_those_of_a_wide_font_or_more(bold):
    """Matplotlib brings DejaVu Sans, and knows how wide its characters are."""
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    font = FT2Font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    font.set_size(1000, 72)
    for code in (*range(32, 127), *map(ord, "×·–→−…≥")):
        real = font.load_char(code).linearHoriAdvance / 65536
        assert real <= width(chr(code), 1000, bold=bold) + 1 <= 1.5 * real + 200, chr(code)
    assert all(role.size >= 10 for role in ROLES.values())
