"""Residents who never lived: names, birthdays and conditions drawn from a seed."""

from datetime import date, timedelta
from random import Random

from server.demo.county import REGION
from server.residents.rules import identity_check_digit
from server.residents.service import NewResident

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹"
_FEMALE = ("秀英", "桂兰", "玉珍", "凤英", "素芬", "淑华", "月娥", "翠花", "惠芳", "菊香", "阿妹", "金花")
_MALE = ("建国", "德福", "国华", "志强", "永昌", "宝根", "金水", "福生", "长林", "阿根", "世荣", "明德")
_CONDITIONS = (("hypertension", 0.58), ("type2_diabetes", 0.27), ("disabled", 0.18))


def new_residents(random: Random, count: int, agreement_starts: date, today: date) -> list[NewResident]:
    """`count` people: most there before the agreement began, some moved in since."""
    return [_resident(random, number, agreement_starts, today) for number in range(1, count + 1)]


def _resident(random: Random, number: int, agreement_starts: date, today: date) -> NewResident:
    sex = "female" if random.random() < 0.6 else "male"
    born = date(random.randint(1930, 1964), random.randint(1, 12), random.randint(1, 28))
    family, given = random.choice(_FAMILY), random.choice(_FEMALE if sex == "female" else _MALE)
    newcomer = random.random() < 0.15
    span = (today - agreement_starts).days
    moved_in = agreement_starts + timedelta(days=random.randint(10, max(11, span - 10) if newcomer else 11))
    if not newcomer:
        moved_in = agreement_starts - timedelta(days=random.randint(30, 1200))
    return NewResident(
        name=family + given,
        sex=sex,
        born=born,
        bed=f"{1 + number // 10}{number % 10 + 1:02d}-{random.randint(1, 2)}",
        moved_in=moved_in,
        identity_number=_identity_number(born, sex, number),
        conditions=tuple(
            (code, born + timedelta(days=365 * 60)) for code, share in _CONDITIONS if random.random() < share
        ),
        consented_on=moved_in,
    )


def _identity_number(born: date, sex: str, number: int) -> str:
    """A number with a right check digit in an area that does not exist; odd sequence numbers are men's."""
    sequence = 2 * (number % 480) + (1 if sex == "male" else 0)
    first = f"{REGION}{born:%Y%m%d}{sequence:03d}"
    return first + identity_check_digit(first)
