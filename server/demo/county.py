"""Who there is in the demo county. Its area codes, 9999.., do not exist."""

from dataclasses import dataclass

from server.auth.roles import OrganisationKind, Role

REGION = "999901"
# Code, name in Chinese and English: a province, a city and two counties that are on no map.
REGIONS = (
    ("990000", "示范省", "Demo Province"),
    ("999900", "云石市", "Yunshi City"),
    (REGION, "云溪县", "Yunxi County"),
    ("999902", "石桥区", "Shiqiao District"),
)
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
    region: str = REGION


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
    Place(
        "shiqiao",
        OrganisationKind.MEDICAL,
        "石桥区人民医院",
        "石桥街道",
        "石桥区解放路102号",
        region="999902",
    ),
    Place(
        "qinghe",
        OrganisationKind.CARE,
        "清和护理院",
        "石桥街道",
        "石桥区清和路7号",
        (30.1983, 120.2216),
        16,
        "999902",
    ),
    Place("province", OrganisationKind.REGULATOR, "示范省卫生健康委员会", "", "省府路1号", region="990000"),
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
    Person("doctor3", "钱伟", "shiqiao", Role.CLINICIAN, "physician"),
    Person("manager3", "冯雅琴", "shiqiao", Role.MANAGER),
    Person("staff4", "蒋玉兰", "qinghe", Role.CARE_STAFF),
    Person("province", "沈国平", "province", Role.REGULATOR),
    Person("civil", "郑美玲", "civil", Role.REGULATOR),
)


@dataclass(frozen=True, slots=True)
class Deal:
    """An agreement: who serves whom, on which weekday (0 Monday) and by whom; how reliable each side is.

    `misses` and `late` are shares of visits, `disputes` one of rounds; a visit comes every `every` weeks.
    `kiosk_by` put up a kiosk in the home's hall.
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
    every: int = 1
    kiosk_by: str | None = None


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
        kiosk_by="home",
    ),
    Deal("chengguan", "songhe", "云卫签〔2026〕02号", 3, ("doctor",), "staff2", 0.16, 0.08, 0.10, every=2),
    Deal("qingshi", "qingshi_home", "云卫签〔2026〕03号", 2, ("doctor2",), "staff3", 0.10, 0.08, 0.12),
    Deal("shiqiao", "qinghe", "石卫签〔2026〕11号", 4, ("doctor3",), "staff4", 0.04, 0.05, 0.05),
)
