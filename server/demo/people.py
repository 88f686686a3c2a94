"""Residents who never lived: names, birthdays and conditions drawn from a seed."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from uuid import UUID

from server.demo.county import REGION, Place
from server.demo.filling import Body, new_body
from server.residents.rules import identity_check_digit
from server.residents.service import NewResident

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹沈潘袁蒋蔡余叶程魏陆"
_FEMALE = (
    *("秀英", "桂兰", "玉珍", "凤英", "素芬", "淑华", "月娥", "翠花", "惠芳", "菊香", "阿妹", "金花"),
    *("美珍", "兰英", "秋菊", "爱娣", "水仙", "巧珍", "云仙", "瑞英", "文娟", "梅花"),
)
_MALE = (
    *("建国", "德福", "国华", "志强", "永昌", "宝根", "金水", "福生", "长林", "阿根", "世荣", "明德"),
    *("水生", "炳坤", "连生", "树林", "振华", "仁贵", "洪才", "正明"),
)
_RELATIVES = (("儿子", "明"), ("女儿", "芳"), ("儿媳", "红"), ("侄子", "伟"), ("外孙", "磊"))


@dataclass(slots=True)
class Elder:
    """A resident as the making of the county remembers them; `ends` is the last day of their stay."""

    id: UUID
    name: str
    born: date
    starts: date
    conditions: frozenset[str]
    body: Body
    ends: date | None = None

    def there(self, day: date) -> bool:
        return self.starts <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class Newcomer:
    new: NewResident
    conditions: frozenset[str]
    body: Body


def newcomers(random: Random, place: Place, first_number: int, since: date, today: date) -> list[Newcomer]:
    """Who lives in a place: most were there before the agreements began, some moved in since.

    `first_number` goes on from place to place, so that no two have one identity number.
    """
    taken: set[str] = set()
    return [
        _newcomer(random, place, first_number + number, number, taken, since, today)
        for number in range(place.residents)
    ]


def _newcomer(
    random: Random, place: Place, serial: int, number: int, taken: set[str], since: date, today: date
) -> Newcomer:
    sex = "female" if random.random() < 0.6 else "male"
    name = _name(random, sex, taken)
    born = date(random.randint(1931, 1959), random.randint(1, 12), random.randint(1, 28))
    conditions = _conditions(random, place.frailty)
    moved_in = _moved_in(random, since, today)
    new = NewResident(
        name=name,
        sex=sex,
        born=born,
        bed=f"{number + 1:02d}号"
        if place.day_care
        else f"{2 + number // 20}{1 + number % 20 // 2:02d}-{number % 2 + 1}",
        moved_in=moved_in,
        identity_number=_identity_number(born, sex, serial),
        conditions=tuple((code, born + timedelta(days=365 * 60)) for code in sorted(conditions)),
        consented_on=moved_in,
        emergency_contact=_contact(random, name, serial),
    )
    return Newcomer(new, conditions, new_body(random, sex, conditions))


def _name(random: Random, sex: str, taken: set[str]) -> str:
    """Nobody in a place has another's name: who reads a list of them knows who is meant."""
    while True:
        name = random.choice(_FAMILY) + random.choice(_FEMALE if sex == "female" else _MALE)
        if name not in taken:
            taken.add(name)
            return name


def _conditions(random: Random, frailty: float) -> frozenset[str]:
    """`frailty` from 0, who come by day and walk home, to 1, a nursing home."""
    shares = {
        "hypertension": 0.56,
        "type2_diabetes": 0.26,
        "disabled": 0.08 + 0.4 * frailty,
        "dementia": 0.06 + 0.2 * frailty,
    }
    found = {code for code, share in shares.items() if random.random() < share}
    if "disabled" in found and random.random() < 0.2 + 0.4 * frailty:
        found.add("bedridden")
    if "bedridden" in found and random.random() < 0.25 * frailty:
        found.add("end_of_life")
    return frozenset(found)


def _moved_in(random: Random, since: date, today: date) -> date:
    span = (today - since).days
    if random.random() < 0.12 and span > 25:
        return since + timedelta(days=random.randint(10, span - 10))
    return since - timedelta(days=random.randint(30, 1200))


def _contact(random: Random, name: str, serial: int) -> dict[str, str]:
    """A relative; nobody has such a number."""
    relation, given = random.choice(_RELATIVES)
    return {"name": name[0] + given, "relation": relation, "phone": f"199000{serial:05d}"}


def _identity_number(born: date, sex: str, serial: int) -> str:
    """A number with a right check digit in an area that does not exist; odd sequence numbers are men's."""
    sequence = 2 * (serial % 480) + (1 if sex == "male" else 0)
    first = f"{REGION}{born:%Y%m%d}{sequence:03d}"
    return first + identity_check_digit(first)
