"""The page's proof: reports as cells, read from a folder or refused, and what is shown of them."""

import json
from copy import deepcopy

import pytest
from support.fake_backends import Fake
from support.shown_pages import html, tree, words_of

from common import nets
from common.base.errors import InputError
from common.compare import mistaken, passes
from common.compare.mistakes import MISTAKES, make
from common.data.images import random_images
from common.site import asked, results
from common.site.grids import AGREE, DIVERGE, MISSING, NOT_JUDGED, Cell
from common.site.proof import proof

NAME = "d2l"


@pytest.fixture(scope="module")
def reports():
    """Reports on two fake frameworks: both right, one with a wrong layer, one with a wrong gradient, one that fails."""

    def spoilt(name):
        return lambda arrays: {key: array + 1e-3 * (key == name) for key, array in arrays.items()}

    def failing(arrays):
        raise RuntimeError("no")

    backends = {
        "right": Fake("Right"),
        "layer": Fake("Layer", outputs=spoilt("b2.conv2")),
        "gradient": Fake("Gradient", gradients=spoilt("b2.conv2.weight")),
        "failing": Fake("Failing", outputs=failing),
    }
    patch = pytest.MonkeyPatch()
    patch.setattr("common.contract.backend.load", backends.__getitem__)
    table = nets.get(NAME)
    images = random_images(1, (1, 32, 32), 0)
    found = {
        name: passes.compare(table, images, backends=["right", name], gradients=name == "gradient")
        for name in list(backends)[1:]
    }
    found["right"] = passes.compare(table, images, backends=["right"], gradients=True)
    patch.undo()
    return json.loads(json.dumps(found))


@pytest.fixture
def folder(tmp_path):
    """Lay reports into a folder."""

    def lay(**files):
        for name, report in files.items():
            (tmp_path / f"{name}.json").write_text(report if isinstance(report, str) else json.dumps(report))
        return tmp_path

    return lay


def verdicts(report, part="forward"):
    return {row.name: [cell.verdict for cell in row.cells.values()] for row in proof(report).parts[part]}


def test_a_cell_is_beyond_its_limit_only_where_it_is_larger():
    verdict = [Cell(error, 1e-13).verdict for error in (0.0, 1e-13, 1.1e-13, None)]
    assert verdict == [AGREE, AGREE, DIVERGE, MISSING] and Cell(1e-3, 1e-13, excused=True).verdict == NOT_JUDGED


def test_the_stages_behind_a_mistake_are_beyond_the_limit_and_its_first_place_is_marked(reports):
    shown = verdicts(reports["right"])
    assert all(each == [AGREE] for each in shown.values()) and list(shown) == [
        stage["name"] for stage in reports["right"]["stages"]
    ]
    found = proof(reports["layer"])
    marks = {(row.name, backend): cell.first for row in found.parts["forward"] for backend, cell in row.cells.items()}
    assert {place: first for place, first in marks.items() if first} == {("b2", "layer"): "b2.conv2"}
    assert verdicts(reports["layer"])["b2"] == [AGREE, DIVERGE]  # though the stage's own output is right
    assert found.first == {"framework": "Layer 1.0", "where": "b2.conv2", "what": "output"}


def test_a_gradient_is_shown_by_the_tensor_that_is_farthest_beyond_its_limit(reports):
    rows = {row.name: row.cells["gradient"] for row in proof(reports["gradient"]).parts["gradients"]}
    assert rows["b2"].verdict == DIVERGE and rows["b2"].detail == rows["b2"].first == "b2.conv2.weight"
    assert {cell.verdict for stage, cell in rows.items() if stage != "b2"} == {AGREE}


def test_what_a_framework_that_failed_has_not_computed_is_not_measured(reports):
    assert set(map(tuple, verdicts(reports["failing"]).values())) == {(AGREE, MISSING)}


def test_a_wrong_shape_or_count_is_beyond_every_limit(reports):
    for change in ({"shape": [1, 1, 1]}, {"params": 1}, {"rel_err": None}):
        report = deepcopy(reports["right"])
        report["stages"][1]["backends"]["right"].update(change)
        assert verdicts(report)["b2"] == [DIVERGE]


def test_steps_are_shown_by_what_is_nearest_to_its_limit():
    limits = {"loss": 1e-13, "parameter": 1e-10}
    errors = {"loss": {"rel_err": 1e-15, "where": "loss"}, "parameter": {"rel_err": 5e-11, "where": "fc.bias"}}
    step = {"limits": limits, "backends": {"torch": errors}}
    report = {
        **{"stages": [], "gradients": None, "statistics": None, "not_judged": [], "errors": {}},
        **{"divergences": [], "backends": ["torch"], "steps": [{**step, "step": n} for n in range(1, 31)]},
    }
    rows = proof(report).parts["steps"]
    assert len(rows) == 10 and [rows[0].name, rows[-1].name] == ["1", "30"]
    assert rows[0].cells["torch"].detail == "parameter"


def test_of_several_reports_the_worst_counts_and_then_the_one_that_has_most(reports, folder):
    tables = [nets.get(NAME)]
    plain = {**reports["right"], "gradients": None}
    place = folder(a=reports["right"], b=plain, other={"a": 1}, list=[1])
    assert results.from_folder(place, tables)[NAME]["gradients"]
    assert results.from_folder(folder(c=reports["layer"]), tables)[NAME]["verdict"] == "diverge"
    assert results.from_folder(place, [nets.get("vgg11")]) == {}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"verdict": "agreed"}, "'verdict' must be"),
        ({"stages": []}, "a report on no stage"),
        ({"stages": [{"name": "b1"}]}, "'shape' is missing"),
        ({"stages": [3]}, "each item an object"),
        ({"gradients": [{"name": "x", "limit": -1, "backends": {}}]}, "'limit' must be"),
        ({"frameworks": None}, "'frameworks' must be"),
        ({"steps": [{"step": 1, "limits": {}, "backends": {"right": {"loss": {"rel_err": 0}}}}]}, "'loss' is missing"),
        (
            {"divergences": [{"backend": "right", "what": "output", "where": "b1", "rel_err": 1.0}]},
            "not that of its errors",
        ),
        ({"verdict": "diverge"}, "not that of its errors"),
    ],
)
def test_what_is_no_report_is_refused_in_one_line(change, says, reports, folder):
    with pytest.raises(InputError, match=says) as refused:
        results.from_folder(folder(bad={**reports["right"], **change}), [nets.get(NAME)])
    assert "bad.json" in str(refused.value) and "\n" not in str(refused.value)


def test_errors_that_were_edited_are_not_called_agreement(reports, folder):
    report = deepcopy(reports["right"])
    report["stages"][0]["backends"]["right"]["rel_err"] = 0.5
    with pytest.raises(InputError, match="not that of its errors"):
        results.from_folder(folder(edited=report), [nets.get(NAME)])


def test_reports_on_another_table_no_json_and_no_folder_are_refused(reports, folder, tmp_path):
    tables = [nets.get(NAME)]
    with pytest.raises(InputError, match="cannot be read"):
        results.from_folder(tmp_path / "none", tables)
    with pytest.raises(InputError, match="no JSON"):
        results.from_folder(folder(cut='{"net": '), tables)
    (tmp_path / "cut.json").unlink()
    with pytest.raises(InputError, match="a report on another d2l"):
        results.from_folder(folder(other={**reports["right"], "stages": reports["right"]["stages"][:2]}), tables)


def test_the_page_shows_the_report_and_claims_nothing_without_one(reports, folder, tmp_path):
    page = tree(html(tmp_path / "page", NAME, "vgg11", results=folder(a=reports["layer"])))
    own = {each.attrib["data-net"]: each for each in page.iter("*") if "data-net" in each.attrib
           and (each.find(".//table[@class='grid']") is not None or "--json" in words_of(each))}  # fmt: skip
    cells = [each.attrib["class"] for each in own[NAME].iter("td")]
    assert cells.count("cell diverge") == 1 and cells.count("cell agree") == 2 * len(nets.get(NAME).trunk) - 1
    assert "first at b2.conv2" in words_of(own[NAME]) and "Layer 1.0 leaves the table first" in words_of(own[NAME])
    assert "googlenet compare vgg11 --gradients" in words_of(own["vgg11"]) and not list(own["vgg11"].iter("td"))


def test_what_is_compared_on_the_spot_is_what_is_named_and_installed(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr("common.site.results.backend.installed", lambda: ["torch"])
    monkeypatch.setattr("common.site.results.asked.compare", lambda table, **how: calls.append((table.name, how)))
    tables = [nets.get(name) for name in ("vgg11", "d2l")]
    found = results.on_the_spot(tables, watcher=None)
    assert list(found) == ["d2l"] and calls[0][0] == "d2l" and calls[0][1]["gradients"] and calls[0][1]["steps"] == 2
    monkeypatch.setattr("common.site.results.backend.installed", list)
    assert results.on_the_spot(tables, watcher=None) == {}
    monkeypatch.setattr("common.site.asked.on_the_spot", lambda tables, watcher: calls.append("compared") or {})
    asked.page(["vgg11"], tmp_path / "a", results=tmp_path)
    assert "compared" not in calls
    asked.page(["vgg11"], tmp_path / "a")
    assert "compared" in calls


def test_every_mistake_has_a_table_and_leaves_every_shape_and_count():
    shapes = {"d2l": (1, 64, 64), "caffe": (3, 64, 64), "d2l_bn": (1, 64, 64), "inception_v3": (3, 107, 107)}
    seen = set()
    for name, shape in shapes.items():
        table = nets.get(name)
        for mistake in MISTAKES:
            if made := make(mistake, table, shape):
                seen.add(mistake.key)
                right = table.at(shape, aux=False)
                wrong = made.table.at(shape, aux=False)
                assert {n: right[n].shape for n in table.trunk} == {n: wrong[n].shape for n in table.trunk}, made.where
                assert all(right.totals(stage) == wrong.totals(stage) for stage in table.trunk)
    assert seen == {mistake.key for mistake in MISTAKES}


def test_a_mistake_is_one_frameworks_and_the_others_stay_right(monkeypatch):
    monkeypatch.setattr("common.contract.backend.load", {"a": Fake("A"), "b": Fake("B")}.__getitem__)
    runs = list(mistaken.tried(nets.get(NAME), random_images(1, (1, 32, 32), 0), ["a", "b"], ["relu"]))
    assert [(run.mistake, run.backend) for run in runs] == [("relu", "a"), ("relu", "b")]
    for run in runs:
        (divergence,) = run.report["divergences"]
        assert (divergence["backend"], divergence["where"]) == (run.backend, run.where)
