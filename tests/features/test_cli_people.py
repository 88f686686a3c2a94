"""The operator enters places and people by command."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main


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


def test_regions_get_their_names_from_a_file(operator: dict[str, str], tmp_path: Path) -> None:
    table, listed = tmp_path / "regions.csv", tmp_path / "regions.json"
    command = ("organisations", "regions")
    table.write_text("code,name_zh,name_en\n330000,浙江省,Zhejiang\n330106,西湖区,\n", "utf-8-sig")
    assert _run(operator, *command, str(table)).stdout == "2 regions, 2 new or changed\n"
    assert _run(operator, *command, str(table)).stdout == "2 regions, 0 new or changed\n"
    listed.write_text('[{"code": "330106", "name_zh": "西湖区", "name_en": "Xihu"}]', "utf-8")
    assert _run(operator, *command, str(listed)).stdout == "1 regions, 1 new or changed\n"


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("a.csv", "code,name_zh\n33,浙江\n", "[0].code: not_a_region"),
        ("a.csv", "code,name_zh\n330000,\n", "[0].name_zh: required"),
        ("a.csv", "code,name_zh\n330000,浙江,Zhejiang\n", "[0].beyond: unknown_field"),
        ("a.csv", "code,name\n330000,浙江\n", "[0].name_zh: required"),
        ("a.csv", 'code,name_zh\n"330000', "neither CSV nor JSON"),
        ("a.json", '{"330000": "浙江"}', "not_an_object"),
        ("a.json", "[", "neither CSV nor JSON"),
        (
            "a.json",
            '[{"code": "330000", "name_zh": "浙江"}, {"code": "330000", "name_zh": "浙"}]',
            "[1].code",
        ),
    ],
)
def test_what_is_wrong_with_a_file_of_regions_is_named(
    operator: dict[str, str], tmp_path: Path, name: str, text: str, wrong: str
) -> None:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    answer = _run(operator, "organisations", "regions", str(file))
    assert (answer.exit_code, wrong in answer.stderr) == (1, True), answer.stderr
