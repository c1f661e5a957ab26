"""Python does not search for rubbish during an import, and everything is as before afterwards."""

import gc

from common.base.collector import uncollected


def test_what_an_import_makes_counts_as_old_and_is_collected_again():
    gc.unfreeze()  # what frameworks that were imported before have frozen
    with uncollected():
        made = [[]]
    assert any(each is made for each in gc.get_objects(generation=2))
    assert not gc.get_freeze_count()


def test_what_somebody_froze_stays_frozen():
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with uncollected():
            pass
        assert gc.get_freeze_count() > frozen / 2  # other threads may end some of them meanwhile
    finally:
        gc.unfreeze()
