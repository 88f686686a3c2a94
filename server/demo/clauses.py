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


_ROUNDS = Clause(
    "rounds",
    "每周巡诊",
    "Weekly round",
    {"services": ["round"], "per": "week", "makeup_days": 3, "weight": 3},
)
_ROUNDS_AT_DAY_CARE = Clause(
    "rounds",
    "每两周巡诊",
    "Fortnightly round",
    {"services": ["round"], "per": "week", "every": 2, "makeup_days": 5, "weight": 3},
)
_PRESSURE: dict[str, Any] = {
    "services": ["blood_pressure"],
    "scope": "resident",
    "per": "quarter",
    "min_gap_days": 30,
    "eligible": _OVER_65,
    "weight": 2,
}
_BP = Clause("bp", "血压测量", "Blood pressure", _PRESSURE, ((0, 2),))
_BP_AMENDED = Clause("bp", "血压测量", "Blood pressure", {**_PRESSURE, "min_gap_days": 14}, ((0, 1), (3, 2)))
_GLUCOSE = Clause(
    "glucose",
    "糖尿病人血糖检测",
    "Glucose of residents with diabetes",
    {
        "services": ["capillary_glucose"],
        "scope": "resident",
        "per": "quarter",
        "min_gap_days": 14,
        "eligible": {"any_of": ["type2_diabetes"]},
    },
    ((0, 3),),
)
_TCM = Clause(
    "tcm",
    "中医药保健指导",
    "TCM guidance",
    {
        "services": ["tcm_health_guidance"],
        "scope": "resident",
        "per": "half_year",
        "partial": "full",
        "min_days": 30,
        "eligible": _OVER_65,
    },
)
_LECTURE = Clause(
    "lecture",
    "健康讲座",
    "Health lecture",
    {
        "services": ["health_education_lecture"],
        "per": "month",
        "min_minutes": 30,
        "min_attendees": 5,
        "makeup_days": 7,
    },
)
_SIX_PARTS = Clause(
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
_RECORD = Clause(
    "health_record",
    "入住30天内建立健康档案",
    "Health record within 30 days of moving in",
    {"kind": "once", "services": ["health_record_creation"], "scope": "resident", "within_days": 30},
)
_GREEN = Clause(
    "green_channel",
    "急诊绿色通道30分钟内响应",
    "Green channel, answered within 30 minutes",
    {"kind": "on_demand", "services": [GREEN_CHANNEL], "respond_within_minutes": 30},
)
_TELEMEDICINE = Clause(
    "telemedicine",
    "远程会诊(按需)",
    "Telemedicine on demand",
    {"kind": "on_demand", "services": [TELEMEDICINE], "respond_within_minutes": None},
)
_PHARMACY = Clause(
    "pharmacy",
    "每两月药事管理指导两次",
    "Pharmacy guidance, twice in two months",
    {"services": ["pharmacy_management_guidance"], "per": "month", "every": 2, "count_by": "record"},
    ((0, 2),),
)
_TRAINING = Clause(
    "training",
    "急救技能培训(整季)",
    "First-aid training, each whole quarter",
    {"services": ["staff_first_aid_training"], "per": "quarter", "partial": "whole"},
)
_OUTBREAK = Clause(
    "outbreak",
    "传染病报告指导(协议期内一次)",
    "Guidance on reporting outbreaks, once in the term",
    {"services": ["outbreak_reporting_guidance"], "per": "term"},
)

# By the key of the care institution.
CLAUSES: dict[str, tuple[Clause, ...]] = {
    "yiyang": (_ROUNDS, _BP, _GLUCOSE, _TCM, _LECTURE, _SIX_PARTS, _RECORD, _GREEN),
    "songhe": (_ROUNDS_AT_DAY_CARE, _BP, _TCM, _LECTURE, _PHARMACY, _TELEMEDICINE),
    "qingshi_home": (_ROUNDS, _BP_AMENDED, _GLUCOSE, _TCM, _OUTBREAK, _GREEN),
    "qinghe": (_ROUNDS, _BP, _GLUCOSE, _LECTURE, _RECORD, _TRAINING),
}
