from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sturnus.registry.failures import (
    LASTING,
    Failure,
    FailureKind,
    GiveUp,
    RetryPolicy,
    TryAgain,
    failure_from,
    next_attempt,
)

K = FailureKind
WORDS = [
    # what skopeo writes, and what registries say through it
    ("reading manifest 1 in 127.0.0.1:15999/no/pe: manifest unknown: manifest unknown", K.NOT_FOUND),
    ("reading manifest 1 in r.io/a: unauthorized: authentication required", K.UNAUTHORIZED),
    ("Requesting bear token: invalid status code from registry 403 (Forbidden)", K.UNAUTHORIZED),
    ("unable to retrieve auth token: invalid username/password: incorrect username or password", K.UNAUTHORIZED),
    ("requested access to the resource is denied", K.UNAUTHORIZED),
    (r"Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused", K.UNREACHABLE),
    (r"Get \"http://nosuch.invalid/v2/\": dial tcp: lookup nosuch.invalid on 10.2.5.3:53: no such host", K.UNREACHABLE),
    ("writing blob: happened during read: unexpected EOF", K.UNREACHABLE),
    ("http: server gave HTTP response to HTTPS client", K.UNTRUSTED),
    ("x509: certificate signed by unknown authority", K.UNTRUSTED),
    ("writing blob: write /var/x: no space left on device", K.NO_SPACE),
    ("received unexpected HTTP status: 503 Service Unavailable", K.SERVER_ERROR),
    ("received unexpected HTTP status: 502", K.SERVER_ERROR),
    ("toomanyrequests: You have reached your pull rate limit", K.RATE_LIMITED),
    ("reading manifest in docker.io/not-found/unauthorized-x: connection refused", K.UNREACHABLE),  # a name is a name
    ("something new", K.OTHER),
]


@pytest.mark.parametrize(("words", "kind"), WORDS, ids=[words[:40] for words, _ in WORDS])
def test_skopeos_words_tell_the_kind(words: str, kind: FailureKind) -> None:
    line = f'time="2026-01-01T00:00:00Z" level=fatal msg="Error parsing image name \\"docker://a/b:1\\": {words}"\n'

    assert failure_from("noise\n" + line) == Failure(kind, words.replace('\\"', '"'))


def test_words_without_form_are_kept() -> None:
    assert failure_from("panic: oh\n") == Failure(K.OTHER, "panic: oh")
    assert failure_from("").words == "skopeo ended without a word"


POLICY = RetryPolicy(5, timedelta(seconds=2), timedelta(seconds=10))


@pytest.mark.parametrize(
    ("kind", "attempt", "seconds"),
    [
        (K.UNREACHABLE, 1, 2),
        (K.UNREACHABLE, 2, 4),
        (K.UNREACHABLE, 3, 8),
        (K.UNREACHABLE, 4, 10),
        (K.UNREACHABLE, 5, None),
        (K.RATE_LIMITED, 1, 10),
        (K.OTHER, 1, 2),
        (K.TOO_SLOW, 1, 2),
        *((kind, 1, None) for kind in sorted(LASTING)),
    ],
)
def test_what_may_pass_is_tried_again_ever_later(kind: FailureKind, attempt: int, seconds: float | None) -> None:
    decision = next_attempt(POLICY, Failure(kind, "words"), attempt, 1.0)

    if seconds is None:
        assert isinstance(decision, GiveUp)
        assert decision.reason.startswith("words")
    else:
        assert decision == TryAgain(timedelta(seconds=seconds))


@given(st.sampled_from(FailureKind), st.integers(1, 5), st.floats(0, 1))
def test_nobody_waits_longer_than_the_policy_allows(kind: FailureKind, attempt: int, jitter: float) -> None:
    decision = next_attempt(POLICY, Failure(kind, "x"), attempt, jitter)

    assert isinstance(decision, GiveUp) or timedelta(0) < decision.after <= POLICY.longest
