"""Records and requests of a random scenario: bursts, pauses, doubles, bundles with a part missing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from tests.rules.oracle.frame import DAYS_ABOUT, SERVICES, Dice, Frame, Json, iso, shift


def record_of(frame: Frame, service: str, day: date, subject: str | None, state: str) -> Json:
    dice = frame.dice
    record: Json = {"service": service, "on": iso(day), "state": state}
    if subject is not None:
        record["subject"] = subject
    dice.maybe(record, "outcome", 0.2, "done")
    dice.maybe(record, "outcome", frame.refusals, "declined", "absent", "elsewhere")
    dice.maybe(record, "minutes", 0.85, 0, 29, 30, 60, 60, 90, 90, 120)
    dice.maybe(record, "attendees", 0.8, 0, 4, 5, 20, 20, 30)
    return record


def scattered_days(dice: Dice, frame: Frame) -> list[date]:
    number = dice.choices([0, 3, 8, 20], [3, 4, 3, 1])[0]
    days = [frame.some_day() for _ in range(number)]
    if dice.happens(0.15):
        days.append(shift(frame.starts, -dice.randint(1, 500)))
    return days


def burst_days(dice: Dice, frame: Frame) -> list[date]:
    """Busy times and pauses in turn: a pause leaves short windows, the next burst makes them good or not."""
    pause, width, size = dice.one_of(3, 6, 10, 15, 30), dice.one_of(1, 3, 5, 9), dice.one_of(0, 1, 1, 2, 4)
    limit = shift(frame.last, frame.grace + 3)
    day, days = shift(frame.starts, dice.randint(0, pause)), list[date]()
    while day <= limit and len(days) < 60:
        days += [shift(day, dice.randint(0, width)) for _ in range(dice.randint(0, size + 1))]
        day = shift(day, width + dice.randint(0, 2 * pause))
    return days


def days_of_entry(dice: Dice, frame: Frame, commitment: Json, stays: list[Json]) -> list[date]:
    """Days within and around a once-window, which begins with the term or with a stay."""
    begins = [frame.starts, *(max(frame.starts, date.fromisoformat(stay["from"])) for stay in stays)]
    longest = commitment["within_days"] + commitment.get("makeup_days", 0) + 2
    return [shift(begins[-1], dice.randint(-1, longest)) for _ in range(dice.randint(1, 4))]


def steady_days(dice: Dice, frame: Frame, commitment: Json) -> list[date]:
    """About as many days as promised, some left out and some doubled a few days later."""
    count = max(1, *(term["count"] for term in commitment["terms"]))
    unit = DAYS_ABOUT.get(commitment["per"], (frame.ends - frame.starts).days + 1)
    step = max(1, unit * commitment.get("every", 1) // count)
    limit, skipped = shift(frame.last, frame.grace + 3), dice.one_of(0.1, 0.3, 0.5)
    day, days = frame.starts, list[date]()
    while day <= limit and len(days) < 60:
        if not dice.happens(skipped):
            days.append(shift(day, dice.randint(0, step - 1)))
        if dice.happens(skipped):
            days.append(shift(day, dice.randint(0, 2 * step)))
        day = shift(day, step)
    return days


def subjects_for(commitment: Json, people: list[str | None]) -> list[str | None]:
    """Whose records a commitment's may be: residents, or nobody in particular and sometimes a resident."""
    if commitment.get("scope") == "resident" and people:
        return people
    return [None, None, None, *people]


def records_for(frame: Frame, commitment: Json, people: list[str | None], days: list[date]) -> list[Json]:
    """Single services, or whole and nearly whole bundles, of one commitment on these days."""
    dice, allowed = frame.dice, subjects_for(commitment, people)
    states = dice.one_of(["confirmed"], ["confirmed"] * 3 + ["pending"], ["confirmed", "pending"])
    states = states * 8 + ["pending", "disputed", "void"]
    found = []
    for day in days:
        subject, state = dice.choice(allowed), dice.choice(states)
        if commitment.get("match") != "all":
            found.append(record_of(frame, dice.choice(commitment["services"]), day, subject, state))
            if found[-1].get("outcome", "done") != "done" and dice.happens(0.4):
                found.append({**found[-1], "on": iso(shift(day, dice.randint(0, 3)))})
            continue
        for service in commitment["services"]:
            if dice.happens(0.94):
                someone = subject if dice.happens(0.96) else dice.choice([None, *people])
                mixed = state if dice.happens(0.9) else dice.choice(states)
                found.append(record_of(frame, service, day, someone, mixed))
    return found


def days_for(dice: Dice, frame: Frame, commitment: Json, stays: list[Json]) -> list[date]:
    if commitment.get("kind") == "once":
        return days_of_entry(dice, frame, commitment, stays)
    return steady_days(dice, frame, commitment) if dice.happens(0.6) else burst_days(dice, frame)


def records_around(dice: Dice, frame: Frame, scenario: Json, commitment: Json) -> list[Json]:
    """The records made for one commitment; a resident's stream gets its own share, to be dense as well."""
    residents: list[Json] = scenario["residents"]
    if commitment.get("scope") != "resident":
        one: list[str | None] = [person["id"] for person in residents[:1]]
        return records_for(frame, commitment, one, days_for(dice, frame, commitment, []))
    found = []
    for person in residents:
        days = days_for(dice, frame, commitment, person["stays"])
        found += records_for(frame, commitment, [person["id"]], days)
    return found


def records(dice: Dice, frame: Frame, scenario: Json) -> list[Json]:
    """Mostly bursts made for one commitment after the other, beside scattered noise; in no order."""
    people: list[str | None] = [person["id"] for person in scenario["residents"]]
    anyone: Json = {"services": SERVICES}
    found = records_for(frame, anyone, people, scattered_days(dice, frame))
    for commitment in scenario["commitments"]:
        # A resident's stream is one of several: it needs its own share to be as dense as the institution's.
        if commitment.get("kind") != "on_demand" and dice.happens(0.9):
            found += records_around(dice, frame, scenario, commitment)
    if dice.happens(0.7):
        dice.shuffle(found)
    return found


def request_of(dice: Dice, frame: Frame, commitment: Json) -> Json:
    """Many ask, or have their limit, exactly at as_of 00:00 or at an edge of the term."""
    limit = commitment["respond_within_minutes"] or 60
    midnight = datetime.combine(frame.as_of, time())
    edges = [frame.starts, shift(frame.last, 1), frame.as_of]
    around = datetime.combine(dice.choice(edges), time()) + timedelta(minutes=dice.one_of(-1, 0, 1, -limit))
    at = datetime.combine(frame.some_day(), time(dice.randint(0, 23), dice.randint(0, 59)))
    if dice.happens(0.5):
        at = dice.one_of(around, midnight - timedelta(minutes=limit), midnight - timedelta(minutes=limit + 1))
    answers = [None, timedelta(0), *(timedelta(minutes=limit + more) for more in (-1, 0, 1))]
    answer = dice.one_of(*answers, timedelta(minutes=limit, seconds=1), max(midnight - at, timedelta(0)))
    answered_at = None if answer is None else (at + answer).isoformat(timespec="seconds")
    return {
        "commitment": commitment["key"],
        "at": at.isoformat(timespec="seconds"),
        "responded_at": answered_at,
    }


def requests(dice: Dice, frame: Frame, scenario: Json) -> list[Json]:
    asked = [c for c in scenario["commitments"] if c.get("kind") == "on_demand"]
    return [request_of(dice, frame, c) for c in asked for _ in range(dice.randint(0, 12))]
