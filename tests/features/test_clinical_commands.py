"""The operator sets a county's target by command."""

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, select

from server.audit.models import AuditEntry
from server.cli import main

SET = (
    "clinical",
    "set-target",
    "--region",
    "330106",
    "--policy",
    "cn-bp-2017",
    "--target",
    "older_sbp_below",
)


def _run(operator: dict[str, str], *said: str) -> Result:
    return CliRunner().invoke(main, ["--now", "2026-06-01T02:00:00", *said], env=operator)


@pytest.fixture
def operator(operator: dict[str, str]) -> dict[str, str]:
    """Of a county with a care institution."""
    made = _run(operator, "organisations", "create", "敬老院", "--kind", "care", "--region", "330106")
    assert made.exit_code == 0, made.output
    return operator


def test_a_target_is_set_replaced_and_given_up(operator: dict[str, str]) -> None:
    offered = _run(operator, "clinical", "policies").stdout.split("\n")
    assert ["cn-bp-2017", "older_sbp_below", "150", "120-160"] in [line.split() for line in offered]
    for said in (("--value", "145"), ("--value", "140")):
        done = _run(operator, *SET, "--from", "2026-07-01", *said)
        assert done.exit_code == 0, done.output
    assert _run(operator, *SET, "--from", "2027-01-01", "--own").exit_code == 0
    assert [line.split() for line in _run(operator, "clinical", "targets").stdout.splitlines()] == [
        ["330106", "cn-bp-2017", "older_sbp_below", "140", "from", "2026-07-01"],
        ["330106", "cn-bp-2017", "older_sbp_below", "own", "from", "2027-01-01"],
    ]


def test_it_stands_in_the_trail(operator: dict[str, str]) -> None:
    for value in ("145", "140"):
        assert _run(operator, *SET, "--from", "2026-07-01", "--value", value).exit_code == 0
    engine = create_engine(operator["DATABASE_URL"])
    with engine.connect() as connection:
        told = (
            select(AuditEntry.details).where(AuditEntry.tag == "clinical.target_set").order_by(AuditEntry.id)
        )
        acts = connection.scalars(told).all()
    engine.dispose()
    assert [(act["before"], act["value"]) for act in acts] == [(None, "145"), ("145", "140")]
    assert {(act["region"], act["policy"], act["starts"]) for act in acts} == {
        ("330106", "cn-bp-2017", "2026-07-01")
    }


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (("--from", "2026-07-01", "--value", "200"), "value: out_of_range"),
        (("--from", "2026-05-31", "--value", "140"), "from: in_past"),
        (("--from", "2026-07-01"), "either --value or --own"),
        (("--from", "2026-07-01", "--value", "140", "--own"), "either --value or --own"),
    ],
)
def test_what_is_no_target_is_refused(operator: dict[str, str], said: tuple[str, ...], problem: str) -> None:
    refused = _run(operator, *SET, *said)
    assert refused.exit_code != 0
    assert problem in refused.stderr
    assert _run(operator, "clinical", "targets").stdout == ""


def test_a_county_without_records_has_none_to_assess(operator: dict[str, str]) -> None:
    done = _run(operator, "clinical", "assess")
    assert (done.exit_code, done.stdout) == (0, "0 records assessed\n"), done.output
