"""Filled-in forms: values that a clinician might have entered, drawn from a seed and fitting the person.

`data/forms.json` has some variants of each form. A value there is itself, or an object of one word:
`between` two numbers (texts of decimals keep their places), `one_of` a list, `day` so many days from the
round's, `serial` a number after a prefix.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from server.catalogue.queries import forms, judges
from server.catalogue.rules.measures import derived_value, mean

_DATA = Path(__file__).parent / "data"
Form = dict[str, Any]


def seeded(seed: str) -> Random:
    """Whatever is drawn in the county is drawn from this: the same seed, the same county."""
    return Random(f"xunyue-{seed}")


@dataclass(frozen=True, slots=True)
class Body:
    """What of somebody is much the same each time. `dependent`: 0 by themselves, 1 with help, 2 bedridden.

    Centimetres, kilograms, mmHg; `glucose` in tenths of mmol/L.
    """

    height: int
    weight: int
    waist: int
    sbp: int
    dbp: int
    glucose: int
    dependent: int


def new_body(random: Random, sex: str, conditions: frozenset[str]) -> Body:
    tall = random.gauss(166 if sex == "male" else 155, 5)
    mass = random.gauss(23.5, 2.6) * (tall / 100) ** 2
    ill = "hypertension" in conditions
    return Body(
        height=_within(tall, 140, 182),
        weight=_within(mass, 40, 92),
        waist=_within(mass / 2 + 52, 64, 108),
        sbp=_within(random.gauss(141 if ill else 126, 8), 104, 160),
        dbp=_within(random.gauss(80 if ill else 74, 6), 60, 92),
        glucose=_within(random.gauss(72 if "type2_diabetes" in conditions else 56, 8), 46, 112),
        dependent=2 if "bedridden" in conditions else int("disabled" in conditions),
    )


def _within(value: float, lowest: int, highest: int) -> int:
    return max(lowest, min(highest, round(value)))


def filled(random: Random, form: str, day: date, body: Body | None = None) -> Form:
    """One way to fill in a form in a round of that day, of somebody with this body."""
    values = {name: _drawn(random, value, day) for name, value in random.choice(_variants(form)).items()}
    if body and form in _MEASURED:
        values |= _MEASURED[form](random, body, values)
    for field in forms()[form]["fields"]:
        derived = derived_value(field, values) if "derived" in field else None
        if derived is not None:
            values[field["name"]] = derived
    return values


def asked_about(form: str, values: Form, day: date) -> list[str]:
    """The fields whose values the phone asks about: they are as measured."""
    return sorted({ask.field for ask in judges()[form](values, day).asks})


@cache
def _data() -> dict[str, list[Form]]:
    found: dict[str, list[Form]] = json.loads((_DATA / "forms.json").read_text(encoding="utf-8"))
    return found


def _variants(form: str) -> list[Form]:
    return _data().get(form, [{}])


def _drawn(random: Random, value: Any, day: date) -> Any:
    if not isinstance(value, dict):
        return value
    ((word, said),) = value.items()
    return _WORDS[word](random, said, day)


def _between(random: Random, bounds: list[Any], _day: date) -> Any:
    low, high = bounds
    if isinstance(low, int):
        return random.randint(low, high)
    places = len(low.partition(".")[2])
    drawn = str(random.randint(int(low.replace(".", "")), int(high.replace(".", ""))))
    drawn = drawn.rjust(places + 1, "0")
    return f"{drawn[:-places]}.{drawn[-places:]}"


_WORDS: Mapping[str, Callable[[Random, Any, date], Any]] = {
    "between": _between,
    "one_of": lambda random, options, _day: random.choice(options),
    "day": lambda _random, days, day: (day + timedelta(days=days)).isoformat(),
    "serial": lambda random, prefix, _day: f"{prefix}{random.randint(10**7, 10**8 - 1)}",
}


def pressure(random: Random, body: Body) -> Form:
    systolic = _within(random.gauss(body.sbp, 6), 96, 174)
    diastolic = min(_within(random.gauss(body.dbp, 4), 54, 100), systolic - 24)
    return {"sbp": systolic, "dbp": diastolic, "pulse": random.randint(60, 92)}


def urgent_pressure(random: Random) -> Form:
    return {
        "sbp": random.randint(182, 198),
        "dbp": random.randint(95, 113),
        "pulse": random.randint(78, 104),
        "offer_green_channel": "accepted",
        "offer_follow_up": "accepted",
    }


def urgent_glucose(random: Random) -> Form:
    """High, low, or off the meter's scale; the hospital was offered, and declined."""
    value = random.choice(({"mmol": "17.6"}, {"mmol": "3.7"}, {"meter": "HI"}))
    why = {
        "offer_green_channel": "declined",
        "offer_follow_up": "accepted",
        "offer_reason": "老人和家属不愿住院",
    }
    return {**value, "timing": "random", **why}


def _vital_bp(random: Random, body: Body, _values: Form) -> Form:
    """Now and then read twice: all readings are kept, and their mean."""
    first = pressure(random, body)
    if random.random() < 0.12:
        readings = [first, pressure(random, body)]
        return {**{name: mean([one[name] for one in readings], None) for name in first}, "readings": readings}
    return {**first, "device": "蓝牙血压计 BP-62"} if random.random() < 0.15 else first


def _vital_glucose(random: Random, body: Body, _values: Form) -> Form:
    fasting = random.random() < 0.7
    tenths = _within(random.gauss(body.glucose + (0 if fasting else 24), 7), 43, 150)
    return {"mmol": f"{tenths // 10}.{tenths % 10}", "timing": "fasting" if fasting else "after_meal_2h"}


def _size(body: Body) -> Form:
    return {"height": f"{body.height}.0", "weight": f"{body.weight}.5"}


def _hypertension(random: Random, body: Body, values: Form) -> Form:
    read = pressure(random, body)
    met = "controlled" if read["sbp"] < 150 and read["dbp"] < 90 else "uncontrolled"
    return {**read, **_size(body), "classification": "adverse" if values["adverse"] else met}


def _diabetes(random: Random, body: Body, _values: Form) -> Form:
    tenths = _within(random.gauss(body.glucose, 6), 44, 150)
    read = {"mmol": f"{tenths // 10}.{tenths % 10}", "timing": "fasting", **pressure(random, body)}
    return {**read, **_size(body), "classification": "controlled" if tenths < 70 else "uncontrolled"}


def _checkup(random: Random, body: Body, values: Form) -> Form:
    read = pressure(random, body)
    measured = {**_size(body), "waist": f"{body.waist}.0"}
    if values["evaluation"] != "awaiting":
        measured["fasting_glucose"] = f"{body.glucose // 10}.{body.glucose % 10}"
    left = {"sbp_left": read["sbp"], "dbp_left": read["dbp"]}
    return {**measured, **left, "sbp_right": read["sbp"] + 4, "dbp_right": read["dbp"] + 2}


# Questions of each constitution that is not balanced, as the scale groups them.
_GROUPS = (
    *((2, 3, 4, 14), (11, 12, 13, 29), (10, 21, 26, 31), (9, 16, 28, 32)),
    *((23, 25, 27, 30), (19, 22, 24, 33), (5, 6, 7, 8), (15, 17, 18, 20)),
)


def _constitution(random: Random, body: Body, _values: Form) -> Form:
    """A third are balanced; the others lean to one constitution."""
    answers = {f"q{number}": random.choice((1, 1, 2)) for number in range(1, 34)}
    answers["q1"] = random.choice((4, 5))
    if random.random() > 0.34:
        answers |= {f"q{number}": random.choice((3, 3, 4)) for number in random.choice(_GROUPS)}
    return {**_size(body), "waist": f"{body.waist}.0", **answers}


def _scores(form: str) -> Callable[[Random, Body, Form], Form]:
    """Each item by how far somebody can help themselves, a little up or down."""

    def scored(random: Random, body: Body, _values: Form) -> Form:
        fields = [field for field in forms()[form]["fields"] if field["type"] == "score"]
        return {field["name"]: _score(random, form, field, body.dependent) for field in fields}

    return scored


def _score(random: Random, form: str, field: Mapping[str, Any], dependent: int) -> int:
    best_first = sorted(
        (option["value"] for option in field["options"]), reverse=form == "ability_assessment"
    )
    place = dependent * (len(best_first) - 1) // 2 + random.choice((0, 0, 0, 1, -1))
    score: int = best_first[_within(place, 0, len(best_first) - 1)]
    return score


_MEASURED: Mapping[str, Callable[[Random, Body, Form], Form]] = {
    "vital_bp": _vital_bp,
    "vital_glucose": _vital_glucose,
    "hypertension_followup": _hypertension,
    "diabetes_followup": _diabetes,
    "health_checkup": _checkup,
    "tcm_constitution_33": _constitution,
    "self_care": _scores("self_care"),
    "ability_assessment": _scores("ability_assessment"),
}
