"""Who and what there is in the demo county. The area code 999901 does not exist."""

from dataclasses import dataclass
from typing import Any

from server.auth.roles import OrganisationKind, Role

REGION = "999901"
PASSWORD = "xunyue-demo"


@dataclass(frozen=True, slots=True)
class Place:
    key: str
    kind: OrganisationKind
    name: str
    town: str
    address: str
    location: tuple[float, float] | None = None
    residents: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    login: str
    name: str
    place: str
    role: Role
    certificate: str | None = None
    certificate_ends_days_ago: int | None = None


PLACES = (
    Place(
        "chengguan", OrganisationKind.MEDICAL, "云溪县城关社区卫生服务中心", "城关街道", "云溪县人民路18号"
    ),
    Place("qingshi", OrganisationKind.MEDICAL, "云溪县青石镇中心卫生院", "青石镇", "青石镇卫生路6号"),
    Place(
        "yiyang",
        OrganisationKind.CARE,
        "颐养园养老院",
        "城关街道",
        "云溪县湖滨路29号",
        (30.2741, 120.1551),
        26,
    ),
    Place(
        "songhe",
        OrganisationKind.CARE,
        "松鹤日间照料中心",
        "城关街道",
        "云溪县松鹤巷3号",
        (30.2689, 120.1634),
        12,
    ),
    Place(
        "qingshi_home",
        OrganisationKind.CARE,
        "青石镇敬老院",
        "青石镇",
        "青石镇溪东村88号",
        (30.3127, 120.0874),
        22,
    ),
    Place("health", OrganisationKind.REGULATOR, "云溪县卫生健康局", "", "云溪县政府路1号"),
    Place("civil", OrganisationKind.REGULATOR, "云溪县民政局", "", "云溪县政府路1号"),
)

PEOPLE = (
    Person("doctor", "李文静", "chengguan", Role.CLINICIAN, "physician"),
    Person("nurse", "周晓燕", "chengguan", Role.CLINICIAN, "nurse", 75),
    Person("doctor2", "赵国强", "qingshi", Role.CLINICIAN, "physician"),
    Person("manager", "陈建华", "chengguan", Role.MANAGER),
    Person("manager2", "吴志明", "qingshi", Role.MANAGER),
    Person("staff", "王秀兰", "yiyang", Role.CARE_STAFF),
    Person("staff2", "孙丽娟", "songhe", Role.CARE_STAFF),
    Person("staff3", "马春花", "qingshi_home", Role.CARE_STAFF),
    Person("home", "何永福", "yiyang", Role.MANAGER),
    Person("health", "林海涛", "health", Role.REGULATOR),
    Person("civil", "郑美玲", "civil", Role.REGULATOR),
)


@dataclass(frozen=True, slots=True)
class Deal:
    """An agreement: who serves whom, on which weekday (0 Monday) and by whom; how reliable each side is.

    `misses` and `late` are shares of weeks, `disputes` a share of rounds.
    """

    medical: str
    care: str
    number: str
    weekday: int
    clinicians: tuple[str, ...]
    staff: str
    misses: float
    late: float
    disputes: float


DEALS = (
    Deal(
        "chengguan",
        "yiyang",
        "云卫签〔2026〕01号",
        1,
        ("doctor", "doctor", "nurse"),
        "staff",
        0.05,
        0.06,
        0.08,
    ),
    Deal("chengguan", "songhe", "云卫签〔2026〕02号", 3, ("doctor",), "staff2", 0.16, 0.08, 0.10),
    Deal("qingshi", "qingshi_home", "云卫签〔2026〕03号", 2, ("doctor2",), "staff3", 0.10, 0.08, 0.12),
)

_OVER_65: dict[str, Any] = {"min_age": 65}
# key, title in Chinese and English, clause, count
CLAUSES: tuple[tuple[str, str, str, dict[str, Any], int], ...] = (
    (
        "rounds",
        "每周巡诊",
        "Weekly round",
        {"services": ["round"], "per": "week", "makeup_days": 3, "weight": 3},
        1,
    ),
    (
        "bp",
        "血压测量",
        "Blood pressure",
        {
            "services": ["blood_pressure"],
            "scope": "resident",
            "per": "quarter",
            "min_gap_days": 30,
            "eligible": _OVER_65,
            "weight": 2,
        },
        2,
    ),
    (
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
        3,
    ),
    (
        "tcm",
        "中医药保健指导",
        "TCM guidance",
        {
            "services": ["tcm_health_guidance"],
            "scope": "resident",
            "per": "half_year",
            "partial": "full",
            "eligible": _OVER_65,
        },
        1,
    ),
    (
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
        1,
    ),
)
