"""What a clause would promise, before anyone signs."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from server import clock
from server.agreements.models import Agreement, Commitment
from server.cli import main
from tests.factories.world import NOW, PRESSURE_TWICE, World

YEARLY: dict[str, Any] = {"services": ["round"], "per": "year"}


def draft(clause: dict[str, Any], count: int = 1, **fields: Any) -> dict[str, Any]:
    terms = [{"from": "2027-01-01", "count": count}]
    return {
        "starts": "2027-07-02",
        "ends": "2028-07-01",
        "commitment": {"clause": clause, "terms": terms},
        **fields,
    }


def preview(world: World, body: dict[str, Any], login: str = "manager") -> Any:
    with clock.fixed(NOW):
        return world.client(login).post("/agreements/preview", body)


def test_once_a_year_from_july_to_july_promises_two_and_one_is_proposed(world: World) -> None:
    found = preview(world, draft(YEARLY)).get_json()
    assert found["windows"] == [
        {"start": "2027-07-02", "end": "2027-12-31", "deadline": "2027-12-31", "promised": 1},
        {"start": "2028-01-01", "end": "2028-07-01", "deadline": "2028-07-01", "promised": 1},
    ]
    assert found["years"] == [{"year": 2027, "promised": 1}, {"year": 2028, "promised": 1}]
    assert (found["total"], found["window_count"], found["residents"]) == (2, 2, None)
    plain = found["plain"]
    assert (plain["total"], plain["count"], plain["every"], plain["per"]) == (1, 1, 1, "year")
    assert (plain["units"], plain["rest_days"], plain["rest_of"]) == (1, 0, 0)
    assert found["warning"] == {
        "code": "rounding_surprises",
        "promised": 2,
        "plain": 1,
        "proposal": {"align": "anniversary", "total": 1},
    }
    agreed = preview(world, draft({**YEARLY, "align": "anniversary"})).get_json()
    assert (agreed["total"], agreed["warning"]) == (1, None)


def test_over_the_roster_of_today(world: World) -> None:
    world.resident(name="年轻人", born=date(1990, 1, 1))
    body = draft(PRESSURE_TWICE, 2, starts="2027-01-01", ends="2027-12-31")
    alone = preview(world, body).get_json()
    assert (alone["total"], alone["residents"]) == (8, None)
    found = preview(world, {**body, "institution_id": str(world.home.id)}).get_json()
    assert found["total"] == 8
    assert found["residents"] == {
        "eligible": 2,
        "total": 16,
        "years": [{"year": 2027, "promised": 16}],
    }
    rounds = preview(world, draft(YEARLY, institution_id=str(world.home.id))).get_json()
    assert rounds["residents"] is None


def test_who_moved_out_is_not_on_the_roster(world: World) -> None:
    with clock.fixed(NOW):
        world.move_out(world.ada, date(2026, 5, 1))
    body = draft(PRESSURE_TWICE, 2, starts="2026-01-01", ends="2026-12-31", institution_id=str(world.home.id))
    body["commitment"]["terms"][0]["from"] = "2026-01-01"
    assert preview(world, body).get_json()["residents"]["eligible"] == 1


def test_nothing_is_stored(world: World) -> None:
    def stored() -> tuple[int, int]:
        return len(world.rows(select(Agreement))), len(world.rows(select(Commitment)))

    before = stored()
    assert preview(world, draft(YEARLY)).status_code == 200
    assert stored() == before


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        (draft({"services": ["round"]}), "commitment.clause.per", "not_accepted"),
        (draft({**YEARLY, "per": "fortnight"}), "commitment.clause.per", "unknown_choice"),
        (
            draft({**YEARLY, "match": "all", "count_by": "record"}),
            "commitment.clause.count_by",
            "not_accepted",
        ),
        (draft({**YEARLY, "services": ["dancing"]}), "commitment.clause.services", "unknown_choice"),
        (draft(YEARLY, ends="2027-07-01"), "ends", "before_start"),
        (draft(YEARLY, ends="2067-07-01"), "ends", "too_long"),
        (
            draft(YEARLY, suspensions=[{"from": "2027-08-02", "to": "2027-08-01", "reason": "流感"}]),
            "suspensions[0].to",
            "before_start",
        ),
        (draft(YEARLY, -1), "commitment.terms[0].count", "out_of_range"),
        (draft({**YEARLY, "per": "term", "every": 2}), "commitment.clause.every", "not_together"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(world: World, body: Any, path: str, code: str) -> None:
    answer = preview(world, body)
    assert answer.status_code == 422
    (field,) = answer.get_json()["error"]["fields"]
    assert (field["path"], field["code"]) == (path, code)


def test_the_roster_of_an_institution_out_of_reach_is_not_found(world: World) -> None:
    other = str(world.other["home"].id)
    assert preview(world, draft(PRESSURE_TWICE, institution_id=other)).status_code == 404


def test_an_agreement_tells_what_it_promises_even_as_a_draft(world: World) -> None:
    made = world.agree(number="签-9", clauses=[("bp", PRESSURE_TWICE, 2), ("year", YEARLY, 1)], active=False)
    with clock.fixed(NOW):
        page = world.client(world.home_manager).json(f"/agreements/{made.id}/promises")
    assert page["agreement"]["number"] == "签-9"
    bp, yearly = page["commitments"]
    assert (bp["key"], bp["per"], bp["min_gap_days"], bp["count"]) == ("bp", "quarter", 14, 2)
    assert (bp["total"], bp["residents"]["total"], bp["years"]) == (8, 16, [{"year": 2026, "promised": 8}])
    assert (yearly["total"], yearly["residents"], yearly["warning"]) == (1, None, None)


def _file(folder: Path, **clause: Any) -> str:
    file = folder / "agreement.json"
    drafted = draft(YEARLY | clause)
    promise = {"key": "y", "title_zh": "巡诊", "title_en": "Rounds", **drafted.pop("commitment")}
    parties = {"medical_id": "0" * 32, "institution_id": "1" * 32}
    document = {"number": "1", **parties, **drafted, "commitments": [promise]}
    file.write_text(json.dumps(document), encoding="utf-8")
    return str(file)


def test_the_operator_previews_a_file_without_a_database(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["agreements", "preview", _file(tmp_path)])
    assert (result.exit_code, result.stdout) == (0, "y: 2 (2027: 1, 2028: 1); plainly read 1\n")
    agreed = CliRunner().invoke(main, ["agreements", "preview", _file(tmp_path, align="anniversary")])
    assert agreed.stdout == "y: 1 (2028: 1)\n"


def test_a_file_that_the_engine_refuses_names_the_field(tmp_path: Path) -> None:
    wrong = _file(tmp_path, match="all", count_by="record")
    result = CliRunner().invoke(main, ["agreements", "preview", wrong])
    assert result.exit_code == 1
    assert result.stderr == "Error: invalid (commitments[0].clause.count_by: not_accepted)\n"
