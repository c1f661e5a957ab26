"""Bad input of every kind that can be generated: all of it is refused as promised (`hostile.driver`).

The seed is fixed here; ``make fuzz`` goes on with other seeds.
"""

import random

import pytest
from hostile import addresses, formats, options, runs, samples, signals, specials, streams
from hostile.driver import Driver, broken

from common import cli

SEED = 0
pytestmark = pytest.mark.long  # minutes: `make test-all`; `make fuzz` goes on for as long as one likes


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    made = Driver(tmp_path_factory.mktemp("hostile"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The good inputs that cases change."""

    def train(*arguments):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
            patch.setattr("sys.argv", ["googlenet", *map(str, arguments)])
            cli.main()
        assert not ended.value.code

    return samples.make(tmp_path_factory.mktemp("samples"), train)


def check(driver, cases, least):
    """Run all cases; every broken promise is told at once."""
    count, wrong = 0, []
    for case in cases:
        count += 1
        outcome = driver.run(case)
        wrong += [f"{case.name}: {what}\n    {outcome.err[:300]!r}" for what in broken(case, outcome)]
    assert not wrong, f"{len(wrong)} broken promises in {count} cases:\n" + "\n".join(wrong)
    assert count >= least


def test_options(driver, good):
    check(driver, options.cases(good, SEED, 200), 200)


def test_special_files(driver, good):
    check(driver, specials.cases(good, SEED, 120), 120)


def test_changed_weights(driver, good):
    check(driver, formats.weight_cases(good, random.Random(SEED), 105), 105)


def test_changed_pictures(driver, good):
    check(driver, formats.picture_cases(good, random.Random(SEED), 63), 63)


def test_changed_archives(driver, good):
    check(driver, formats.archive_cases(good, random.Random(SEED), 45), 45)


def test_edited_runs(driver, good):
    check(driver, runs.cases(good, SEED, 80), 80)


def test_addresses(driver, good):
    with addresses.served() as address:
        check(driver, addresses.cases(good, address, SEED, 45), 45)


def test_streams(driver):
    check(driver, streams.cases(), 24)


def test_signals(good, tmp_path):
    """A command ends at once by 128 and the signal's number, with one line and nothing half-written."""
    wrong = []
    for i, case in enumerate(signals.cases(SEED, 48)):
        (folder := tmp_path / str(i)).mkdir()
        wrong += [f"{case}: {what}" for what in signals.broken(case, folder, good)]
    assert not wrong, "\n".join(wrong)
