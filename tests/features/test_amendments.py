"""Supplementary agreements: proposed by one party, signed by the other, counted from their day on."""

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.agreements.models import Agreement, CommitmentTerm, Suspension
from server.app import settle
from server.auth.roles import Role
from server.fulfilment.models import CommitmentWindow, Obligation
from tests.factories.client import field_errors
from tests.factories.world import NOW, World

TODAY = "2026-05-12"
CLOSED = {"from": "2026-06-01", "to": "2026-06-14", "reason": "疫情封闭"}


def _term(world: World, starts: str, count: int, key: str = "rounds") -> dict[str, Any]:
    return {"commitment_id": str(world.commitment_id(key)), "from": starts, "count": count}


def _propose(world: World, *, by: str | None = None, at: datetime = NOW, **body: Any) -> TestResponse:
    path = f"/agreements/{body.pop('agreement', world.agreement).id}/amendments"
    with clock.fixed(at):
        return world.client(by or world.manager).post(path, {"given_on": TODAY, **body})


def _act(world: World, id_: str, action: str = "sign", *, by: str | None = None) -> TestResponse:
    path = f"/agreements/{world.agreement.id}/amendments/{id_}/actions"
    with clock.fixed(NOW):
        return world.client(by or world.home_manager).post(path, {"action": action})


def _list(world: World, login: str) -> dict[str, Any]:
    with clock.fixed(NOW):
        found: dict[str, Any] = world.client(login).json(f"/agreements/{world.agreement.id}/amendments")
    return found


def _promised(world: World, key: str = "rounds") -> dict[str, int]:
    """By first day, what the windows promise as they are kept."""
    rows = world.rows(
        select(CommitmentWindow)
        .where(CommitmentWindow.commitment_id == world.commitment_id(key))
        .order_by(CommitmentWindow.start)
    )
    return {row.start.isoformat(): row.promised for row in rows}


def _code(answer: TestResponse) -> tuple[int, str, Any]:
    error = answer.get_json()["error"]
    return answer.status_code, error["code"], error.get("details", {}).get("reason")


def test_terms_count_from_their_day_once_the_other_party_has_signed(world: World) -> None:
    before = _promised(world)
    assert _propose(world, number="", suspensions=[CLOSED]).get_json()["number"] == ""
    made = _propose(world, number="补-1", terms=[_term(world, "2026-06-04", 3)])
    assert made.status_code == 201, made.text
    proposed = made.get_json()
    assert (proposed["state"], proposed["since"], proposed["mine"]) == ("proposed", "2026-06-04", True)
    assert proposed["proposed_by"]["name"] == world.hospital.name
    assert _promised(world) == before
    assert _code(_act(world, proposed["id"], by=world.manager)) == (403, "forbidden", "the_other_party_signs")
    signed = _act(world, proposed["id"]).get_json()
    assert (signed["state"], signed["signed_on"], signed["mine"]) == ("signed", TODAY, False)
    after = _promised(world)
    # The week of 4 June (a Thursday): three days of one and four of three, 15/7 = 2.14.
    assert (after["2026-05-25"], after["2026-06-01"], after["2026-06-08"]) == (1, 2, 3)
    assert {start: count for start, count in after.items() if start < "2026-06-01"} == {
        start: count for start, count in before.items() if start < "2026-06-01"
    }
    terms = world.rows(
        select(CommitmentTerm)
        .where(CommitmentTerm.commitment_id == world.commitment_id("rounds"))
        .order_by(CommitmentTerm.starts)
    )
    assert [(each.starts, each.count) for each in terms] == [(date(2026, 1, 1), 1), (date(2026, 6, 4), 3)]


def test_days_without_service_are_promised_nothing(world: World) -> None:
    with clock.fixed(NOW):
        path = f"/agreements/{world.agreement.id}/suspensions"
        made = world.client(world.home_manager).post(path, CLOSED)
    assert (made.status_code, made.get_json()["given_on"], made.get_json()["number"]) == (201, TODAY, "")
    assert world.rows(select(Suspension)) == []
    assert _act(world, made.get_json()["id"], by=world.manager).status_code == 200
    promised = _promised(world)
    assert [promised.get(day, 0) for day in ("2026-05-25", "2026-06-01", "2026-06-08", "2026-06-15")] == [
        1,
        0,
        0,
        1,
    ]
    assert _list(world, world.regulator)["suspensions"] == [CLOSED]
    residents = world.rows(select(Obligation).where(Obligation.commitment_id == world.commitment_id("bp")))
    # 77 of 91 days at two a quarter: 1.69.
    assert {row.promised for row in residents if row.start == date(2026, 4, 1)} == {2}
    assert _code(_act(world, made.get_json()["id"], by=world.manager)) == (
        409,
        "conflict",
        "cannot_sign_signed",
    )


def test_what_is_withdrawn_or_declined_adds_nothing(world: World) -> None:
    before = _promised(world)
    for login in (world.manager, world.home_manager):
        made = _propose(world, terms=[_term(world, "2026-07-01", 2)]).get_json()
        assert _act(world, made["id"], "withdraw", by=login).get_json()["state"] == "withdrawn"
        assert _code(_act(world, made["id"])) == (409, "conflict", "cannot_sign_withdrawn")
    assert _promised(world) == before
    listed = _list(world, world.manager)
    assert [each["state"] for each in listed["amendments"]] == ["withdrawn", "withdrawn"]
    assert listed["may_write"]
    assert not _list(world, world.regulator)["may_write"]


def test_what_does_not_fit_is_refused_by_name(world: World) -> None:
    other = str(world.other["agreement"].commitments[0].id)
    for body, errors in (
        ({}, {"terms": "required"}),
        ({"given_on": "2026-05-13", "suspensions": [CLOSED]}, {"given_on": "in_the_future"}),
        ({"terms": [_term(world, "2026-05-11", 2)]}, {"terms[0].from": "before_notice"}),
        ({"terms": [_term(world, "2027-01-01", 2)]}, {"terms[0].from": "outside_term"}),
        ({"terms": [_term(world, "2026-06-01", 2)] * 2}, {"terms[1].from": "already_used"}),
        (
            {"given_on": "2025-12-01", "terms": [_term(world, "2026-01-01", 2)]},
            {"terms[0].from": "already_used"},
        ),
        (
            {"terms": [{**_term(world, "2026-06-01", 2), "commitment_id": other}]},
            {"terms[0].commitment_id": "unknown_choice"},
        ),
        ({"suspensions": [{**CLOSED, "to": "2026-05-31"}]}, {"suspensions[0].to": "before_start"}),
        ({"suspensions": [{**CLOSED, "to": "2027-01-01"}]}, {"suspensions[0].to": "outside_term"}),
    ):
        answer = _propose(world, **body)
        assert (answer.status_code, field_errors(answer)) == (422, errors), body


def test_only_what_is_signed_and_not_ended_is_amended(world: World) -> None:
    with clock.fixed(NOW):
        draft = world.agree(number="草-1", active=False)
    assert _code(_propose(world, agreement=draft, suspensions=[CLOSED])) == (
        409,
        "conflict",
        "cannot_amend_draft",
    )
    waiting = _propose(world, suspensions=[CLOSED]).get_json()
    path = f"/agreements/{world.agreement.id}/actions"
    with clock.fixed(NOW):
        world.client(world.manager).post(path, {"action": "terminate", "on": "2026-05-20"})
    assert _code(_propose(world, suspensions=[CLOSED])) == (409, "conflict", "cannot_amend_terminated")
    assert _code(_act(world, waiting["id"])) == (409, "conflict", "cannot_amend_terminated")
    assert world.rows(select(Suspension)) == []


def test_two_amendments_of_one_day_do_not_both_hold(world: World) -> None:
    first, second = (
        _propose(world, terms=[_term(world, "2026-06-01", count)]).get_json()["id"] for count in (2, 3)
    )
    assert _act(world, second).status_code == 200
    assert field_errors(_act(world, first)) == {"terms[0].from": "already_used"}
    states = {each["id"]: each["state"] for each in _list(world, world.manager)["amendments"]}
    assert states == {first: "proposed", second: "signed"}
    assert _promised(world)["2026-06-08"] == 3


@pytest.mark.parametrize("published_first", [True, False])
def test_a_published_period_stays_as_it_was_promised(world: World, *, published_first: bool) -> None:
    """Neither proposed nor signed: who published it did so on what was promised."""
    past = {"from": "2026-04-20", "to": "2026-04-26", "reason": "消杀"}
    waiting = None if published_first else _propose(world, suspensions=[past]).get_json()["id"]
    with clock.fixed(NOW), world.app.app_context():
        world.client(world.regulator).post("/published", {"period": "2026-04"})
        settle(world.app)
    answer = _act(world, waiting) if waiting else _propose(world, suspensions=[past])
    error = answer.get_json()["error"]
    assert (answer.status_code, error["details"]) == (409, {"reason": "published", "last": "2026-04-30"})
    assert world.rows(select(Suspension)) == []
    later = {**past, "from": "2026-05-01", "to": "2026-05-03"}
    made = _propose(world, suspensions=[later])
    assert _act(world, made.get_json()["id"]).status_code == 200


def test_it_is_on_the_trail(world: World) -> None:
    made = _propose(world, terms=[_term(world, "2026-06-01", 2)]).get_json()
    _act(world, made["id"])
    entries = world.trail("agreement.amended", str(world.agreement.id))
    assert [each.details for each in entries] == [
        {"amendment": made["id"], "state": state, "since": "2026-06-01"} for state in ("proposed", "signed")
    ]
    assert {each.organisation_id for each in entries} == {world.hospital.id}


def test_phones_learn_of_what_is_owed_now(world: World) -> None:
    phone = world.phone(world.doctor)
    phone.sync()
    made = _propose(world, terms=[_term(world, TODAY, 4)]).get_json()
    _act(world, made["id"])
    with clock.fixed(NOW):
        (row,) = world.rows(select(Agreement).where(Agreement.id == world.agreement.id))
        week = date(2026, 5, 11)
        kept = world.rows(
            select(Obligation).where(
                Obligation.commitment_id == world.commitment_id("rounds"), Obligation.start == week
            )
        )
    # Monday of one, six days of four: 25/7 = 3.57.
    assert ([each.promised for each in kept], row.state) == ([4], "active")
    assert kept[0].revision > row.revision


def test_who_manages_both_parties_signs_alone(world: World) -> None:
    world.grant(world.manager, world.home, Role.MANAGER)
    made = _propose(world, terms=[_term(world, "2026-06-01", 2)]).get_json()
    assert not made["mine"]
    assert _act(world, made["id"], by=world.manager).status_code == 200


def test_an_amendment_of_another_agreement_is_not_found(world: World) -> None:
    with clock.fixed(NOW):
        second = world.agree(number="二-1")
    made = _propose(world, agreement=second, suspensions=[CLOSED]).get_json()
    assert _act(world, made["id"]).status_code == 404
