"""From text to a document: JSON without floats, and nothing given twice."""

import json
from collections.abc import Callable
from fractions import Fraction

import pytest

from server.fulfilment.rules.reading import ScenarioError
from server.fulfilment.rules.scenario import read_scenario
from tests.rules.fulfilment.document import DOCUMENT, changed


def weighted(text: str) -> Callable[[], Fraction]:
    document = json.dumps(DOCUMENT).replace('"weight": 1', f'"weight": {text}')
    return lambda: read_scenario(document).commitments[0].weight


@pytest.mark.parametrize(
    ("text", "weight"), [("3", Fraction(3)), ("0.1", Fraction(1, 10)), ("1.50e1", Fraction(15))]
)
def test_weights_are_exact(text: str, weight: Fraction) -> None:
    assert weighted(text)() == weight


@pytest.mark.parametrize(
    "text", ["0", "-1", "0.0", "true", "null", '"1"', "1e10", "1e-101", "1e999999", "1e-99999999", "[]"]
)
def test_weights_are_positive_numbers(text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        weighted(text)()
    assert caught.value.path == "commitments[0].weight"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"as_of": NaN}',
        '{"weight": 1e9999999999999999999999}',
        "[" * 100_000,
        b"\xff\xfe\xff",
        '{"as_of": "é"}'.encode("latin-1"),
        json.dumps(DOCUMENT).encode("utf-16"),
        json.dumps(DOCUMENT).encode("utf-16-le"),
        json.dumps(DOCUMENT).encode("utf-32"),
        b'{"as_of": "\xed\xa0\x80"}',
    ],
)
def test_not_json(text: str | bytes) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(text)
    assert caught.value.path == "$"


def test_a_field_given_twice_in_one_object() -> None:
    text = json.dumps(DOCUMENT).replace('"per": "week"', '"per": "week", "per": "day"')
    with pytest.raises(ScenarioError) as caught:
        read_scenario(text)
    assert (caught.value.path, caught.value.reason) == ("commitments[0].per", "field given twice")


def test_an_unknown_field_at_the_top_may_come_twice() -> None:
    text = json.dumps(DOCUMENT)
    assert read_scenario('{"note": 1, "note": 2, ' + text[1:]) == read_scenario(text)


def test_a_number_too_long_to_hold_is_refused_by_the_name_of_its_field() -> None:
    for digits in ("9" * 50, "9" * 5000, "-" + "9" * 5000):
        with pytest.raises(ScenarioError) as caught:
            read_scenario(json.dumps(DOCUMENT).replace('"count": 1', f'"count": {digits}', 1))
        assert caught.value.path == "commitments[0].terms[0].count"


def test_a_byte_order_mark_is_no_text() -> None:
    text = json.dumps(DOCUMENT)
    assert read_scenario(b"\xef\xbb\xbf" + text.encode()) == read_scenario(text)


def test_text_in_utf_8() -> None:
    document = changed("commitments.0.key", "巡诊")
    assert read_scenario(json.dumps(document, ensure_ascii=False).encode()).commitments[0].key == "巡诊"
