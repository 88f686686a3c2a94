"""A seeded generator of valid scenarios in which the edge cases of the fulfilment page collide.

Terms are mostly short and records come in clusters around the days where something changes, so that late and
moved units, surplus, too-soon units and excuses are the rule and not the exception.
"""

from __future__ import annotations

from datetime import date

from tests.rules.oracle.frame import (
    CONDITIONS,
    DAYS_ABOUT,
    LEAP_BIRTHS,
    RESIDENT_IDS,
    SERVICES,
    Dice,
    Frame,
    Json,
    iso,
    shift,
)
from tests.rules.oracle.scenario_records import records, requests


def suspensions(dice: Dice, frame: Frame) -> list[Json]:
    """Overlapping, touching and far away ones."""
    found: list[Json] = []
    for _ in range(dice.choices([0, 1, 2, 4], [6, 4, 3, 1])[0]):
        first, last = frame.interval(12)
        if found and dice.happens(0.3):
            first = shift(date.fromisoformat(found[-1]["to"]), 1)
            last = shift(first, dice.randint(0, 5))
        found.append({"from": iso(first), "to": iso(last)})
    return found


def terms(dice: Dice, frame: Frame) -> list[Json]:
    """Unsorted; the first may begin after the term does."""
    days = {
        shift(frame.starts, -dice.one_of(0, 0, 90)) if dice.happens(0.85) else dice.near([frame.starts], 20)
    }
    for _ in range(dice.choices([0, 1, 2, 3], [6, 3, 2, 1])[0]):
        days.add(frame.some_day())
    counts = [dice.choices([0, 1, 2, 3, 4, 7], [1, 9, 6, 3, 2, 1])[0] for _ in days]
    if len(days) == 1 and dice.happens(0.8):
        counts = [max(counts[0], 1)]
    found = [{"from": iso(day), "count": count} for day, count in zip(sorted(days), counts, strict=True)]
    dice.shuffle(found)
    return found


def conditions(dice: Dice, frame: Frame) -> list[Json]:
    found = []
    for _ in range(dice.choices([0, 1, 2, 3], [1, 4, 4, 2])[0]):
        since, until = frame.interval(40)
        since = since if dice.happens(0.6) else shift(since, -400)
        code = dice.one_of(*CONDITIONS)
        found.append({"code": code, "since": iso(since), "until": None if dice.happens(0.4) else iso(until)})
    return found


def stays(dice: Dice, frame: Frame) -> list[Json]:
    """One or several stays: touching, with gaps between them, the last one often without an end."""
    if dice.happens(0.55):
        return [{"from": iso(shift(frame.starts, -dice.randint(0, 300))), "to": None}]
    first = shift(frame.some_day(), -dice.one_of(0, 0, 5, 30))
    found: list[Json] = []
    for _ in range(dice.choices([0, 1, 2, 3], [1, 6, 3, 2])[0]):
        last = shift(first, dice.randint(0, dice.one_of(2, 10, 40, 150)))
        found.append({"from": iso(first), "to": iso(last)})
        first = shift(last, dice.one_of(1, 2, 5, 20))
    if found and dice.happens(0.4):
        found[-1]["to"] = None
    if dice.happens(0.2):
        found.reverse()
    return found


def born(dice: Dice, frame: Frame) -> date:
    """Somebody who reaches one of the scenario's ages near the term, or was born on a 29 February."""
    birthday, age = frame.some_day(), dice.choice(frame.ages)
    if frame.flavour == "leap birth" and dice.happens(0.7):
        return date(dice.choice(LEAP_BIRTHS), 2, 29)
    if dice.happens(0.2):
        year = (birthday.year - age) // 4 * 4
        return date(year if year % 100 or year % 400 == 0 else year + 4, 2, 29)
    return date(birthday.year - age, birthday.month, min(birthday.day, 28))


def residents(dice: Dice, frame: Frame) -> list[Json]:
    ids = dice.sample(RESIDENT_IDS, dice.choices([0, 1, 2, 3], [1, 4, 4, 2])[0])
    found = []
    for name in ids:
        day = min(born(dice, frame), shift(frame.starts, -400))
        found.append({"id": name, "born": iso(day)})
    return [
        {**person, "conditions": conditions(dice, frame), "stays": stays(dice, frame)} for person in found
    ]


def eligibility(dice: Dice, frame: Frame) -> Json:
    asked: Json = {}
    dice.maybe(asked, "min_age", 0.6, *frame.ages)
    if dice.happens(0.5):
        asked["any_of"] = dice.sample(CONDITIONS, dice.randint(0, 3))
    return asked


def shared_fields(dice: Dice, frame: Frame, commitment: Json) -> None:
    """What periodic and once commitments have in common."""
    commitment["terms"] = terms(dice, frame)
    dice.maybe(commitment, "scope", 0.6, "resident", "resident", "institution")
    if commitment.get("scope") == "resident" and dice.happens(0.4):
        commitment["eligible"] = eligibility(dice, frame)
    dice.maybe(commitment, "makeup_days", 0.8, frame.grace, frame.grace, 1, 2, 3, 4, 6, 9, 0)
    dice.maybe(commitment, "min_gap_days", 0.35, 0, 1, 2, 2, 3, 5, 10)
    dice.maybe(commitment, "min_minutes", 0.15, 30, 60)
    dice.maybe(commitment, "min_attendees", 0.1, 5)
    if dice.happens(0.25):
        commitment["services"] = dice.sample(SERVICES, dice.randint(1, 3))
        commitment["match"] = "all"
    else:
        dice.maybe(commitment, "match", 0.2, "any")
        dice.maybe(commitment, "count_by", 0.35, "record", "record", "day")


def unit_for(dice: Dice, frame: Frame) -> str:
    """Mostly a unit of which the term holds several, but not hundreds."""
    length = (frame.ends - frame.starts).days + 1
    fitting = [unit for unit, days in DAYS_ABOUT.items() if 1.5 <= length / days <= 60 and days > 1]
    if fitting and dice.happens(0.75):
        return dice.choice(fitting)
    return dice.one_of("day", "day", "week", "month", "quarter", "half_year", "year", "term")


def period_fields(dice: Dice, frame: Frame, commitment: Json) -> None:
    commitment["per"] = unit_for(dice, frame)
    if commitment["per"] != "term":
        dice.maybe(commitment, "every", 0.35, 1, 2, 2, 3, 5)
    dice.maybe(commitment, "align", 0.5, "calendar", "anniversary", "anniversary")
    dice.maybe(commitment, "partial", 0.45, "prorate", "full", "full", "whole")
    if commitment.get("partial") == "full":
        dice.maybe(commitment, "min_days", 0.6, 1, 2, 3, 3, 5, 7, 30)


def debtor(dice: Dice, frame: Frame, key: str) -> Json:
    """Short windows with a grace of about their length: debts are paid late, moved and excused."""
    commitment: Json = {"key": key, "services": dice.sample(SERVICES, dice.randint(1, 2)), "per": "day"}
    commitment |= {
        "every": dice.randint(3, 9),
        "terms": [{"from": iso(frame.starts), "count": dice.randint(1, 3)}],
    }
    if dice.happens(0.4):
        commitment |= {"per": "week", "every": 1}
    commitment["makeup_days"] = dice.randint(1, 12)
    dice.maybe(commitment, "scope", 0.4, "resident")
    dice.maybe(commitment, "min_gap_days", 0.5, 2, 2, 3, 4)
    dice.maybe(commitment, "count_by", 0.25, "record")
    dice.maybe(commitment, "partial", 0.3, "full")
    return commitment


def calendar_puzzle(dice: Dice, frame: Frame, key: str) -> Json:
    """Little more than a period: months that are clipped, terms cut short, birthdays."""
    commitment: Json = {"key": key, "services": [dice.choice(SERVICES)]}
    commitment["per"] = dice.one_of("month", "month", "quarter", "year", "half_year", "term", "term", "day")
    commitment["terms"] = [{"from": iso(frame.starts), "count": dice.randint(1, 9)}]
    if commitment["per"] in ("month", "quarter"):
        dice.maybe(commitment, "every", 0.3, 2, 3)
    dice.maybe(commitment, "align", 0.7, "anniversary")
    if commitment["per"] == "day" or dice.happens(0.3):
        commitment |= {"scope": "resident", "eligible": {"min_age": dice.choice(frame.ages)}}
    dice.maybe(commitment, "makeup_days", 0.3, 1, 20)
    return commitment


def commitment_of(dice: Dice, frame: Frame, key: str) -> Json:
    puzzles = 2 if frame.flavour == "plain" else 20
    make = dice.choices([debtor, calendar_puzzle, any_commitment], [7, puzzles, 10])[0]
    commitment = make(dice, frame, key)
    dice.maybe(commitment, "weight", 0.5, 1, 2, 3, 0.1, 0.3, 0.5, 0.7, 1.1, 2.75)
    return commitment


def any_commitment(dice: Dice, frame: Frame, key: str) -> Json:
    kind = dice.choices(["periodic", "once", "on_demand"], [5, 3, 2])[0]
    commitment: Json = {"key": key, "services": dice.sample(SERVICES, dice.choices([1, 2, 3], [6, 3, 1])[0])}
    if kind != "periodic" or dice.happens(0.3):
        commitment["kind"] = kind
    if kind == "on_demand":
        commitment["respond_within_minutes"] = dice.one_of(None, 1, 30, 60, 1440)
    else:
        shared_fields(dice, frame, commitment)
        if kind == "once":
            commitment |= {"within_days": dice.one_of(1, 2, 3, 5, 5, 10, 30), "per": "term"}
        else:
            period_fields(dice, frame, commitment)
    return commitment


def random_scenario(seed: int) -> Json:
    """The scenario object of a seed; always the same one, always valid."""
    dice = Dice(seed)
    frame = Frame(dice)
    keys = dice.sample(
        ["c", "rounds", "bp", "B", "z1", "十"], dice.choices([0, 1, 2, 3, 5], [1, 6, 9, 8, 3])[0]
    )
    scenario: Json = {"as_of": iso(frame.as_of), "agreement": frame.agreement()}
    scenario["suspensions"] = suspensions(dice, frame)
    scenario["commitments"] = [commitment_of(dice, frame, key) for key in keys]
    scenario["residents"] = residents(dice, frame)
    scenario["records"] = records(dice, frame, scenario)
    scenario["requests"] = requests(dice, frame, scenario)
    dice.maybe(scenario, "note", 0.2, f"seed {seed}")
    for key in ("suspensions", "residents", "records", "requests"):
        if not scenario[key] and dice.happens(0.5):
            del scenario[key]
    return scenario
