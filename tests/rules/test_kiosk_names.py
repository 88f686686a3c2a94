"""How a kiosk's screen names those who checked in."""

import json
from pathlib import Path

import pytest

from server import kiosks
from server.kiosks.rules import surname_of

COMPOUND: list[str] = json.loads(
    (Path(kiosks.__file__).parent / "data" / "compound_surnames.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("王医生", "王"),
        ("欧阳修", "欧阳"),
        ("司马相如", "司马"),
        ("  诸葛亮 ", "诸葛"),
        ("欧阳", "欧"),  # two characters are a surname and a name
        ("司徒", "司"),
        ("马司令", "马"),
        ("阿依古丽·买买提", "阿依古丽"),
        ("约翰•史密斯", "约翰"),
        ("𫍽小明", "𫍽"),  # beyond the plane that most fonts have
        ("John Smith", "Smith"),
        ("Smith, John", "Smith"),
        ("WANG Xiaoming", "WANG"),
        ("LI Wei", "LI"),
        ("Xiaoming OUYANG", "OUYANG"),
        ("ANNA MARIA ROSSI", "ROSSI"),
        ("J. R. Miller", "Miller"),
        ("Madonna", "Madonna"),
        ("", ""),
    ],
)
def test_by_the_surname(name: str, surname: str) -> None:
    assert surname_of(name, COMPOUND) == surname


def test_the_list_holds_surnames_of_two_characters_once_each() -> None:
    assert len(set(COMPOUND)) == len(COMPOUND)
    assert {len(name) for name in COMPOUND} == {2}
