"""Tests of imports without collections."""

import gc
import weakref
from collections import deque

import pytest

from tui.domain.loading import keep_loaded, uncollected


class _Ring:
    """As what a participant leaves: some thousand objects that refer to one another."""

    def __init__(self) -> None:
        self.parts = [[self] for _ in range(1_000)]


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
    thresholds = gc.get_threshold()
    try:
        keep_loaded()
        looked_through = {id(one) for one in gc.get_objects()}
        assert not any(id(one) in looked_through for one in kept)
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


def test_rings_of_objects_go_soon_once_all_is_loaded() -> None:
    thresholds = gc.get_threshold()
    most = 0
    living = weakref.WeakSet[_Ring]()
    try:
        gc.collect()
        keep_loaded()
        in_call = deque[_Ring](maxlen=20)
        for _ in range(200):
            in_call.append(_Ring())
            living.add(in_call[-1])
            most = max(most, len(living))
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
    assert most < 35  # of 20 in the call; 113 with what Python does by itself


def test_what_fails_to_load_leaves_collections_on() -> None:
    try:
        with pytest.raises(ImportError), uncollected():
            raise ImportError
        assert gc.isenabled()
    finally:
        gc.unfreeze()
