"""The page without a browser: whole, its own, true to the code, in both languages."""

import base64
import json
import re
import zlib

import pytest
from support.shown_pages import HOSTILE, hostile, html, tree, words_of

import googlenet as g
from common import nets
from common.base.errors import InputError
from common.site import asked, rendering, words
from common.site.beside import beside
from common.site.coloured import coloured
from common.site.published import PUBLISHED, published
from common.written.file import written
from common.written.style import STYLES

TWO = ("d2l", "inception_resnet_v2")


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return html(tmp_path_factory.mktemp("page"), *TWO)


@pytest.fixture(scope="module")
def page(text):
    return tree(text)


def test_it_is_written_where_it_is_asked_for_and_said_so(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("page", "vgg11", "--out", "a/b", "--json", "page.json") == (0, "written: a/b/index.html\n", "")
    file = tmp_path / "a" / "b" / "index.html"
    report = {"file": "a/b/index.html", "bytes": file.stat().st_size, "networks": ["vgg11"]}
    report |= {"proven": {}, "runs": 0, "bench": False, "documents": []}
    assert json.loads((tmp_path / "page.json").read_text()) == report
    assert [path.name for path in file.parent.iterdir()] == ["index.html"]
    found = g.page("vgg11", "a/b")
    assert found.to_dict() == report and found.file.read_bytes() == file.read_bytes()
    assert repr(found) == f"<Page of 1 network, {file.stat().st_size / 1e6:.1f} MB: a/b/index.html>"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("d3l",), "did you mean 'd2l'?"),
        (("vgg11", "vgg11"), "the network 'vgg11' is asked for twice"),
        (("vgg11", "--out", "taken"), "taken: cannot be made: File exists"),
        (("vgg11", "--out", "full"), "full/index.html: cannot be written: it is a folder"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(run, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("")
    (tmp_path / "full" / "index.html").mkdir(parents=True)
    code, out, err = run("page", *arguments)
    assert (code, out) == (2, "") and said in err and err.count("\n") == 1
    assert not (tmp_path / "page").exists()


@pytest.mark.parametrize("library", ["jinja2", "pygments.lexers"])
def test_a_missing_library_is_told_of(run, tmp_path, monkeypatch, library):
    monkeypatch.setitem(__import__("sys").modules, library, None)
    code, _, err = run("page", "vgg11", "--out", tmp_path / "page")
    assert code == 2 and "pip install 'googlenet[page]'" in err
    assert not [*tmp_path.iterdir()]


def test_it_is_valid_html_that_asks_for_nothing(page, text):
    links = [value for each in page.iter() for key, value in each.attrib.items() if key in ("href", "src", "action")]
    assert links and all(value.startswith(("#", "data:,")) for value in links)
    assert not [each.tag for each in page.iter() if each.tag in ("link", "img", "iframe", "object", "embed")
                and each.attrib.get("rel") != "icon"]  # fmt: skip
    assert not re.findall(r"@import|url\(|https?://(?!www\.w3\.org)", text)
    assert not [each for each in page.iter("script") if "src" in each.attrib]
    ids = [each.attrib["id"] for each in page.iter() if "id" in each.attrib]
    assert len(ids) == len(set(ids))
    assert {value[1:] for value in links if value.startswith("#")} - {"top"} <= set(ids)


def test_every_column_is_the_file_that_is_written(page):
    for net in page.iter():
        name = net.attrib.get("data-net")
        pres = [each for each in net.iter("pre") if "data-column" in each.attrib] if name else []
        for backend in STYLES if pres else ():
            code = "".join(words_of(each) for each in pres if each.attrib["data-column"] == backend)
            assert code == written(nets.get(name), backend)
    assert {each.attrib["data-net"] for each in page.iter() if "data-net" in each.attrib} == set(TWO)


@pytest.mark.parametrize("name", nets.names())
def test_every_layer_has_a_line_in_every_framework_and_no_line_has_another_name(name):
    table = nets.get(name)
    known = {*table.layers, *(layer.rpartition("_")[0] for layer in table.layers)}
    rows = beside(table).rows
    for backend in STYLES:
        cells = [cell.html for _, cells in rows for cell in cells if cell.column == backend]
        names = {own for some in re.findall(r'data-name="([^"]*)"', "".join(cells)) for own in some.split()}
        assert set(table.layers) <= names <= known


def test_a_line_stands_for_the_layers_that_are_made_in_it():
    rows = dict(beside(nets.get("inception_resnet_v2")).rows)
    line = next(line for line in rows["BranchesB"][1].html.split("<span") if "self.p2_2" in line and "Conv" in line)
    names = re.search(r'data-name="([^"]*)"', line)[1].split()
    assert names == [f"b4.4{letter}.body_1.p2_2" for letter in "bcdefghijklmnopqrstu"]
    stage = rows["InceptionResNetV2.b4"][1].html
    assert re.findall(r'data-name="([^"]*)"', stage)[:2] == ["b4", "b4.4a"]


def test_facts_and_sizes_are_those_of_the_tables(page):
    """Numbers as a reader sees them, and bars as wide as the numbers are large."""
    tables = [nets.get(name) for name in TWO]
    totals = {table.name: table.at(table.input, aux=False).totals() for table in tables}
    facts = {
        each.attrib["data-net"]: each
        for each in page.iter()
        if "data-net" in each.attrib and each.find("dl[@class='facts']") is not None
    }
    for table in tables:
        shown = [words_of(each) for each in facts[table.name].find("dl[@class='facts']").iter("dd")]
        total = totals[table.name]
        assert shown == ["×".join(map(str, table.input)), f"{total.params:,}", f"{total.macs:,}", str(table.depth)]
    for row in (each for each in page.iter("tr") if "data-size" in each.attrib):
        for cell, kind in zip(row.findall("td")[:2], ("params", "macs"), strict=True):
            number = getattr(totals[row.attrib["data-size"]], kind)
            most = max(getattr(total, kind) for total in totals.values())
            number_shown, bar = cell.findall("span")
            assert float(words_of(number_shown).replace(",", "")) == pytest.approx(number / 1e6, rel=0.005)
            assert float(bar.attrib["style"].removeprefix("--share:")) == pytest.approx(number / most, abs=1e-4)


def test_accuracies_are_as_published_and_of_that_table_alone(page):
    told = {
        row.attrib["data-size"]: words_of(row.findall("td")[2]) for row in page.iter("tr") if "data-size" in row.attrib
    }
    assert told == {"d2l": "", "inception_resnet_v2": "80.3 · 95.3 Keras Applications, table of models"}
    assert set(PUBLISHED) <= set(nets.names())
    for each in PUBLISHED.values():
        assert 0.6 < (each.top1 or 0.6001) < each.top5 < 0.96 and each.source
    assert published(nets.get("inception_v3")) is PUBLISHED["inception_v3"]
    assert published(nets.get("inception_v3", num_classes=10)) is None


def test_drawings_of_one_page_share_no_id(page):
    packed = [each.attrib["data-drawing"] for each in page.iter() if "data-drawing" in each.attrib]
    drawings = [zlib.decompress(base64.b64decode(each), -zlib.MAX_WBITS).decode() for each in packed]
    ids = [own for drawing in drawings for own in re.findall(r' id="([^"]*)"', drawing)]
    assert len(drawings) == len(TWO) and len(ids) == len(set(ids)) > 100


def test_rows_hold_what_belongs_together():
    keys = [key for key, _ in beside(nets.get("d2l")).rows]
    stages = [f"GoogLeNet.{stage}" for stage in ("b1", "b2", "b3", "b4", "b5", "fc")]
    assert keys == [
        *("docstring", "imports", "Conv", "", "Stage", "Inception", "GoogLeNet"),
        *(*stages, "GoogLeNet()", ""),
    ]


@pytest.mark.parametrize("code", ["", "\n\n", "x = '''a\n  b\n'''\n", "no python at < all & more\n", "\tx\r\ny"])
def test_colours_change_no_letter(code):
    lines = coloured(code)
    assert words_of(tree(f"<!doctype html><title>x</title><pre><code>{''.join(lines)}</code></pre>")).removeprefix(
        "x"
    ) == code.replace("\r\n", "\n")


def test_words_of_a_table_are_words(tmp_path):
    text = html(tmp_path, hostile())
    found = tree(text)
    assert not [each for each in found.iter() if "onerror" in each.attrib or each.tag == "img"]
    assert "49" not in text.split(HOSTILE[:9])[0][-20:] and "\x1b" not in text
    assert text.count("</script>") == 4


def test_whoever_asks_for_no_network_is_told():
    with pytest.raises(InputError, match="a page needs a network"):
        asked.page([])


def test_both_languages_have_every_text_and_the_same_holes():
    for key, texts in words.catalogue().items():
        assert set(texts) == set(words.LANGUAGES), key
        assert all(own.strip() for own in texts.values()), key
        assert len({tuple(sorted(words.HOLE.findall(own))) for own in texts.values()}) == 1, key
        if not re.fullmatch(r"[{\w}×–%.]+", texts["en"]):
            assert re.search("[一-鿿]", texts["zh"]), key


def test_every_text_of_the_page_is_of_the_catalogue_or_says_that_it_is_english(page):
    """What has letters is under an element with a key, or is of a table, of code, or the name of a framework."""
    left = []

    def look(element, covered):
        own = bool({"data-t", "data-both"} & element.attrib.keys()) or (
            element.tag != "html" and "lang" in element.attrib
        )
        covered = covered or own or element.tag in ("script", "style")
        pieces = [element.text, *(child.tail for child in element)]
        left.extend(piece.strip() for piece in pieces if not covered and piece and re.search("[A-Za-z]", piece))
        for name in ("aria-label", "title", "placeholder"):
            if name in element.attrib and f"data-t-{name}" not in element.attrib:
                left.append(element.attrib[name])
        for child in element:
            look(child, covered)

    look(page, False)
    assert set(left) <= {*(style.dialect.framework for style in STYLES.values()), "One table, three frameworks"}


def test_every_text_of_the_catalogue_is_used(text):
    """In the page, or in a template for what this page has not."""
    script = text.split('<script type="application/json"')[0] + text.rsplit("<script>", 1)[1]
    script += "".join(file.read_text() for file in rendering.HERE.glob("*.html"))
    unused = [key for key in words.catalogue() if f'"{key}"' not in script]
    dynamic = ("theme.", "cell.", "proof.", "grid.", "answer.", "plot.", "speed.group.")
    assert not [key for key in unused if not key.startswith(dynamic)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return html(tmp_path_factory.mktemp("whole"), *nets.names())


def test_the_whole_is_less_than_three_megabytes(whole):
    assert len(whole.encode()) < 3_000_000
