"""What `cellcall doctor` says of own captions."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tui.cli.captions_report import captions_findings
from tui.cli.findings import State
from tui.domain.errors import CallsError, ErrorCode
from tui.ports.recogniser import RecogniserGone


class Fake:
    """A recogniser, and what starts it."""

    language = "en"

    def __init__(self, refuse: CallsError | None = None, gone: str = "") -> None:
        self.refuse, self.gone = refuse, gone
        self.asked: tuple[str, str] | None = None
        self.closed = False

    async def begin(self, model: str, language: str) -> Fake:
        self.asked = (model, language)
        if self.refuse is not None:
            raise self.refuse
        return self

    async def words(self, samples: NDArray[np.int16], *, final: bool) -> str:
        if self.gone:
            raise RecogniserGone(self.gone)
        return ""

    async def close(self) -> None:
        self.closed = True


CHOSEN = {"captions_model": "/model", "captions_language": "en-GB"}


async def test_a_model_that_works_was_tried() -> None:
    fake = Fake()
    (found,) = await captions_findings(CHOSEN, fake)
    assert found.state is State.OK
    assert found.text.startswith("/model loads and listens (en), the first second in ")
    assert (fake.asked, fake.closed) == (("/model", "en-GB"), True)


@pytest.mark.parametrize(
    ("fake", "remedy"),
    [
        (Fake(CallsError(ErrorCode.VALIDATION, "It is no model.")), "Choose another folder."),
        (Fake(CallsError(ErrorCode.NOT_SUPPORTED, "It is no model.")), "Install it, "),
        (
            Fake(CallsError(ErrorCode.VALIDATION, "It is no model.", field="captionLanguage")),
            "Choose another model, or another captions_language.",
        ),
        (Fake(gone="It is no model."), "Choose another model."),
    ],
)
async def test_what_does_not_work_is_a_problem_with_a_remedy(fake: Fake, remedy: str) -> None:
    (found,) = await captions_findings(CHOSEN, fake)
    assert (found.state, found.text) == (State.PROBLEM, "It is no model.")
    assert found.remedy.startswith(remedy)


@pytest.mark.parametrize("installed", [True, False])
async def test_who_wants_none_reads_of_it_only_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    spec: Any = object() if installed else None
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: spec)
    assert [one.state for one in await captions_findings({}, Fake())] == [State.NOTE] * installed
