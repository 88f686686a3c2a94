"""What is hashed is canonical JSON, whatever an entry holds; salted details tell nothing."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st

from server.audit.rules import ACT, FORMAT, Act, canonical, details_digest, link_text, moment

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
digests = st.binary(min_size=32, max_size=32)
acts = st.builds(Act, texts, texts, texts, *([st.none() | texts] * 5))


@given(act=acts, details=digests, seq=st.integers(1, 2**62), previous=digests)
def test_the_text_of_a_link_is_canonical_json(act: Act, details: bytes, seq: int, previous: bytes) -> None:
    said = {name: getattr(act, name) for name in ACT}
    chained = {"details": details.hex(), "format": FORMAT, "previous": previous.hex(), "seq": seq}
    text = link_text(act, details, seq, previous)
    assert text == json.dumps(said | chained, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(details=st.dictionaries(texts, st.none() | st.booleans() | st.integers() | texts | st.lists(texts)))
def test_details_have_one_text(details: dict[str, object]) -> None:
    backwards = dict(reversed(details.items()))
    assert canonical(details) == canonical(backwards)
    assert json.loads(canonical(details)) == details


def test_details_are_written_as_the_document_says() -> None:
    """Characters as they are, no spaces, and nothing that other languages cannot read back."""
    assert canonical({"reason": "回家", "days": 3}) == '{"days":3,"reason":"回家"}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"share": float("nan")})


def test_a_moment_is_utc_to_the_microsecond() -> None:
    at = datetime(2026, 5, 12, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    assert moment(at) == "2026-05-12T01:30:00.000000Z"
    assert moment(datetime(2026, 5, 12, 1, 30, 15, 7, UTC)) == "2026-05-12T01:30:15.000007Z"


def test_the_same_details_are_another_digest_under_another_salt() -> None:
    assert details_digest(bytes(16), "{}") != details_digest(b"\1" + bytes(15), "{}")
