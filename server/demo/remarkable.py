"""What is rare and yet must be seen: every urgent code, every level of a scale and what adjusts one."""

from collections.abc import Mapping
from typing import Any

from server.catalogue.queries import forms, services
from server.demo import phone
from server.demo.filling import Form, filled
from server.demo.making import Home, Making
from server.demo.people import Elder
from server.demo.phone import Visit

_SAID_WHOLLY = ("vital_bp", "vital_glucose")
_HOME = "fuyuan"
_LATELY = 10  # days: no result of the laboratory has come since
_SHOWN = "remarkable", 0
_OFFERED = {"offer_green_channel": "accepted", "offer_follow_up": "accepted"}
_DECLINED = {
    "offer_green_channel": "declined",
    "offer_follow_up": "declined",
    "offer_reason": "家属要求先观察",
}
_CASES: tuple[tuple[str, Form], ...] = (
    ("blood_pressure", {"sbp": 168, "dbp": 94, "danger_signs": ["chest_tightness"], **_DECLINED}),
    ("capillary_glucose", {"meter": "LO", "timing": "random", **_DECLINED}),
    ("capillary_glucose", {"meter": "HI", "timing": "random", **_OFFERED}),
    ("capillary_glucose", {"mmol": "17.9", "timing": "random", **_OFFERED}),
    ("capillary_glucose", {"mmol": "3.6", "timing": "fasting", **_OFFERED}),
    ("diabetes_management", {"danger_signs": ["nausea_vomiting"], **_OFFERED}),
    ("health_checkup", {"sbp_right": 186, "dbp_right": 112, **_OFFERED}),
    ("psychological_support", {"reasons": ["low", "loss"], "self_harm": "thoughts", **_OFFERED}),
    ("crisis_intervention", {"kind": "self_harm", "risk": "high", "outcome": "hospital", **_OFFERED}),
    ("mental_health_treatment", {"symptoms": ["violent"], "risk": "r3", **_OFFERED}),
)
# How many items of a scale are how many steps below the best.
_ASSESSED: tuple[tuple[str, int, int, Form], ...] = (
    ("disabled_elder_assessment", 0, 0, {"mental_diagnosis": False, "risk_events": 0}),
    ("disabled_elder_assessment", 12, 1, {"mental_diagnosis": False, "risk_events": 0}),
    ("disabled_elder_assessment", 12, 1, {"mental_diagnosis": True, "risk_events": 3}),
    ("nursing_needs_assessment", 2, 1, {}),
    ("nursing_needs_assessment", 5, 1, {}),
    ("nursing_needs_assessment", 5, 2, {}),
)
_COMA: Form = {"occasion": "changed", "coma": True}
MISTAKEN = {"sbp": 188, "dbp": 102, **_OFFERED}


def show_remarkable(making: Making, home: Home, visit: Visit) -> None:
    """On one visit of one home; the last is a reading of the wrong resident, which is withdrawn later."""
    if home.deal.care != _HOME or (making.today - visit.day).days > _LATELY or _SHOWN in home.held:
        return
    home.held[_SHOWN] = len(_CASES) + len(_ASSESSED)
    elders = iter(home.there(visit.day))
    for service, said in _CASES:
        _log(making, visit, service, next(elders), said)
    for service, items, steps, said in _ASSESSED:
        _log(making, visit, service, next(elders), {**_scored(service, items, steps), **said})
    phone.log(visit, "disabled_elder_assessment", next(elders).id, _COMA)
    _log(making, visit, "blood_pressure", next(elders), MISTAKEN)


def _log(making: Making, visit: Visit, service: str, elder: Elder, said: Form) -> None:
    """As remarkable as it is, nobody corrects it or disputes it."""
    code = services()[service].form
    plain = filled(making.random, code, visit.day, elder.body) if code and code not in _SAID_WHOLLY else {}
    visit.lines[phone.log(visit, service, elder.id, {**plain, **said})].led = True


def _scored(service: str, items: int, steps: int) -> Form:
    code = services()[service].form
    scores = [field for field in forms()[code or ""]["fields"] if field["type"] == "score"]
    return {
        field["name"]: _best_first(code, field)[steps if number < items else 0]
        for number, field in enumerate(scores)
    }


def _best_first(code: str | None, field: Mapping[str, Any]) -> list[int]:
    return sorted((option["value"] for option in field["options"]), reverse=code == "ability_assessment")
