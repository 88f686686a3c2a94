"""What the agreements of the demo county promise: every kind of clause is in one of them."""

from dataclasses import dataclass
from typing import Any

_OVER_65: dict[str, Any] = {"min_age": 65}
SIX_PARTS = (
    *("blood_pressure", "capillary_glucose", "rehabilitation_guidance"),
    *("nursing_skill_guidance", "health_consultation", "nutrition_guidance"),
)
GREEN_CHANNEL, TELEMEDICINE = "green_channel_emergency", "telemedicine_service"


@dataclass(frozen=True, slots=True)
class Clause:
    """`terms` are (whole months after the agreement's first day, count): later ones amend earlier ones."""

    key: str
    zh: str
    en: str
    clause: dict[str, Any]
    terms: tuple[tuple[int, int], ...] = ((0, 1),)


def _of_residents(key: str, zh: str, en: str, service: str, per: str, count: int, **more: Any) -> Clause:
    """So many a period for each resident it is about."""
    clause = {"services": [service], "scope": "resident", "per": per, **more}
    return Clause(key, zh, en, clause, ((0, count),))


def _of_place(key: str, zh: str, en: str, service: str, per: str, count: int = 1, **more: Any) -> Clause:
    return Clause(key, zh, en, {"services": [service], "per": per, **more}, ((0, count),))


def _those_with(*conditions: str) -> dict[str, Any]:
    return {"any_of": list(conditions)}


ROUNDS = _of_place("rounds", "每周巡诊", "Weekly round", "round", "week", makeup_days=3, weight=3)
ROUNDS_AT_DAY_CARE = _of_place(
    *("rounds", "每两周巡诊", "Fortnightly round", "round", "week"), every=2, makeup_days=5, weight=3
)
_PRESSURE: dict[str, Any] = {
    "services": ["blood_pressure"],
    "scope": "resident",
    "per": "quarter",
    "eligible": _OVER_65,
    "weight": 2,
}
BP = Clause("bp", "血压测量", "Blood pressure", {**_PRESSURE, "min_gap_days": 30}, ((0, 2),))
BP_AMENDED = Clause("bp", "血压测量", "Blood pressure", {**_PRESSURE, "min_gap_days": 14}, ((0, 1), (3, 2)))
GLUCOSE = _of_residents(
    *("glucose", "糖尿病人血糖检测", "Glucose of residents with diabetes", "capillary_glucose", "quarter", 3),
    min_gap_days=14,
    eligible=_those_with("type2_diabetes"),
)
TCM = _of_residents(
    *("tcm", "中医药保健指导", "TCM guidance", "tcm_health_guidance", "half_year", 1),
    partial="full",
    min_days=30,
    eligible=_OVER_65,
)
CONSTITUTION = _of_residents(
    *("constitution", "中医体质辨识", "TCM constitution", "tcm_constitution_identification", "year", 1),
    eligible=_OVER_65,
)
TCM_MANAGEMENT = _of_place(
    *("tcm_management", "中医药健康管理", "TCM health management", "tcm_health_management", "week"),
    count_by="record",
    count=2,
)
HYPERTENSION = _of_residents(
    *("hypertension", "高血压患者随访", "Follow-up of hypertension", "hypertension_management", "quarter", 1),
    eligible=_those_with("hypertension"),
    weight=2,
)
DIABETES = _of_residents(
    *("diabetes", "糖尿病患者随访", "Follow-up of diabetes", "diabetes_management", "quarter", 1),
    eligible=_those_with("type2_diabetes"),
)
CHECKUP = _of_residents(
    *("checkup", "老年人健康体检", "Yearly check-up", "health_checkup", "year", 1),
    eligible=_OVER_65,
    align="anniversary",
    makeup_days=30,
    weight=2,
)
ABILITY = _of_residents(
    *("ability", "失能老人评估", "Assessment of disability", "disabled_elder_assessment", "half_year", 1),
    eligible=_those_with("disabled", "bedridden"),
)
TUBES = _of_residents(
    *("bedridden", "卧床老人专业护理", "Nursing of the bedridden", "professional_nursing_other", "month", 2),
    eligible=_those_with("bedridden"),
    weight=2,
)
MENTAL = _of_residents(
    *("mental", "认知障碍老人诊疗", "Treatment of dementia", "mental_health_treatment", "quarter", 1),
    eligible=_those_with("dementia"),
)
LECTURE = _of_place(
    *("lecture", "健康讲座", "Health lecture", "health_education_lecture", "month"),
    min_minutes=30,
    min_attendees=5,
    makeup_days=7,
)
SIX = Clause(
    "six_parts",
    "65岁及以上老年人医养结合服务(六项)",
    "Six-part service for those over 65",
    {
        "services": list(SIX_PARTS),
        "match": "all",
        "scope": "resident",
        "per": "year",
        "align": "anniversary",
        "eligible": _OVER_65,
    },
    ((0, 2),),
)
RECORD = Clause(
    "health_record",
    "入住30天内建立健康档案",
    "Health record within 30 days of moving in",
    {"kind": "once", "services": ["health_record_creation"], "scope": "resident", "within_days": 30},
)
GREEN = Clause(
    "green_channel",
    "急诊绿色通道30分钟内响应",
    "Green channel, answered within 30 minutes",
    {"kind": "on_demand", "services": [GREEN_CHANNEL], "respond_within_minutes": 30},
)
REMOTE = Clause(
    "telemedicine",
    "远程会诊(按需)",
    "Telemedicine on demand",
    {"kind": "on_demand", "services": [TELEMEDICINE], "respond_within_minutes": None},
)
PHARMACY = _of_place(
    *("pharmacy", "每两月药事管理指导两次", "Pharmacy guidance, twice in two months"),
    *("pharmacy_management_guidance", "month", 2),
    every=2,
    count_by="record",
)
INFECTION = _of_place(
    *("infection", "院感防控指导", "Infection control", "infection_control_guidance", "month"), makeup_days=10
)
TRAINING = _of_place(
    *("training", "急救技能培训(整季)", "First-aid training, each whole quarter"),
    *("staff_first_aid_training", "quarter"),
    partial="whole",
)
OUTBREAK = _of_place(
    *("outbreak", "传染病报告指导(协议期内一次)", "Guidance on reporting outbreaks, once in the term"),
    *("outbreak_reporting_guidance", "term"),
)
