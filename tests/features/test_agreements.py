"""Agreements: drafted by either party, judged by the engine, moved from state to state."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from server import clock
from server.agreements.models import Agreement, Commitment
from server.auth.roles import OrganisationKind, Role
from server.fulfilment.models import Obligation
from tests.factories.world import NOW, World

CLAUSE: dict[str, Any] = {"services": ["round"], "per": "month"}
TERMS = [{"from": "2026-06-01", "count": 1}]


def _promise(key: str = "rounds", terms: Any = None, **clause: Any) -> dict[str, Any]:
    return {
        "key": key,
        "title_zh": "巡诊",
        "title_en": "Rounds",
        "clause": {**CLAUSE, **clause},
        "terms": TERMS if terms is None else terms,
    }


def _draft(world: World, login: str | None = None, **overrides: Any) -> TestResponse:
    body = {
        "number": "签-2",
        "medical_id": str(world.hospital.id),
        "institution_id": str(world.home.id),
        "starts": "2026-06-01",
        "ends": "2027-05-31",
        "commitments": [_promise()],
        **overrides,
    }
    with clock.fixed(NOW):
        return world.client(login or world.manager).post("/agreements", body)


def _act(world: World, id_: str, action: str, on: str, login: str | None = None) -> TestResponse:
    with clock.fixed(NOW):
        client = world.client(login or world.manager)
        return client.post(f"/agreements/{id_}/actions", {"action": action, "on": on})


def _windows(world: World, id_: UUID) -> list[Obligation]:
    return world.rows(select(Obligation).where(Obligation.agreement_id == id_).order_by(Obligation.start))


def test_a_draft_counts_nothing_until_it_is_active(world: World) -> None:
    made = _draft(world, world.home_manager)
    assert made.status_code == 201
    draft = made.get_json()
    assert (draft["state"], draft["signed_on"], draft["care"]["name"]) == ("draft", None, "颐养园")
    assert _act(world, draft["id"], "sign", "2026-05-10").get_json()["signed_on"] == "2026-05-10"
    (row,) = world.rows(select(Agreement).where(Agreement.number == "签-2"))
    assert _windows(world, row.id) == []
    assert _act(world, draft["id"], "activate", "2026-06-01").get_json()["state"] == "active"
    assert [window.promised for window in _windows(world, row.id)] == [1] * 12
    again = _act(world, draft["id"], "activate", "2026-06-01")
    assert (again.status_code, again.get_json()["error"]["details"]) == (
        409,
        {"reason": "cannot_activate_active"},
    )


def test_termination_ends_the_promise_the_day_before(world: World) -> None:
    outside = _act(world, str(world.agreement.id), "terminate", "2027-01-01")
    assert outside.get_json()["error"]["fields"] == [{"path": "on", "code": "outside_term"}]
    ended = _act(world, str(world.agreement.id), "terminate", "2026-05-13", world.home_manager).get_json()
    assert (ended["state"], ended["last_day"], ended["ends"]) == ("terminated", "2026-05-12", "2026-12-31")
    promised = [row for row in _windows(world, world.agreement.id) if row.promised]
    assert max(row.end for row in promised) == date(2026, 5, 12)
    assert _act(world, str(world.agreement.id), "terminate", "2026-05-14").status_code == 409


def test_a_party_cannot_end_what_was_promised_on_days_past(world: World) -> None:
    before = [row.promised for row in _windows(world, world.agreement.id)]
    early = _act(world, str(world.agreement.id), "terminate", "2026-05-11", world.home_manager)
    assert early.get_json()["error"]["fields"] == [
        {"path": "on", "code": "in_the_past", "limit": "2026-05-12"}
    ]
    assert [row.promised for row in _windows(world, world.agreement.id)] == before


def test_one_party_alone_opens_no_door(world: World) -> None:
    """A hospital drafts with a home it does not serve, and would sign for it: it gets nothing of it."""
    stranger = world.organisation(OrganisationKind.CARE, "不相干的养老院")
    world.resident(stranger, name="不该看见")
    world.person("stranger", stranger, Role.MANAGER)
    draft = _draft(world, institution_id=str(stranger.id)).get_json()
    refused = _act(world, draft["id"], "sign", "2026-05-01")
    assert (refused.status_code, refused.get_json()["error"]["details"]) == (
        403,
        {"reason": "the_other_party_signs"},
    )
    assert _act(world, draft["id"], "activate", "2026-05-01").status_code == 409
    with clock.fixed(NOW):
        manager = world.client(world.manager)
        assert manager.get(f"/institutions/{stranger.id}/residents").status_code == 404
        assert manager.post(f"/institutions/{stranger.id}/poster").status_code == 404
        held = {resident["name"] for resident in world.client(world.doctor).json("/sync")["residents"]}
        assert held == {"王秀英", "李建国"}
    assert _act(world, draft["id"], "sign", "2026-05-01", "stranger").status_code == 200


def test_what_is_wrong_is_named_and_nothing_is_written(world: World) -> None:
    before = len(world.rows(select(Commitment)))
    cases: list[tuple[dict[str, Any], str]] = [
        ({"commitments": [_promise(), _promise()]}, "commitments[1].key"),
        ({"commitments": [_promise(terms=[*TERMS, *TERMS])]}, "commitments[0].terms[1].from"),
        ({"commitments": [_promise(match="all", count_by="record")]}, "commitments[0].clause.count_by"),
        ({"commitments": [_promise("a"), _promise("b", kind="once")]}, "commitments[1].clause.within_days"),
        ({"commitments": [_promise(per="fortnight")]}, "commitments[0].clause.per"),
        ({"commitments": [_promise(pre="week")]}, "commitments[0].clause.pre"),
        ({"commitments": [_promise(weight=0)]}, "commitments[0].clause.weight"),
        ({"commitments": [_promise(per="term", every=2)]}, "commitments[0].clause.every"),
        (
            {"commitments": [_promise(terms=[{"from": "2026-06-01", "count": -1}])]},
            "commitments[0].terms[0].count",
        ),
        ({"suspensions": [{"from": "2026-07-02", "to": "2026-07-01", "reason": "x"}]}, "suspensions[0].to"),
        ({"commitments": [_promise(services=["massage"])]}, "commitments[0].clause.services"),
        ({"ends": "2026-05-31"}, "ends"),
        ({"ends": "2047-06-01"}, "ends"),
        ({"number": "签\ud800"}, "number"),
        ({"number": "签-1"}, "number"),
        ({"number": ""}, "number"),
        ({"number": "签\0"}, "number"),
        ({"medical_id": str(world.home.id)}, "medical_id"),
        ({"institution_id": str(world.hospital.id)}, "institution_id"),
    ]
    for overrides, path in cases:
        answer = _draft(world, **overrides)
        assert answer.status_code == 422, (path, answer.text)
        assert [field["path"] for field in answer.get_json()["error"]["fields"]] == [path]
    assert len(world.rows(select(Commitment))) == before
    assert len(world.rows(select(Agreement))) == 2


def test_a_clause_without_terms_is_taken_and_promises_nothing(world: World) -> None:
    made = _draft(world, commitments=[_promise(terms=[])])
    assert made.status_code == 201
    for action in ("sign", "activate"):
        assert _act(world, made.get_json()["id"], action, "2026-06-01", world.home_manager).status_code == 200
    (row,) = world.rows(select(Agreement).where(Agreement.number == "签-2"))
    assert _windows(world, row.id) == []


def test_only_parties_make_and_move_agreements(world: World) -> None:
    foreign = _draft(world, world.other["manager"])
    assert foreign.get_json()["error"]["fields"] == [{"path": "medical_id", "code": "not_your_institution"}]
    for login in (world.doctor, world.staff, world.regulator):
        assert _draft(world, login).status_code == 403
        assert _act(world, str(world.agreement.id), "terminate", "2026-06-01", login).status_code == 403
    assert (
        _act(world, str(world.agreement.id), "terminate", "2026-06-01", world.other["manager"]).status_code
        == 404
    )
    (row,) = world.rows(select(Agreement).where(Agreement.id == world.agreement.id))
    assert row.state == "active"
