"""The operator enters places and people by command."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main


@pytest.fixture
def operator(fresh_database_url: str, tmp_path: Path) -> dict[str, str]:
    env = {"DATABASE_URL": fresh_database_url, "XUNYUE_VAR": str(tmp_path), "XUNYUE_KEYS": ""}
    assert CliRunner().invoke(main, ["db", "upgrade"], env=env).exit_code == 0
    return env


def _run(operator: dict[str, str], *said: str, password: str | None = None) -> Result:
    typed = f"{password}\n{password}\n" if password else None
    return CliRunner().invoke(main, list(said), env=operator, input=typed)


def test_places_and_people_by_command(operator: dict[str, str]) -> None:
    place = ("organisations", "create", "城关卫生服务中心", "--region", "999901")
    made = _run(operator, *place, "--kind", "medical", "--uscc", "123")
    assert (made.exit_code, made.stderr) == (0, "uscc: not_a_credit_code\n")
    place_id = made.stdout.strip()
    assert _run(operator, "organisations", "list").stdout.split() == [
        *(place_id, "medical", "999901", "城关卫生服务中心")
    ]
    person = ("accounts", "create", "doctor", "--name", "李文静", "--organisation")
    wrong = _run(operator, *person, place_id, "--role", "care_staff", password="long enough")
    assert (wrong.exit_code, "role: not_in_this_kind" in wrong.stderr) == (1, True)
    nowhere = _run(operator, *person, "某医院", "--role", "clinician", password="long enough")
    assert (nowhere.exit_code, "organisation: no_such_organisation" in nowhere.stderr) == (1, True)
    hired = _run(operator, *person, "城关卫生服务中心", "--role", "clinician", password="long enough")
    assert hired.exit_code == 0, hired.output
    certify = ("accounts", "certify", "doctor", "--number", "1", "--category", "physician", "--from")
    backwards = _run(operator, *certify, "2026-01-01", "--until", "2025-01-01")
    assert (backwards.exit_code, "valid_until: before_start" in backwards.stderr) == (1, True)
    assert _run(operator, *certify, "2026-01-01", "--until", "2028-01-01").exit_code == 0
    (line,) = _run(operator, "accounts", "list").stdout.splitlines()
    assert line.split("  ", 1)[1] == (
        "doctor  李文静  clinician at 城关卫生服务中心  certified until 2028-01-01"
    )
    assert line.split()[0] == hired.stdout.split()[-1]


@pytest.mark.parametrize(("kind", "roles"), [("regulator", "regulator"), ("medical", "manager")])
def test_the_first_administrator_can_see_something(operator: dict[str, str], kind: str, roles: str) -> None:
    said = ("accounts", "create-admin", "root", "--name", "王", "--organisation", "x", "--region", "999901")
    assert _run(operator, *said, "--kind", kind, password="long enough").exit_code == 0
    listed = _run(operator, "accounts", "list").stdout
    assert sorted(word for word in listed.split() if word in ("regulator", "manager", "system_admin")) == (
        sorted([roles, "system_admin"])
    )
