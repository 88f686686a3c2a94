"""Ends of what a phone may say: a visit that would end in the future, midnight, short codes, cursors."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from server import clock
from server.accounts.models import Account
from server.rounds.models import Round
from server.sync.models import LedgerEntry
from tests.factories.phone import outcomes
from tests.factories.world import World


def test_a_count_that_leads_into_the_future_is_not_believed(world: World) -> None:
    """It went on by a clock that was set while the browser was closed: the visit ends by the wall clock."""
    phone = world.phone(world.doctor)
    visit = phone.check_in(world.home, world.poster)
    phone.say(
        "check_out",
        {"position": None, "position_problem": "timeout", "note": None},
        elapsed_ms=90 * 86_400_000,
    )
    assert outcomes(phone.sync()) == ["stored", "stored"]
    (stored,) = world.rows(select(Round).where(Round.id == visit))
    assert stored.checked_out_at >= stored.checked_in_at
    assert stored.checked_out_at <= world.now + timedelta(hours=1)
    assert stored.minutes == (stored.checked_out_at - stored.checked_in_at) // timedelta(minutes=1)


def test_a_visit_dated_minutes_ahead_of_midnight_counts_without_another_word(world: World) -> None:
    """The phone is three minutes fast, and so already in Tuesday; the server's Monday has not ended."""
    before_midnight = datetime(2026, 5, 11, 15, 58, 30, tzinfo=UTC)
    phone = world.phone(world.doctor, at=before_midnight + timedelta(minutes=2))
    phone.check_in(world.home, world.poster)
    assert (
        phone.send(phone.waiting, now=before_midnight, sent_at="2026-05-11T15:58:30.000Z").status_code == 200
    )
    with clock.fixed(before_midnight + timedelta(days=2)):
        page = world.client(world.manager).json(f"/agreements/{world.agreement.id}")
    rounds = next(one for one in page["commitments"] if one["key"] == "rounds")
    assert rounds["open"]["reported"] == 1


@pytest.mark.parametrize(
    ("code", "reasons"),
    [("current", ["short_code"]), ("ABCD-2345", ["short_code", "poster_revoked"])],
)
def test_a_short_code_is_held_against_the_poster(world: World, code: str, reasons: list[str]) -> None:
    phone = world.phone(world.doctor)
    said = world.poster.short_code if code == "current" else code
    phone.check_in(world.home, world.poster, method="short_code", token=None, short_code=said)
    (result,) = phone.sync()
    assert (result["record"]["grade"], result["record"]["grade_reasons"]) == ("D", reasons)


def test_a_short_code_must_be_said(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster, method="short_code", token=None, short_code=None)
    (result,) = phone.sync()
    assert result["fields"] == [{"path": "payload.short_code", "code": "required"}]


def test_a_cursor_with_an_impossible_mark_is_read_anew(world: World) -> None:
    marks = {str(world.home.id): [-(10**30), "2020-01-01"]}
    cursor = base64.urlsafe_b64encode(json.dumps(["x", marks]).encode()).decode()
    with clock.fixed(world.now):
        page = world.client(world.doctor).json(f"/sync?cursor={cursor}")
    assert page["snapshots"] == [str(world.home.id)]


def test_entries_of_another_account_are_not_taken(world: World) -> None:
    """Somebody else signed in on that phone between two requests, and what is not sealed names no author."""
    phone = world.phone(world.doctor)
    phone.check_in(world.home, world.poster)
    other = world.rows(select(Account.id).where(Account.login == world.staff))
    refused = phone.send(phone.waiting, account_id=str(other[0]))
    assert refused.status_code == 409
    assert refused.get_json()["error"]["code"] == "other_account"
    assert world.rows(select(LedgerEntry)) == []
    own = world.rows(select(Account.id).where(Account.login == world.doctor))
    assert outcomes(phone.send(phone.waiting, account_id=str(own[0])).get_json()["results"]) == ["stored"]
