"""What failed on the network, and the words for it."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from tui.domain.network import NoAnswer, failure_of, reason_of

QUOTED = OSError(
    "Multiple exceptions: [Errno 111] Connect call failed ('::1', 1, 0, 0), "
    "[Errno 111] Connect call failed ('127.0.0.1', 1)"
)


def caused_by(cause: BaseException) -> BaseException:
    """As libraries hand it on: an error of theirs, because of one of theirs, because of it."""
    middle, top = RuntimeError("in between"), RuntimeError("on top")
    middle.__cause__, top.__context__ = cause, middle
    return top


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (TimeoutError(), NoAnswer.TOO_LATE),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), NoAnswer.UNKNOWN_NAME),
        (ssl.SSLCertVerificationError(1, "verify failed"), NoAnswer.UNTRUSTED),
        (ssl.SSLError(1, "wrong version number"), NoAnswer.NO_TLS),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), NoAnswer.REFUSED),
        (QUOTED, NoAnswer.REFUSED),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), NoAnswer.UNREACHABLE),
        (OSError(errno.EHOSTUNREACH, "No route to host"), NoAnswer.UNREACHABLE),
        (OSError(errno.EMFILE, "Too many open files"), None),
        (ValueError("[Errno 111]"), None),
    ],
)
def test_a_failure_is_known_by_what_is_at_the_bottom(
    error: Exception, failure: NoAnswer | None
) -> None:
    assert failure_of(error) is failure
    if not isinstance(error, TimeoutError):  # a time-out of a step within is not the answer's
        assert failure_of(caused_by(error)) is failure
        assert failure_of(ExceptionGroup("both", [ValueError(), error])) is failure


def test_errors_that_cause_one_another_come_to_an_end() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert failure_of(one) is None


@pytest.mark.parametrize("failure", NoAnswer)
def test_each_failure_is_told_in_sentences(failure: NoAnswer) -> None:
    for reason in ("", "it said \x1b[2J{where}" * 20):
        text = failure.sentences("https://calls.test", reason)
        assert "\x1b" not in text and len(text) < 320
        assert text.endswith(f". {failure.advice}")


def test_a_certificate_says_what_is_wrong_with_it() -> None:
    refusal = ssl.SSLCertVerificationError(1, "certificate verify failed")
    refusal.verify_message = "self-signed certificate"
    assert reason_of(caused_by(refusal)) == "self-signed certificate"
    assert "expired" in reason_of(ssl.SSLCertVerificationError("expired"))
    assert reason_of(TimeoutError()) == "nothing came in time"
    assert reason_of(OSError("broken")) == "broken"
