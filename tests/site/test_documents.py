"""Pages of Markdown: whole, linked with each other, and their code as it stands in the text."""

import json
import re

import pytest
from support.pages import FRAMEWORKS, blocks
from support.shown_pages import tree, words_of
from support.syntax import ROOT

from common.base.errors import InputError
from common.site import asked
from common.site.documents import documents

DOCS = ROOT / "docs"
NAMES = sorted(path.stem for path in DOCS.glob("*.md"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The pages of the project, as trees by name."""
    out = tmp_path_factory.mktemp("site")
    report = asked.page(["vgg11"], out, prove=False, docs=DOCS)
    assert report["documents"] == [str(out / "docs" / f"{page.stem}.html") for page in documents(DOCS)]
    return {path.stem: tree(path.read_text(encoding="utf-8")) for path in (out / "docs").iterdir()}


def one(folder, text, name="page"):
    """The body of a page with one text, as a tree."""
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return tree(f"<!doctype html><title>x</title>{documents(folder)[0].text.body}")


def test_every_page_is_made_and_each_names_all(made):
    assert sorted(made) == NAMES
    for page in made.values():
        listed = [link.get("href") for link in page.find(".//nav[@class='pages']").iter("a")]
        assert sorted(listed) == [f"{name}.html" for name in NAMES]


def test_the_index_names_every_page():
    """It says the order; a page that it forgot would stand at the end."""
    named = re.findall(r"\]\(([\w-]+)\.md\)", (DOCS / "index.md").read_text())
    assert sorted(["index", *named]) == NAMES
    assert [page.stem for page in documents(DOCS)] == ["index", *named]


def test_every_link_leads_to_a_page_and_a_place_on_it(made):
    places = {name: {each.get("id") for each in page.iter() if each.get("id")} for name, page in made.items()}
    count = 0
    for name, page in made.items():
        for link in page.iter("a"):
            file, _, anchor = link.get("href").partition("#")
            if file.startswith("https://") or file == "../index.html":
                continue
            other = file.removesuffix(".html") or name
            assert other in made and (not anchor or anchor in places[other]), (name, link.get("href"))
            count += 1
    assert count > 600


def test_they_ask_for_nothing(made):
    for page in made.values():
        assert [each.get("src") for each in page.iter() if not (each.get("src") or "data:").startswith("data:")] == []
        assert [each.tag for each in page.iter("link") if each.get("href") != "data:,"] == []


def test_the_code_is_that_of_the_text(made):
    for name, page in made.items():
        shown = [(words_of(each), each.get("data-for")) for each in page.iter("pre")]
        frameworks = FRAMEWORKS.values()
        expected = [
            (block.text, " ".join(word for word in block.words if word in frameworks) or None)
            for block in blocks(f"docs/{name}.md")
        ]
        assert shown == expected, name


def test_code_for_one_framework_stands_in_a_group_with_that_of_the_others(made):
    groups = [each for each in made["tutorial"].iter("div") if each.get("class") == "tabs"]
    assert len(groups) >= 5
    for group in groups:
        buttons = [each.get("data-framework") for each in group.iter("button")]
        held = {name for each in group.iter("pre") for name in each.get("data-for").split()}
        assert buttons == [name for name in FRAMEWORKS.values() if name in held]
    for page in made.values():
        inside = [each for group in page.iter("div") if group.get("class") == "tabs" for each in group.iter("pre")]
        assert len(inside) == sum(each.get("data-for") is not None for each in page.iter("pre"))


def test_words_are_words(tmp_path):
    page = one(
        tmp_path, "# <b>A</b> `<i>`\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n```\n</pre>\n```\n"
    )
    assert [each.tag for each in page.iter() if each.tag in ("script", "b", "i")] == []
    assert [each.get("href") for each in page.iter("a")] == []
    assert words_of(page.find(".//pre")) == "</pre>\n"
    assert documents(tmp_path)[0].text.title == "<b>A</b> <i>"


def test_links(tmp_path):
    (tmp_path / "other.md").write_text("# The *other* `page`\n\n## Part\n")
    text = (
        "[other.md](other.md) [here](other.md#part) [gone.md](gone.md) [up](../up.md) [web](https://example.org/a.md)"
    )
    page = one(tmp_path, f"# Page\n\n{text}\n", "an")
    links = [(words_of(each), each.get("href")) for each in page.iter("a")]
    assert links == [
        ("The other page", "other.html"),
        ("here", "other.html#part"),
        ("web", "https://example.org/a.md"),
    ]
    assert words_of(page.find(".//p")) == "The other page here gone.md up web"


def test_headings_of_one_name_have_ids_of_their_own(tmp_path):
    page = one(tmp_path, "# A\n\n## Same\n\n## Same\n")
    assert [each.get("id") for each in page.iter("h2")] == ["same", "same-1"]
    assert documents(tmp_path)[0].text.headings == (("same", "Same"), ("same-1", "Same"))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (None, "docs: there is no such folder"),
        ({}, "docs: there is no file of Markdown"),
        ({"a.md": b"\xff"}, "a.md: cannot be read: it is no text in UTF-8"),
        ({"a.md": b"![x](no.png)"}, "the picture 'no.png', which is no PNG"),
        ({"a.md": b"![x](../secret.png)"}, "the picture '../secret.png', which is no PNG"),
        ({"a.md": b"x" * ((4 << 20) + 1)}, "a.md: it has more than 4 MiB"),
    ],
)
def test_bad_folders_are_one_line_and_nothing_is_written(run, tmp_path, monkeypatch, files, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.png").write_bytes(b"a picture")
    if files is not None:
        (tmp_path / "docs").mkdir()
        for name, data in files.items():
            (tmp_path / "docs" / name).write_bytes(data)
    code, out, err = run("page", "vgg11", "--no-prove", "--docs", "docs")
    assert (code, out, err.count("\n")) == (2, "", 1) and said in err
    assert not (tmp_path / "page").exists()


def test_the_command_says_where_they_are(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n")
    assert run("page", "vgg11", "--no-prove", "--docs", "docs", "--json", "p.json")[0] == 0
    assert json.loads((tmp_path / "p.json").read_text())["documents"] == ["page/docs/a.html"]
    assert 'href="docs/a.html"' in (tmp_path / "page" / "index.html").read_text()
    with pytest.raises(InputError):
        documents("nowhere")
