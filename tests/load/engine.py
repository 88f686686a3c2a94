"""How fast the pure engine is, beside a bare loop over the same records."""

from datetime import date, timedelta

from server.fulfilment.rules.evaluate import evaluate
from server.fulfilment.rules.facts import Agreement, Commitment, Record, Resident, Scenario, Stay, Term
from tests.load.measuring import Row, throughput, timed
from tests.load.province import SIX_PARTS

_RECORDS = 200_000
_STARTS, _ENDS = date(2026, 1, 1), date(2026, 12, 31)
_YEAR = Agreement(_STARTS, _ENDS)
_ONE = (Term(_STARTS, 1),)


def rows() -> list[Row]:
    weekly = Commitment("rounds", ("round",), per="week", makeup_days=3, terms=_ONE)
    bundle = Commitment("six", SIX_PARTS, match="all", per="week", min_gap_days=2, terms=_ONE)
    return [
        _row("Engine: one weekly stream, 200,000 records", _institution(weekly, ("round",))),
        _row("Engine: one bundle of six a week, 200,000 records", _institution(bundle, SIX_PARTS)),
        _row("Engine: 200 residents, quarterly with a gap, 200,000 records", _residents()),
    ]


def _institution(commitment: Commitment, services: tuple[str, ...]) -> Scenario:
    records = tuple(
        Record(services[number % len(services)], _day(number), "pending" if number % 9 == 0 else "confirmed")
        for number in range(_RECORDS)
    )
    return Scenario(_ENDS, _YEAR, (commitment,), records=records)


def _residents() -> Scenario:
    commitment = Commitment(
        "bp", ("bp",), scope="resident", per="quarter", min_gap_days=14, terms=(Term(_STARTS, 2),)
    )
    people = tuple(Resident(f"r{number:03d}", date(1940, 1, 1), (Stay(_STARTS),)) for number in range(200))
    records = tuple(
        Record("bp", _day(number // 200), "confirmed", subject=f"r{number % 200:03d}")
        for number in range(_RECORDS)
    )
    return Scenario(_ENDS, _YEAR, (commitment,), residents=people, records=records)


def _day(number: int) -> date:
    return _STARTS + timedelta(days=number % 365)


def _row(what: str, scenario: Scenario) -> Row:
    measured = timed([lambda: evaluate(scenario)] * 5)
    floor = timed([lambda: _bare_loop(scenario.records)] * 5)
    return throughput(what, _RECORDS, measured.median, 100_000, floor.median, "loop that counts by day")


def _bare_loop(records: tuple[Record, ...]) -> dict[tuple[str | None, date], int]:
    """The least that anybody would do: look at every record once and count it by subject and day."""
    counts: dict[tuple[str | None, date], int] = {}
    for record in records:
        if record.outcome == "done" and record.state in ("confirmed", "pending"):
            key = record.subject, record.on
            counts[key] = counts.get(key, 0) + 1
    return counts
