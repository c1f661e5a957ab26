"""The page in Chromium: no request, no error, and everything on it works."""

import itertools
import json
import os
import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import sync_playwright
from support.shown_pages import diverging, html
from support.shown_runs import TOLD, UNTOLD, bench_report, evaluated, foretold, image
from support.syntax import ROOT

from common import nets
from common.written.file import written

pytestmark = pytest.mark.browser

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert chromium, "no Chromium: install it (apt-get install chromium), or leave these tests out: -m 'not browser'"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS])
        yield started
        started.close()


def measured(folder):
    """Runs and a benchmark for a page."""
    (folder / "speeds.json").write_text(json.dumps(bench_report(TOLD, UNTOLD)))
    run = evaluated(folder / "run")
    Image.new("RGB", (40, 40), "red").save(folder / "a.png")
    foretold(run, image(folder / "a.png", truth="cat", right=True), image("gone.png", truth="dog", right=False))
    return {"runs": [run], "bench": folder / "speeds.json"}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    html(folder, "d2l", "inception_v4", **measured(folder))
    return folder / "index.html"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A page of a network with little code."""
    folder = tmp_path_factory.mktemp("small")
    results = tmp_path_factory.mktemp("results")
    (results / "vgg11.json").write_text(json.dumps(diverging()))
    html(folder, "vgg11", results=results, **measured(folder))
    return folder / "index.html"


@pytest.fixture
def opened(browser, file):
    """Open the page: (page, what it complained of, what it asked for)."""
    contexts = []

    def open_(width=1440, scheme="light", context=None, file=file, **settings):
        if context is None:
            context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **settings)
            contexts.append(context)
        page, errors, requests = context.new_page(), [], []
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("[data-ready]")
        return page, errors, requests

    yield open_
    for context in contexts:
        context.close()


def shown(page, selector):
    return page.locator(f"{selector}:visible")


def lit(page):
    return set(page.locator(".on[data-name]").evaluate_all("all => all.map(each => each.dataset.name)"))


def test_it_asks_for_nothing_and_complains_of_nothing(opened, file):
    page, errors, requests = opened()
    for name in ("inception_v4", "d2l"):
        page.select_option("#network", name)
    page.click("[data-language=zh]")
    page.click("#theme")
    assert (errors, requests) == ([], [file.as_uri()])


@pytest.mark.parametrize(("width", "columns"), [(1440, 3), (768, 1), (390, 1)])
def test_nothing_is_wider_than_the_screen(opened, width, columns):
    page, _, _ = opened(width)
    for scheme, language in itertools.product(("light", "dark"), ("en", "zh")):
        page.emulate_media(color_scheme=scheme)
        page.click(f"[data-language={language}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert shown(page, "#side .net .heads .head").count() == columns


def test_a_network_is_chosen_and_remembered(opened):
    page, _, _ = opened()
    page.select_option("#network", "inception_v4")
    assert shown(page, "#side .net pre[data-column=tf]").first.is_visible()
    assert "class InceptionV4" in page.locator("#side .net:visible").text_content()
    page.check("#columns input[value=tf]", force=True)
    again, _, _ = opened(context=page.context)
    assert again.input_value("#network") == "inception_v4" and shown(again, "#side .net .heads .head").count() == 1


def test_what_is_remembered_may_be_nonsense_or_refused(opened):
    page, errors, _ = opened()
    page.evaluate("for (const key of ['network', 'columns', 'language', 'theme', 'view']) "
                  "localStorage.setItem('googlenet.' + key, '<b>__proto__')")  # fmt: skip
    again, more, _ = opened(context=page.context)
    assert errors == more == [] and again.input_value("#network") == "d2l"
    again.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    third, errors, _ = opened(context=page.context)
    third.select_option("#network", "inception_v4")
    assert errors == []


def test_a_line_lights_up_in_every_framework_and_in_the_strip(opened):
    page, _, _ = opened()
    line = shown(page, "#side .net pre[data-column=torch] .l[data-name~='b3.3a.p2_2']").first
    line.hover()
    for backend in ("torch", "tf", "mxnet"):
        found = shown(page, f"#side .net pre[data-column={backend}] .on").all_text_contents()
        assert len(found) == 1 and "self.p2_2 = Conv(" in found[0]
    assert "b3.3a.p2_2 +8" in page.text_content("#lit") and "conv" in page.text_content("#lit-kind").lower()
    shown(page, "#side .chip[data-name='b3.3a']").click()
    assert lit(page) == {"b3.3a"} and shown(page, "#side .net .l.on").count() == 3
    assert shown(page, "#side .net pre[data-column=mxnet] .within").count() >= 7  # the lines of its class
    assert page.text_content("#lit-params") == f"{nets.get('d2l').layers.totals('b3.3a').params:,}"
    page.keyboard.press("Escape")
    assert lit(page) == set() and page.locator("#lit").is_hidden()


def test_the_drawing_is_unpacked_and_lights_up_with_the_code(opened):
    page, errors, requests = opened()
    page.select_option("#network", "inception_v4")
    page.wait_for_selector(".net:visible [data-drawn] svg [data-name='b4.4b']")
    folded = shown(page, "#networks [data-drawing], #networks .drawing").locator("[data-names~='b4.4h']").first
    assert folded.get_attribute("data-count") == "7"
    shown(page, "#side .chip[data-name='b4.4h']").click()
    assert "on" in folded.get_attribute("class").split()
    shown(page, "#networks .drawing").locator("[data-name='b3.3a.p2_2'] text").first.click()
    assert shown(page, "#side .net pre[data-column=mxnet] .l.on").count() == 1
    assert page.text_content("#lit-name").startswith("b3.3a.p2_2")
    assert errors == [] and len(requests) == 1


def test_a_drawing_has_the_colours_that_were_chosen(opened):
    page, _, _ = opened(scheme="light")
    page.wait_for_selector(".net:visible [data-drawn] svg")
    paper = "getComputedStyle(document.querySelector('.drawing svg .gn-paper')).fill"
    light = page.evaluate(paper)
    page.click("#theme")
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark" and page.evaluate(paper) != light


def test_a_mistake_is_chosen_and_its_stages_are_beyond_the_limit(opened):
    page, errors, _ = opened()
    cells = "#break-rows tr td:nth-of-type({column})"
    verdicts = "all => all.map(each => each.className.split(' ')[1])"

    def column(number):
        return page.locator(cells.format(column=number)).evaluate_all(verdicts)

    page.check("input[name=break-mistake][value=relu]", force=True)
    page.check("input[name=break-backend][value=tf]", force=True)
    assert column(3) == ["agree", *["diverge"] * 5] and set(column(2) + column(4)) == {"agree"}
    assert page.text_content("#break-where") == "b2.conv2" and "first at b2.conv2" in page.text_content("#break-rows")
    assert page.text_content("#break-shapes") == page.text_content("#break-params") == "the same in all 6 stages"
    page.check("input[name=break-mistake][value=count-padding]", force=True)  # which d2l cannot have
    assert page.locator("input[name=break-net]:checked").input_value() == "inception_v3" and "diverge" in column(3)
    page.check("input[name=break-net][value=caffe]", force=True)  # which cannot have this one
    assert page.locator("input[name=break-mistake]:checked").input_value() == "same" and errors == []
    assert shown(page, "#break .about").count() == 1


def test_differences_are_those_of_a_framework(opened):
    page, errors, _ = opened()
    page.check("input[name=about][value=mxnet]", force=True)
    frameworks = shown(page, "#differences .card").evaluate_all("all => all.map(each => each.dataset.frameworks)")
    assert 0 < len(frameworks) < page.locator(".card").count() and all("mxnet" in each.split() for each in frameworks)
    assert page.text_content("#about-count") == f"{len(frameworks)} cards"
    page.check("input[name=about][value=all]", force=True)
    page.click("#card-relu [data-break]")
    assert page.text_content("#break-where") == "b2.conv2" and errors == []


def test_sizes_choose_a_network(opened):
    page, _, _ = opened()
    page.click("[data-choose=inception_v4]")
    assert page.input_value("#network") == "inception_v4" and page.locator("tr.chosen").count() == 1
    table = nets.get("inception_v4")
    total = table.layers.totals().params
    assert f"{total:,}" in page.locator("#networks .net:visible .facts").text_content()


def test_the_keyboard_is_enough(opened):
    page, _, _ = opened()
    page.focus("#side .net .rows")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    where = "document.activeElement.closest('pre').dataset.column + ' ' + document.activeElement.textContent.trim()"
    assert page.evaluate(where) == "torch self.p2_1 = Conv(in_channels, c2[0], 1)"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(where) == "tf self.p2_1 = Conv(c2[0], 1)" and "b3.3a.p2_1" in page.text_content("#lit")
    page.keyboard.press("ArrowUp")
    assert page.evaluate(where) == "tf self.p1_1 = Conv(c1, 1)"
    page.focus("#columns input[value=all]")
    page.keyboard.press("ArrowRight")
    assert shown(page, "#side .net .heads .head").count() == 1


def test_a_file_is_copied_and_downloaded_whole(opened):
    page, _, _ = opened(permissions=["clipboard-read", "clipboard-write"])
    code = written(nets.get("d2l"), "tf")
    with page.expect_download() as download:
        shown(page, "#side .net [data-download=tf]").click()
    assert download.value.suggested_filename == "d2l_tf.py"
    assert download.value.path().read_text(encoding="utf-8") == code
    shown(page, "#side .net [data-copy=tf]").click()
    page.wait_for_function("document.querySelector('#said').textContent !== ''")
    assert page.text_content("#said") == "Copied" and page.evaluate("navigator.clipboard.readText()") == code


def test_the_packages_are_the_second_view(opened):
    page, _, _ = opened()
    page.check("#view input[value=source]", force=True)
    assert "class MaxPool" in page.locator("#side .source details[open]").text_content()
    assert page.locator("#side .nets").is_hidden()


def test_the_language_changes_everything_and_stays(opened):
    page, _, _ = opened()
    page.click("[data-language=zh]")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans" and page.title() == "一张表，三个框架"
    left = page.locator("[data-t]:visible").evaluate_all("all => all.map(each => each.textContent)")
    latin = [text for text in left if not any("一" <= letter <= "鿿" for letter in text)]
    assert left and not [text for text in latin if any(letter.isascii() and letter.isalpha() for letter in text)]
    page.select_option("#network", "inception_v4")  # out of a template
    assert shown(page, "#side .net [data-copy=tf]").text_content() == "复制"
    again, _, _ = opened(context=page.context)
    assert again.text_content("#side-title") == "并排对照"


def test_colours_follow_the_system_until_they_are_chosen(opened):
    page, _, _ = opened(scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(background)
    page.click("#theme")
    light = page.evaluate(background)
    assert dark != light
    page.click("#theme")
    page.emulate_media(color_scheme="light")
    assert page.evaluate(background) == dark
    again, _, _ = opened(context=page.context)
    assert again.evaluate(background) == dark


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing(opened, small, width, scheme):
    page, _, _ = opened(width, scheme, file=small)
    shown(page, "#side .chip").nth(1).click()
    assert shown(page, "#proof .cell.diverge").count() >= 2 and shown(page, "#proof .cell.missing").count() >= 2
    violations = Axe().run(page, context={"exclude": [["#side .source"]]}).response["violations"]
    assert not [(each["id"], each["nodes"][0]["html"][:200]) for each in violations]


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """A page of the documentation."""
    folder = tmp_path_factory.mktemp("documents")
    html(folder, "vgg11", docs=ROOT / "docs")
    return folder / "docs" / "tutorial.html"


def test_documents_show_one_framework_at_a_time_and_remember_it(opened, tutorial):
    page, errors, requests = opened(file=tutorial)
    assert {each.get_attribute("data-for") for each in shown(page, ".tabs pre").all()} == {"pytorch", "pytorch gluon"}
    shown(page, "[data-framework=keras]").nth(2).press("Enter")
    page.locator("#theme").click()
    for _ in range(2):
        assert {each.get_attribute("data-for") for each in shown(page, ".tabs pre").all()} == {"keras"}
        pressed = page.locator("[data-framework][aria-pressed=true]")
        assert {each.get_attribute("data-framework") for each in pressed.all()} == {"keras"}
        assert page.locator("html").get_attribute("data-theme") == "light"
        page.reload()
        page.wait_for_selector("[data-ready]")
    shown(page, "a[rel=next]").click()
    page.wait_for_selector("[data-ready]")
    assert page.locator("html").get_attribute("data-theme") == "light"
    page.locator(".brand").click()
    page.wait_for_selector("#networks")
    shown(page, "nav a[href='docs/index.html']").click()
    assert page.locator("h1").text_content() == "Documentation"
    assert errors == [] and all(url.startswith(("file:", "data:")) for url in requests)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_in_documents(opened, tutorial, width, scheme):
    page, _, _ = opened(width, scheme, file=tutorial)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    violations = Axe().run(page).response["violations"]
    assert not [(each["id"], each["nodes"][0]["html"][:200]) for each in violations]
