"""`/announce`: what is wanted, and what nobody can switch off."""

import pytest

from tui.domain.announcements import Category, Priority
from tui.domain.errors import CallsError
from tui.domain.happenings.table import URGENT_CATEGORIES
from tui.front.announcement_choice import SWITCHES, AnnouncementChoice

LOW, NORMAL, REPLY, URGENT = Priority.LOW, Priority.NORMAL, Priority.REPLY, Priority.URGENT


@pytest.mark.parametrize("category", SWITCHES)
def test_a_category_is_off_and_on_again(category: Category) -> None:
    off, told = AnnouncementChoice().changed(f" {category.upper()}  off ")
    assert told == f"Announcements of {category} are off."
    assert not off.wants(category, NORMAL)
    assert off.wants(category, URGENT)
    assert f"{category} off" in off.changed("")[1]
    on, _ = off.changed(f"{category} on")
    assert on == AnnouncementChoice()
    assert on.wants(category, LOW)


@pytest.mark.parametrize("category", sorted(URGENT_CATEGORIES))
def test_what_is_urgent_stays(category: Category) -> None:
    with pytest.raises(CallsError, match="can't be switched off"):
        AnnouncementChoice().changed(f"{category} off")
    assert AnnouncementChoice(frozenset(Category)).wants(category, NORMAL)


def test_who_speaks_is_told_never_as_a_summary_or_always() -> None:
    choice = AnnouncementChoice()
    for word, wanted in (("off", False), ("summary", True), ("all", True)):
        choice, told = choice.changed(f"speaking {word}")
        assert told == f"Announcements of who speaks: {word}."
        assert choice.wants(Category.SPEAKING, LOW) is wanted
        assert choice.wants(Category.SPEAKING, NORMAL), "the answer to /speaking"
        assert choice.changed("")[1].endswith(f"speaking {word}.")


@pytest.mark.parametrize("wrong", ["fish on", "chat", "chat loud", "speaking", "speaking on"])
def test_anything_else_is_refused_with_what_is_allowed(wrong: str) -> None:
    with pytest.raises(CallsError, match="off, summary or all"):
        AnnouncementChoice().changed(wrong)
