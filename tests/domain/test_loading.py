"""Tests of imports without collections."""

import gc

import pytest

from tui.domain.loading import keep_loaded, uncollected


def test_collections_wait_until_all_is_loaded() -> None:
    before = gc.get_freeze_count()
    try:
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


def test_what_is_kept_is_looked_through_no_more() -> None:
    kept = [[number] for number in range(1_000)]
    try:
        keep_loaded()
        looked_through = {id(one) for one in gc.get_objects()}
        assert not any(id(one) in looked_through for one in kept)
    finally:
        gc.unfreeze()


def test_what_fails_to_load_leaves_collections_on() -> None:
    try:
        with pytest.raises(ImportError), uncollected():
            raise ImportError
        assert gc.isenabled()
    finally:
        gc.unfreeze()
