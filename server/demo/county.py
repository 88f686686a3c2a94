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
NEIGHBOUR = "999902"
PASSWORD = "xunyue-demo"
HOSPITAL = "renmin"  # takes in whom the homes of the county send


@dataclass(frozen=True, slots=True)
class Place:
    """`frailty` of who lives there, from 0 to 1; a `clinic` of its own: none, insufficient or sufficient.

    `location` is in degrees of `datum`. `day_care`: people come by day.
    """

    key: str
    kind: OrganisationKind
    name: str
    town: str
    address: str
    location: tuple[float, float] | None = None
    residents: int = 0
    frailty: float = 0.3
    day_care: bool = False
    clinic: str = "none"
    datum: str = "WGS-84"
    region: str = REGION


@dataclass(frozen=True, slots=True)
class Person:
    login: str
    name: str
    place: str
    role: Role
    certificate: str | None = None
    certificate_ends_days_ago: int | None = None


def _medical(key: str, name: str, town: str, address: str, region: str = REGION) -> Place:
    return Place(key, OrganisationKind.MEDICAL, name, town, address, region=region)


def _bureau(key: str, name: str, address: str, region: str = REGION) -> Place:
    return Place(key, OrganisationKind.REGULATOR, name, "", address, region=region)


_CARE = OrganisationKind.CARE
MEDICAL = (
    _medical("chengguan", "云溪县城关社区卫生服务中心", "城关街道", "云溪县人民路18号"),
    _medical("qingshi", "云溪县青石镇中心卫生院", "青石镇", "青石镇卫生路6号"),
    _medical("renmin", "云溪县人民医院", "城关街道", "云溪县健康大道200号"),
    _medical("zhongyi", "云溪县中医院", "城关街道", "云溪县杏林路55号"),
    _medical("longtan", "云溪县龙潭镇卫生院", "龙潭镇", "龙潭镇中心街31号"),
    _medical("hexi", "云溪县河西乡卫生院", "河西乡", "河西乡新村路9号"),
    _medical("shiqiao", "石桥区人民医院", "石桥街道", "石桥区解放路102号", NEIGHBOUR),
)
CARE = (
    Place("yiyang", _CARE, "颐养园养老院", "城关街道", "云溪县湖滨路29号", (30.2741, 120.1551), 72),
    Place(
        *("songhe", _CARE, "松鹤日间照料中心", "城关街道", "云溪县松鹤巷3号", (30.2689, 120.1634)),
        residents=24,
        frailty=0.0,
        day_care=True,
    ),
    Place(
        *("qingshi_home", _CARE, "青石镇敬老院", "青石镇", "青石镇溪东村88号", (30.3127, 120.0874)),
        residents=54,
    ),
    Place(
        *("fuyuan", _CARE, "福源护理院", "城关街道", "云溪县康宁路66号", (30.2811, 120.1702)),
        residents=96,
        frailty=1.0,
        clinic="sufficient",
    ),
    Place(
        *("hupan", _CARE, "湖畔康养中心", "城关街道", "云溪县湖滨路118号", (30.2603, 120.1498)),
        residents=64,
        clinic="insufficient",
    ),
    Place("yanghe", _CARE, "阳和老年公寓", "城关街道", "云溪县阳和街7号", (30.2866, 120.1417), 48, 0.1),
    Place(
        *("dongping", _CARE, "东坪居家养老服务中心", "青石镇", "青石镇东坪村12号", (30.3291, 120.1013)),
        residents=20,
        frailty=0.4,
        day_care=True,
    ),
    Place(
        *("longtan_home", _CARE, "龙潭镇敬老院", "龙潭镇", "龙潭镇桥头村5号", (30.2214, 120.2093)),
        residents=58,
    ),
    Place(
        *("xitan", _CARE, "溪滩日间照料中心", "龙潭镇", "龙潭镇溪滩村40号", (30.2079, 120.2301)),
        residents=18,
        frailty=0.0,
        day_care=True,
    ),
    Place(
        *("hexi_home", _CARE, "河西乡敬老院", "河西乡", "河西乡上坞村2号", (30.2460, 120.0412)),
        residents=46,
        frailty=0.4,
    ),
    Place(
        *("ankang", _CARE, "安康养护院", "城关街道", "云溪县康宁路90号", (30.2833, 120.1749)),
        residents=60,
        frailty=0.7,
        clinic="insufficient",
        datum="GCJ-02",  # read from a Chinese map
    ),
    Place(
        *("yian", _CARE, "颐安养老服务中心", "河西乡", "河西乡集镇路77号", (30.2391, 120.0563)),
        residents=40,
    ),
    Place(
        *("qinghe", _CARE, "清和护理院", "石桥街道", "石桥区清和路7号", (30.1983, 120.2216)),
        residents=16,
        frailty=0.8,
        region=NEIGHBOUR,
    ),
)
BUREAUS = (
    _bureau("province", "示范省卫生健康委员会", "省府路1号", "990000"),
    _bureau("health", "云溪县卫生健康局", "云溪县政府路1号"),
    _bureau("civil", "云溪县民政局", "云溪县政府路1号"),
)
PLACES = (*MEDICAL, *CARE, *BUREAUS)

_CLINICIAN, _MANAGER, _STAFF = Role.CLINICIAN, Role.MANAGER, Role.CARE_STAFF
# Some logins go on by number from those that there were first: guides name them.
PEOPLE = (
    Person("doctor", "李文静", "chengguan", _CLINICIAN, "physician"),
    Person("nurse", "周晓燕", "chengguan", _CLINICIAN, "nurse", 75),
    Person("nurse2", "徐梦洁", "chengguan", _CLINICIAN, "nurse"),
    Person("doctor2", "赵国强", "qingshi", _CLINICIAN, "physician"),
    Person("nurse3", "叶春梅", "qingshi", _CLINICIAN, "nurse"),
    Person("doctor3", "钱伟", "shiqiao", _CLINICIAN, "physician"),
    Person("doctor4", "孙志远", "renmin", _CLINICIAN, "physician"),
    Person("nurse4", "黄丽", "renmin", _CLINICIAN, "nurse"),
    Person("doctor5", "许怀仁", "zhongyi", _CLINICIAN, "physician"),
    Person("doctor6", "邓家明", "longtan", _CLINICIAN, "physician"),
    Person("doctor7", "曹大勇", "hexi", _CLINICIAN, "physician"),
    Person("nurse5", "韩小琴", "hexi", _CLINICIAN, "nurse"),
    Person("manager", "陈建华", "chengguan", _MANAGER),
    Person("manager2", "吴志明", "qingshi", _MANAGER),
    Person("manager3", "冯雅琴", "shiqiao", _MANAGER),
    Person("manager4", "胡敏", "renmin", _MANAGER),
    Person("manager5", "程远山", "zhongyi", _MANAGER),
    Person("manager6", "潘国平", "longtan", _MANAGER),
    Person("manager7", "魏长河", "hexi", _MANAGER),
    Person("staff", "王秀兰", "yiyang", _STAFF),
    Person("staff2", "孙丽娟", "songhe", _STAFF),
    Person("staff3", "马春花", "qingshi_home", _STAFF),
    Person("staff4", "蒋玉兰", "qinghe", _STAFF),
    Person("staff5", "沈玉琴", "fuyuan", _STAFF),
    Person("staff6", "陆佳怡", "hupan", _STAFF),
    Person("staff7", "金小燕", "yanghe", _STAFF),
    Person("staff8", "方红", "dongping", _STAFF),
    Person("staff9", "张巧云", "longtan_home", _STAFF),
    Person("staff10", "陶美华", "xitan", _STAFF),
    Person("staff11", "杨桂花", "hexi_home", _STAFF),
    Person("staff12", "傅丽萍", "ankang", _STAFF),
    Person("staff13", "陆小妹", "yian", _STAFF),
    Person("home", "何永福", "yiyang", _MANAGER),
    Person("home2", "袁立新", "fuyuan", _MANAGER),
    Person("home3", "蔡文彬", "hexi_home", _MANAGER),
    Person("home4", "余静", "hupan", _MANAGER),
    Person("health", "林海涛", "health", Role.REGULATOR),
    Person("civil", "郑美玲", "civil", Role.REGULATOR),
    Person("province", "沈国平", "province", Role.REGULATOR),
)


def login_of(place: str, role: Role) -> str | None:
    """The first who has that role in a place."""
    return next((person.login for person in PEOPLE if (person.place, person.role) == (place, role)), None)
