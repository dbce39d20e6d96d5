from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sturnus.core import signed_requests
from sturnus.core.signed_requests import SignedRequest, Verdict

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
REQUEST = SignedRequest("POST", "/v1/sturnus/agents/self/life", signed_requests.stamp_of(NOW), b'{"uptime": 1}')


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (REQUEST, Verdict.ACCEPTED),
        (replace(REQUEST, method="PUT"), Verdict.FORGED),
        (replace(REQUEST, path="/v1/sturnus/agents"), Verdict.FORGED),
        (replace(REQUEST, stamp=REQUEST.stamp + 1), Verdict.FORGED),
        (replace(REQUEST, body=b'{"uptime": 2}'), Verdict.FORGED),
    ],
    ids=["as signed", "other method", "other path", "other moment", "other body"],
)
def test_a_signature_holds_for_the_one_request_that_was_signed(changed: SignedRequest, expected: Verdict) -> None:
    assert signed_requests.verdict(changed, PRIVATE.sign(REQUEST.text()), PUBLIC, NOW) is expected


@pytest.mark.parametrize(
    ("late", "expected"),
    [(0, Verdict.ACCEPTED), (60, Verdict.ACCEPTED), (61, Verdict.NOT_NOW), (-61, Verdict.NOT_NOW)],
)
def test_a_signature_holds_for_a_minute_on_either_side(late: int, expected: Verdict) -> None:
    now = NOW + timedelta(seconds=late)

    assert signed_requests.verdict(REQUEST, PRIVATE.sign(REQUEST.text()), PUBLIC, now) is expected


def test_another_key_and_a_broken_one_do_not_speak_for_the_first() -> None:
    signature = PRIVATE.sign(REQUEST.text())
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()

    assert signed_requests.verdict(REQUEST, signature, other, NOW) is Verdict.FORGED
    assert signed_requests.verdict(REQUEST, signature, b"short", NOW) is Verdict.FORGED
    assert signed_requests.verdict(REQUEST, b"short", PUBLIC, NOW) is Verdict.FORGED


def test_a_proof_shows_the_secret_for_one_request_without_containing_it() -> None:
    digest = signed_requests.secret_digest("squirrel")
    proof = signed_requests.enrolment_proof(digest, REQUEST)

    assert signed_requests.proof_is_good(digest, REQUEST, proof)
    assert not signed_requests.proof_is_good(digest, replace(REQUEST, body=b"{}"), proof)
    assert not signed_requests.proof_is_good(signed_requests.secret_digest("other"), REQUEST, proof)
    assert not signed_requests.proof_is_good(digest, REQUEST, "ä\udc80")
    assert "squirrel" not in proof
    assert digest not in proof
