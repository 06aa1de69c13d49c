"""When lines are printed: rates, gathering, holding while somebody types."""

import io

import pytest

from tests.fakes.happenings import somebody
from tests.linear.rig import Clock
from tui.domain.announcements import Category, Priority
from tui.domain.happenings import Joined, Left
from tui.front.announcement_choice import AnnouncementChoice, SpeakingMode
from tui.linear.line_queue import LineQueue
from tui.linear.printer import Printer


class Desk:
    def __init__(self):
        self.clock = Clock()
        self.output = io.StringIO()
        self.printer = Printer(self.output)
        self.queue = LineQueue(self.printer, self.clock)

    def wait(self, seconds):
        for _ in range(round(seconds / 0.05)):
            self.clock.now_s = round(self.clock.now_s + 0.05, 6)
            self.queue.tick()

    @property
    def lines(self):
        return self.output.getvalue().splitlines()


@pytest.fixture
def desk():
    return Desk()


def join(desk, name, *, people=12, id=""):
    desk.queue.gather(Joined(somebody(name, id=id or name), people))


def leave(desk, name, *, people=3, id=""):
    desk.queue.gather(Left(somebody(name, id=id or name), people))


def test_pln_t4_fifty_joins_in_two_seconds_are_two_lines_at_most(desk):
    for number in range(50):
        join(desk, f"Person {number}")
        desk.wait(0.04) if number % 2 else desk.wait(0.05)
    desk.wait(5)
    assert 1 <= len(desk.lines) <= 2
    assert all(line.startswith("join: Person ") for line in desk.lines)


def test_joins_close_together_are_one_line_with_two_names_and_a_count(desk):
    for name in ("Ana", "Bo", "Chi", "Dee", "Eva"):
        join(desk, name)
    desk.wait(1)
    assert desk.lines == ["join: Ana, Bo and 3 more joined. 12 people."]


def test_a11y_12_one_join_is_told_within_a_second_in_its_own_words(desk):
    join(desk, "Dee Park")
    desk.wait(0.95)
    assert desk.lines == ["join: Dee Park joined. 12 people."]


def test_the_last_one_to_stay_is_told_so():
    desk = Desk()
    for people, name in ((3, "Bo Chen"), (2, "Chi Okafor"), (1, "Dee Park")):
        leave(desk, name, people=people)
    desk.wait(1)
    assert desk.lines == ["leave: Bo Chen, Chi Okafor and Dee Park left. You are alone."]


def test_somebody_who_comes_and_goes_at_once_is_not_told(desk):
    join(desk, "Ana")
    leave(desk, "Ana")
    desk.wait(5)
    assert desk.lines == []


def test_two_of_one_name_who_come_together_are_both_told(desk):
    join(desk, "Guest", people=2, id="PA_1")
    desk.wait(0.3)
    join(desk, "Guest", people=3, id="PA_2")
    desk.wait(3)
    assert desk.lines == ["join: Guest and Guest joined. 3 people."]


def test_one_who_goes_while_another_of_the_name_comes_are_both_told(desk):
    leave(desk, "Guest", people=2, id="PA_1")
    desk.wait(0.3)
    join(desk, "Guest", people=3, id="PA_2")
    desk.wait(3)
    assert desk.lines == ["leave: Guest left. 3 people.", "join: Guest joined. 3 people."]


def test_pln_t4_a_flapping_speaker_is_one_line_in_five_seconds(desk):
    for number in range(100):
        desk.queue.speakers(["Ana", "Bo"][: 1 + number % 2][::-1])
        desk.wait(0.1)
    assert desk.lines == []
    for number in range(20):
        desk.queue.speakers([["Ana", "Bo"][number % 2]])
        desk.wait(1)
    assert 1 <= len(desk.lines) <= 4


def test_speaking_for_a_moment_is_not_told(desk):
    desk.queue.speakers(["Ana"])
    desk.wait(0.5)
    desk.queue.speakers([])
    desk.wait(10)
    assert desk.lines == []


def test_the_same_speaker_again_is_not_told_again(desk):
    for _ in range(5):
        desk.queue.speakers(["Ana"])
        desk.wait(6)
        desk.queue.speakers([])
        desk.wait(6)
    assert desk.lines == ["speaking: Ana."]


def test_speaking_all_names_everybody(desk):
    desk.queue.choose(AnnouncementChoice(speaking=SpeakingMode.ALL))
    desk.queue.speakers(["Bo", "Ana"])
    desk.wait(1)
    assert desk.lines == ["speaking: Ana and Bo."]


def test_speaking_off_is_silent(desk):
    desk.queue.choose(AnnouncementChoice(speaking=SpeakingMode.OFF))
    desk.queue.speakers(["Ana"])
    desk.wait(10)
    assert desk.lines == []


def test_pln_t5_chat_waits_while_a_line_is_half_typed_and_comes_after_enter(desk):
    desk.queue.typed(line_is_empty=False)
    desk.queue.say(Category.CHAT, "Bo: hello")
    desk.wait(5)
    assert desk.lines == []
    desk.queue.typed(line_is_empty=True)
    assert desk.lines == ["chat: Bo: hello"]


def test_pln_t5_chat_waits_ten_seconds_after_the_last_key_and_no_longer(desk):
    desk.queue.typed(line_is_empty=False)
    desk.queue.say(Category.CHAT, "Bo: hello")
    desk.wait(9.8)
    assert desk.lines == []
    desk.wait(0.4)
    assert desk.lines == ["chat: Bo: hello"]


@pytest.mark.parametrize("category", ["error", "idle", "host", "net", "mic"])
def test_what_is_urgent_is_told_while_typing_on_a_fresh_line(desk, category):
    desk.printer.echo("half ty")
    desk.queue.typed(line_is_empty=False)
    desk.queue.say(Category(category), "Now.")
    assert desk.output.getvalue() == f"half ty\n{category}: Now.\n"


def test_an_urgent_announcement_of_any_category_is_told_at_once(desk):
    desk.queue.typed(line_is_empty=False)
    desk.queue.say(Category.RECORD, "Recording started by Bo.", Priority.URGENT)
    assert desk.lines == ["record: Recording started by Bo."]


def test_a_burst_leaves_at_four_lines_a_second(desk):
    for number in range(8):
        desk.queue.say(Category.CHAT, f"Bo: {number}")
    assert desk.lines == ["chat: Bo: 0"]
    desk.wait(1.05)
    assert len(desk.lines) == 5
    desk.wait(1)
    assert desk.lines == [f"chat: Bo: {number}" for number in range(8)]


def test_replies_do_not_wait_behind_a_burst(desk):
    for number in range(8):
        desk.queue.say(Category.CHAT, f"Bo: {number}")
    desk.queue.reply("info", "4 people.")
    assert desk.lines[-1] == "info: 4 people."


def test_a_flood_is_cut_and_says_so(desk):
    for number in range(1000):
        desk.queue.say(Category.CHAT, f"Bo: {number}")
    desk.wait(60)
    assert len(desk.lines) == 202
    assert desk.lines[-1] == "info: 799 lines came too fast; /log shows them."


def test_a_category_switched_off_stays_in_the_log(desk):
    desk.queue.choose(AnnouncementChoice(frozenset({Category.CHAT})))
    desk.queue.say(Category.CHAT, "Bo: hello")
    desk.wait(1)
    assert desk.lines == []
    assert [said.text.partition(" ")[2] for said in desk.queue.log(5)] == ["Bo: hello"]


def test_pln_t3_nothing_waits_in_a_quiet_call(desk):
    desk.queue.say(Category.CALL, "Joined.")
    desk.wait(600)
    assert desk.lines == ["call: Joined."]
    assert desk.queue.next_due_s() is None


def test_flush_prints_what_waits(desk):
    for number in range(3):
        desk.queue.say(Category.CHAT, f"Bo: {number}")
    desk.queue.flush()
    assert len(desk.lines) == 3
