"""The operator's commands, as another process would see them."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from sqlalchemy import Select, column, create_engine, func, select, table

from server.cli import main

SCENARIO: dict[str, Any] = {
    "as_of": "2026-04-15",
    "agreement": {"starts": "2026-01-01", "ends": "2026-12-31"},
    "commitments": [
        {
            "key": "巡诊",
            "services": ["round"],
            "per": "month",
            "terms": [{"from": "2026-01-01", "count": 1}],
        }
    ],
    "records": [{"service": "round", "on": "2026-01-06", "state": "confirmed"}],
}
UNUSABLE = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "XUNYUE_KEYS": "/nonexistent/keys"}


def _file(folder: Path, name: str, document: Any) -> str:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def _evaluate(*files: str) -> Result:
    return CliRunner().invoke(main, ["fulfilment", "evaluate", *files], env=UNUSABLE)


def test_evaluate_prints_one_line_a_file_in_order_and_needs_no_database(tmp_path: Path) -> None:
    later = {**SCENARIO, "as_of": "2026-02-15"}
    files = [_file(tmp_path, "b.json", SCENARIO), _file(tmp_path, "a.json", later)]
    result = _evaluate(*files)
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert (first["as_of"], first["confirmed_rate"]) == ("2026-04-15", "0.3333")
    assert (second["as_of"], second["confirmed_rate"]) == ("2026-02-15", "1.0000")
    assert first["commitments"][0]["key"] == "巡诊"


def test_evaluate_names_file_field_and_reason_and_goes_on(tmp_path: Path) -> None:
    wrong = {**SCENARIO, "commitments": [{**SCENARIO["commitments"][0], "per": "fortnight"}]}
    files = [
        _file(tmp_path, "wrong.json", wrong),
        _file(tmp_path, "right.json", SCENARIO),
        _file(tmp_path, "no.json", "{"),
        str(tmp_path / "missing.json"),
        str(tmp_path),
    ]
    result = _evaluate(*files)
    assert result.exit_code == 2
    assert [json.loads(line)["as_of"] for line in result.stdout.splitlines()] == ["2026-04-15"]
    lines = result.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == [files[0], files[2], files[3], files[4]]
    assert lines[0].split(": ")[1] == "commitments[0].per"
    assert "fortnight" in lines[0]


def test_a_commitment_without_terms_promises_nothing(tmp_path: Path) -> None:
    without = {**SCENARIO, "commitments": [{**SCENARIO["commitments"][0], "terms": []}]}
    result = _evaluate(_file(tmp_path, "without.json", without))
    assert (result.exit_code, result.stderr) == (0, "")
    (commitment,) = json.loads(result.stdout)["commitments"]
    assert (commitment["due_promised"], commitment["confirmed_rate"]) == (0, None)
    assert [window["promised"] for window in commitment["windows"]] == [0]  # a visit nobody promised: surplus


def test_evaluate_without_files_is_a_mistake() -> None:
    assert _evaluate().exit_code == 2


def test_an_unusable_environment_is_a_message(tmp_path: Path) -> None:
    for env, named in (
        ({"XUNYUE_ENV": "production", "DATABASE_URL": ""}, "DATABASE_URL"),
        ({"XUNYUE_ENV": "prod"}, "XUNYUE_ENV"),
    ):
        result = CliRunner().invoke(main, ["db", "check"], env={**env, "XUNYUE_VAR": str(tmp_path)})
        assert result.exit_code == 1
        assert named in result.stderr
        assert "Traceback" not in result.output


def _admin(operator: dict[str, str], *more: str, password: str = "long enough") -> Result:
    said = ["accounts", "create-admin", "root", "--name", "管理员", "--organisation", "卫健局", *more]
    return CliRunner().invoke(main, said, env=operator, input=f"{password}\n{password}\n")


def test_the_first_administrator_and_an_agreement(operator: dict[str, str], tmp_path: Path) -> None:
    refused = _admin(operator, "--region", "99")
    assert (refused.exit_code, "region" in refused.stderr) == (1, True)
    short = _admin(operator, "--region", "999901", password="short")
    assert (short.exit_code, "too_short" in short.stderr) == (1, True)
    assert _count(operator, "organisations") == 0, "a refusal leaves nothing, the organisation neither"
    assert _admin(operator, "--region", "999901").exit_code == 0
    assert _count(operator, "accounts") == 1
    again = _admin(operator, "--region", "999901")
    assert (again.exit_code, "already_used" in again.stderr) == (1, True)

    parties = _institutions(operator)
    agreement = {
        "number": "签-9",
        **parties,
        "starts": "2026-01-01",
        "ends": "2026-12-31",
        "commitments": [
            {
                "key": "rounds",
                "title_zh": "巡诊",
                "title_en": "Rounds",
                "clause": {"services": ["round"], "per": "week"},
                "terms": [{"from": "2026-01-01", "count": 1}],
            }
        ],
    }
    made = _create(operator, _file(tmp_path, "a.json", agreement), "--signed-on", "2025-12-20")
    assert (made.exit_code, made.stdout.split()[1:]) == (0, ["active"]), made.output
    assert _count(operator, "obligations") == 53
    twice = _create(operator, _file(tmp_path, "a.json", agreement))
    assert (twice.exit_code, "number: already_used" in twice.stderr) == (1, True)
    bad = {**agreement, "number": "签-10", "starts": "soon"}
    wrong = _create(operator, _file(tmp_path, "bad.json", bad))
    assert (wrong.exit_code, "starts: not_a_day" in wrong.stderr) == (1, True)
    assert "not JSON" in _create(operator, _file(tmp_path, "no.json", "{")).stderr
    assert _count(operator, "agreements") == 1


def _create(operator: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, ["agreements", "create", *arguments], env=operator)


def _institutions(operator: dict[str, str]) -> dict[str, str]:
    """A hospital and a care home, made as the product makes them."""
    found = {}
    for name, kind in (("medical_id", "medical"), ("institution_id", "care")):
        said = ["accounts", "create-admin", kind, "--name", "x", "--organisation", kind, "--kind", kind]
        result = CliRunner().invoke(
            main, [*said, "--region", "999901"], env=operator, input="long enough\nlong enough\n"
        )
        assert result.exit_code == 0, result.output
        places = table("organisations", column("id"), column("name"))
        found[name] = str(_scalar(operator, select(places.c.id).where(places.c.name == kind)))
    return found


def _count(operator: dict[str, str], name: str) -> int:
    return int(_scalar(operator, select(func.count()).select_from(table(name))))


def _scalar(operator: dict[str, str], statement: Select[Any]) -> Any:
    engine = create_engine(operator["DATABASE_URL"])
    with engine.connect() as connection:
        value = connection.scalar(statement)
    engine.dispose()
    return value
