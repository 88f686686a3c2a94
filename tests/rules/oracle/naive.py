"""`evaluate`: from a valid scenario to its result (sections 5 and 6)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from tests.rules.oracle.delivery import Log, deliver
from tests.rules.oracle.promises import Json, Window, last_day, parse, windows_of

Rate = Fraction | None


def rate(numerator: int, denominator: int) -> Rate:
    return Fraction(numerator, denominator) if denominator else None


def shown(value: Rate) -> str | None:
    """Four decimals, truncated."""
    if value is None:
        return None
    whole, rest = divmod(value.numerator * 10_000 // value.denominator, 10_000)
    return f"{whole}.{rest:04d}"


def status(window: Window, due: bool) -> str:
    """By the confirmed figures."""
    need = window.promised - len(window.excused)
    if window.promised > 0 and need == 0 and window.counted == 0:
        return "excused"
    if window.counted >= need:
        return "met"
    if not due:
        return "open"
    return "partial" if window.counted > 0 else "missed"


def window_row(subject: str | None, window: Window, reported: Window, as_of: date) -> Json:
    due = window.deadline < as_of
    return {
        "subject": subject,
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
        "deadline": window.deadline.isoformat(),
        "due": due,
        "promised": window.promised,
        "confirmed": window.counted,
        "confirmed_late": len(window.late),
        "confirmed_surplus": len(window.surplus),
        "confirmed_excused": len(window.excused),
        "reported": reported.counted,
        "reported_late": len(reported.late),
        "reported_surplus": len(reported.surplus),
        "reported_excused": len(reported.excused),
        "status": status(window, due),
    }


def is_shown(row: Json, as_of: date) -> bool:
    something = row["promised"] or row["confirmed_surplus"] or row["reported_surplus"]
    return bool(something) and parse(row["start"]) <= as_of


def window_rows(scenario: Json, commitment: Json, log: Log) -> list[Json]:
    """All rows of a commitment, by subject as a string, then by start."""
    subjects: list[Json | None] = [None]
    if commitment.get("scope", "institution") == "resident":
        residents: list[Json] = scenario.get("residents", [])
        subjects = [*sorted(residents, key=lambda resident: str(resident["id"]))]
    as_of, rows = parse(scenario["as_of"]), []
    for resident in subjects:
        windows = windows_of(scenario, commitment, resident)
        confirmed, reported = deliver(scenario, commitment, resident, windows, log)
        subject = resident["id"] if resident else None
        rows += [window_row(subject, a, b, as_of) for a, b in zip(confirmed, reported, strict=True)]
    return [row for row in rows if is_shown(row, as_of)]


def windowed_result(scenario: Json, commitment: Json, log: Log) -> tuple[Json, Rate, Rate]:
    """The result of a periodic or once commitment, with its exact confirmed and reported rate."""
    rows = window_rows(scenario, commitment, log)
    log.update(row["status"] for row in rows)
    names = ["promised", "confirmed", "confirmed_late", "confirmed_excused", "reported", "reported_excused"]
    sums = {f"due_{name}": sum(row[name] for row in rows if row["due"]) for name in names}
    confirmed_of = sums["due_promised"] - sums["due_confirmed_excused"]
    confirmed = rate(sums["due_confirmed"], confirmed_of)
    on_time = rate(sums["due_confirmed"] - sums["due_confirmed_late"], confirmed_of)
    reported = rate(sums["due_reported"], sums["due_promised"] - sums["due_reported_excused"])
    result = {"key": commitment["key"], "windows": rows, **sums}
    result |= {
        "confirmed_rate": shown(confirmed),
        "reported_rate": shown(reported),
        "on_time_rate": shown(on_time),
    }
    return result, confirmed, reported


def request_facts(request: Json, limit_minutes: int | None, midnight: datetime) -> tuple[bool, bool, bool]:
    """Whether a taken request is due, is met, is open. `midnight` is as_of 00:00."""
    answered_at = request.get("responded_at")
    answer = datetime.fromisoformat(answered_at) if answered_at is not None else None
    seen = answer is not None and answer < midnight
    if limit_minutes is None:
        return False, False, not seen
    limit = datetime.fromisoformat(request["at"]) + timedelta(minutes=limit_minutes)
    due = seen or limit < midnight
    met = due and answer is not None and answer <= limit
    return due, met, not due


def on_demand_result(scenario: Json, commitment: Json, log: Log) -> tuple[Json, Rate, Rate]:
    agreement = scenario["agreement"]
    midnight = datetime.combine(parse(scenario["as_of"]), time())
    taken = []
    for request in scenario.get("requests", []):
        at = datetime.fromisoformat(request["at"])
        in_term = parse(agreement["starts"]) <= at.date() <= last_day(agreement)
        if request["commitment"] == commitment["key"] and in_term and at < midnight:
            taken.append(request_facts(request, commitment.get("respond_within_minutes"), midnight))
    due, met, still_open = (sum(facts[i] for facts in taken) for i in range(3))
    log.update({"request due": due, "request met": met, "request open": still_open})
    exact = rate(met, due)
    names = ["promised", "confirmed", "confirmed_late", "confirmed_excused", "reported", "reported_excused"]
    result: Json = {"key": commitment["key"], "windows": [], **{f"due_{name}": 0 for name in names}}
    result |= {"due_promised": due, "due_confirmed": met, "due_reported": met}
    result |= {"requests": len(taken), "open_requests": still_open}
    result |= {name: shown(exact) for name in ("confirmed_rate", "reported_rate", "on_time_rate")}
    return result, exact, exact


def exact_weight(commitment: Json) -> Fraction:
    """The decimal number as it is written, not its nearest binary float."""
    return Fraction(str(commitment.get("weight", 1)))


def weighted_mean(pairs: list[tuple[Fraction, Rate]]) -> Rate:
    """Mean of the non-null rates; None without any."""
    rated = [(weight, value) for weight, value in pairs if value is not None]
    if not rated:
        return None
    return sum((w * v for w, v in rated), Fraction(0)) / sum((w for w, _ in rated), Fraction(0))


def evaluate(obj: Json, log: Log | None = None) -> Json:
    """The result object of a valid scenario. `log`, if given, counts what happened on the way."""
    log = Counter() if log is None else log
    results: list[Json] = []
    confirmed: list[tuple[Fraction, Rate]] = []
    reported: list[tuple[Fraction, Rate]] = []
    for commitment in obj["commitments"]:
        on_demand = commitment.get("kind", "periodic") == "on_demand"
        one = (on_demand_result if on_demand else windowed_result)(obj, commitment, log)
        results.append(one[0])
        confirmed.append((exact_weight(commitment), one[1]))
        reported.append((exact_weight(commitment), one[2]))
    return {
        "as_of": obj["as_of"],
        "commitments": results,
        "confirmed_rate": shown(weighted_mean(confirmed)),
        "reported_rate": shown(weighted_mean(reported)),
        "rated": sum(1 for _, value in confirmed if value is not None),
        "of": len(results),
    }
