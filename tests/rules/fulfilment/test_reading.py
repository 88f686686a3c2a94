"""What a malformed scenario is refused for, and where."""

from copy import deepcopy
from datetime import date, datetime
from typing import Any

import pytest

from server.fulfilment.rules.facts import Commitment, Eligibility, Request, Term
from server.fulfilment.rules.reading import ScenarioError
from server.fulfilment.rules.scenario import parse_scenario
from tests.rules.fulfilment.document import DOCUMENT, changed, without


def refusal(document: object) -> tuple[str, str]:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(document)
    assert str(caught.value) == f"{caught.value.path}: {caught.value.reason}"
    return caught.value.path, caught.value.reason


def bracketed(path: str) -> str:
    head, *rest = path.split(".")
    return head + "".join(f"[{step}]" if step.isdigit() else f".{step}" for step in rest)


def test_the_document_itself_is_fine() -> None:
    scenario = parse_scenario(DOCUMENT)
    assert scenario.as_of == date(2026, 4, 15)
    assert scenario.commitments[0] == Commitment(
        key="rounds",
        services=("round",),
        per="week",
        terms=(Term(date(2026, 1, 1), 1), Term(date(2026, 6, 1), 2)),
    )
    assert scenario.commitments[1].eligible == Eligibility(65, ("hypertension",))
    assert scenario.requests == (
        Request(
            "green",
            datetime.fromisoformat("2026-02-01T03:10:00"),
            datetime.fromisoformat("2026-02-01T03:25:00"),
        ),
    )


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("commitments.0.per", "fortnight", "unknown"),
        ("commitments.0.per", None, "unknown"),
        ("commitments.3.per", "fortnight", "unknown"),
        ("commitments.0.kind", "weekly", "unknown"),
        ("commitments.0.kind", None, "unknown"),
        ("commitments.0.match", "some", "unknown"),
        ("commitments.0.scope", "person", "unknown"),
        ("commitments.0.align", ["calendar"], "unknown"),
        ("commitments.0.partial", "half", "unknown"),
        ("commitments.0.count_by", "visit", "unknown"),
        ("records.0.outcome", "refused", "unknown"),
        ("records.0.outcome", None, "unknown"),
        ("records.0.state", "open", "unknown"),
        ("records.0.subject", "r2", "unknown resident"),
        ("requests.0.commitment", "red", "unknown commitment"),
    ],
)
def test_unknown_words(path: str, value: object, reason: str) -> None:
    found = refusal(changed(path, value))
    assert found[0] == bracketed(path)
    assert found[1].startswith(reason)


@pytest.mark.parametrize(
    "path",
    [
        "agreement.stops",
        "suspensions.0.reason",
        "commitments.0.note",
        "commitments.0.terms.1.until",
        "commitments.1.eligible.min_bmi",
        "residents.0.name",
        "residents.0.stays.0.reason",
        "residents.0.conditions.0.source",
        "records.0.id",
        "requests.0.note",
    ],
)
def test_unknown_keys_below_the_top_level(path: str) -> None:
    assert refusal(changed(path, 1)) == (bracketed(path), "unknown field")


@pytest.mark.parametrize(
    "path",
    [
        "as_of",
        "agreement",
        "agreement.starts",
        "agreement.ends",
        "suspensions.0.from",
        "suspensions.0.to",
        "commitments",
        "commitments.0.key",
        "commitments.0.services",
        "commitments.0.per",
        "commitments.0.terms",
        "commitments.0.terms.1.from",
        "commitments.0.terms.1.count",
        "commitments.3.terms",
        "commitments.3.within_days",
        "residents.0.id",
        "residents.0.born",
        "residents.0.stays.0.from",
        "residents.0.conditions.0.code",
        "residents.0.conditions.0.since",
        "records.0.service",
        "records.0.on",
        "records.0.state",
        "requests.0.commitment",
        "requests.0.at",
    ],
)
def test_missing_fields(path: str) -> None:
    assert refusal(without(path)) == (bracketed(path), "missing")


INTEGERS = [
    ("commitments.0.terms.1.count", 0),
    ("commitments.0.every", 1),
    ("commitments.0.min_days", 0),
    ("commitments.0.min_gap_days", 0),
    ("commitments.0.makeup_days", 0),
    ("commitments.0.min_minutes", 0),
    ("commitments.0.min_attendees", 0),
    ("commitments.1.eligible.min_age", 0),
    ("commitments.2.respond_within_minutes", 0),
    ("commitments.3.within_days", 1),
    ("records.0.minutes", 0),
    ("records.0.attendees", 0),
]


@pytest.mark.parametrize(("path", "least"), INTEGERS)
def test_whole_numbers(path: str, least: int) -> None:
    parse_scenario(changed(path, least))
    below = "must not be negative" if least == 0 else f"must be at least {least}"
    assert refusal(changed(path, least - 1)) == (bracketed(path), below)
    assert refusal(changed(path, 10**9 + 1)) == (bracketed(path), "must be at most 1000000000")
    for value in (True, False, 1.0, "1", [1]):
        assert refusal(changed(path, value))[1].startswith("must be a whole number, not ")


@pytest.mark.parametrize(
    "path",
    [
        "as_of",
        "agreement.starts",
        "agreement.terminated_on",
        "suspensions.0.to",
        "commitments.0.terms.0.from",
        "residents.0.born",
        "residents.0.stays.0.to",
        "residents.0.conditions.0.until",
        "records.0.on",
    ],
)
@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "20260201",
        "2026-W05-1",
        "2026-2-1",
        "2026-02-01T00:00:00",
        " 2026-02-01",
        "2026-02-01\n",
        20260201,
    ],
)
def test_days(path: str, value: object) -> None:
    where, reason = refusal(changed(path, value))
    assert where == bracketed(path)
    assert reason.startswith("must be a day as 2026-01-31")


@pytest.mark.parametrize("path", ["requests.0.at", "requests.0.responded_at"])
@pytest.mark.parametrize(
    "value",
    [
        "2026-02-01",
        "2026-02-01 03:10:00",
        "2026-02-01T03:10",
        "2026-02-01T24:00:00",
        "2026-02-01T03:10:00Z",
        "2026-02-01T03:10:00+08:00",
        "2026-02-01T03:10:00.5",
        1,
    ],
)
def test_times(path: str, value: object) -> None:
    where, reason = refusal(changed(path, value))
    assert where == bracketed(path)
    assert reason.startswith("must be a local time")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("agreement.ends", "2025-12-31"),
        ("agreement.terminated_on", "2025-12-31"),
        ("agreement.terminated_on", "2027-01-01"),
        ("suspensions.0.to", "2026-02-15"),
        ("residents.0.stays.0.to", "2025-12-31"),
        ("residents.0.conditions.0.until", "2019-12-31"),
        ("requests.0.responded_at", "2026-02-01T03:09:59"),
    ],
)
def test_dates_in_the_wrong_order(path: str, value: str) -> None:
    where, reason = refusal(changed(path, value))
    assert where == bracketed(path)
    assert reason.startswith("dates in the wrong order")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("agreement.ends", "2026-01-01"),
        ("agreement.terminated_on", "2026-01-01"),
        ("agreement.terminated_on", "2026-12-31"),
        ("suspensions.0.to", "2026-02-16"),
        ("requests.0.responded_at", "2026-02-01T03:10:00"),
        ("requests.0.responded_at", None),
        ("records.0.subject", None),
        ("records.0.minutes", None),
        ("records.0.attendees", None),
        ("commitments.2.respond_within_minutes", None),
        ("commitments.1.eligible", {}),
        ("commitments.1.eligible", None),
        ("commitments.1.eligible.any_of", []),
        ("commitments.0.weight", 0.001),
        ("commitments", []),
    ],
)
def test_what_is_allowed(path: str, value: object) -> None:
    document = changed(path, value)
    if path == "commitments":
        del document["requests"]
    parse_scenario(document)


def test_termination_on_the_first_day_of_the_calendar() -> None:
    document = changed(
        "agreement", {"starts": "0001-01-01", "ends": "2026-01-01", "terminated_on": "0001-01-01"}
    )
    assert refusal(document) == ("agreement.terminated_on", "no day lies before it")


def test_grace_beyond_the_calendar() -> None:
    days = (date.max - date(2026, 12, 31)).days
    parse_scenario(changed("commitments.0.makeup_days", days))
    where, reason = refusal(changed("commitments.0.makeup_days", days + 1))
    assert (where, reason) == ("commitments[0].makeup_days", "the deadlines lie beyond the year 9999")


def repeated(document: dict[str, Any], path: str) -> dict[str, Any]:
    document[path].append(deepcopy(document[path][0]))
    return document


def test_keys_used_twice() -> None:
    assert refusal(repeated(deepcopy(DOCUMENT), "commitments")) == (
        "commitments[4].key",
        "key used twice: rounds",
    )
    assert refusal(repeated(deepcopy(DOCUMENT), "residents")) == ("residents[1].id", "key used twice: r1")


def test_two_terms_from_one_day() -> None:
    assert refusal(changed("commitments.0.terms.1.from", "2026-01-01")) == (
        "commitments[0].terms[1].from",
        "two terms from one day: 2026-01-01",
    )


def test_a_bundle_cannot_be_counted_by_record() -> None:
    document = changed("commitments.0.match", "all")
    parse_scenario(document)
    document["commitments"][0]["count_by"] = "record"
    assert refusal(document) == ("commitments[0].count_by", "record cannot go with match: all")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("commitments.0.services", []),
        ("commitments.0.services", "round"),
        ("commitments.0.services", None),
        ("commitments.0.key", ""),
        ("commitments.0.key", 1),
        ("commitments.0.terms", {}),
        ("commitments.0.terms", None),
        ("commitments.1.eligible", []),
        ("commitments.1.eligible.any_of", "hypertension"),
        ("commitments.0", "rounds"),
        ("commitments", {}),
        ("records", None),
        ("residents.0.conditions.0", "hypertension"),
        ("residents.0.id", 1),
        ("agreement", []),
    ],
)
def test_wrong_types(path: str, value: object) -> None:
    assert refusal(changed(path, value))[0] == bracketed(path)


@pytest.mark.parametrize(
    ("path", "value"), [("commitments.0.services.0", ""), ("commitments.1.eligible.any_of.0", 7)]
)
def test_codes_are_text(path: str, value: object) -> None:
    assert refusal(changed(path, value)) == (bracketed(path), "must be a text that is not empty")


@pytest.mark.parametrize("document", [[], None, "scenario", 1])
def test_not_an_object(document: object) -> None:
    assert refusal(document) == ("$", "must be an object")
