"""The examples of docs/fulfilment.md give the rates that the page names."""

import re
from pathlib import Path
from typing import Any

from server.fulfilment.rules.evaluate import evaluate
from server.fulfilment.rules.printing import result_object
from server.fulfilment.rules.scenario import read_scenario

PAGE = Path(__file__).parents[3] / "docs" / "fulfilment.md"


def documented() -> list[Any]:
    """The results of the page's scenario files, in order."""
    blocks = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [result_object(evaluate(read_scenario(block))) for block in blocks]


def test_the_worked_example() -> None:
    found, _ = documented()
    rounds, pressure = found["commitments"]
    assert (rounds["confirmed_rate"], rounds["reported_rate"], rounds["on_time_rate"]) == (
        "0.8000",
        "1.0000",
        "0.6000",
    )
    assert (pressure["confirmed_rate"], pressure["reported_rate"]) == ("0.5000", "1.0000")
    assert (found["confirmed_rate"], found["reported_rate"], found["rated"]) == ("0.7250", "1.0000", 2)


def test_why_83_percent() -> None:
    _, found = documented()
    (pressure,) = found["commitments"]
    names = ("subject", "promised", "confirmed_excused", "confirmed", "reported")
    due = [[each[name] for name in names] for each in pressure["windows"] if each["due"]]
    assert due == [["chen", 2, 0, 2, 2], ["sun", 1, 0, 1, 1], ["wang", 2, 1, 1, 1], ["zhao", 2, 0, 1, 2]]
    assert (found["confirmed_rate"], found["reported_rate"]) == ("0.8333", "1.0000")


def test_every_reason_is_in_the_table() -> None:
    rules = PAGE.parents[1] / "server" / "fulfilment" / "rules" / "explain.py"
    literal = re.search(
        r"^Reason = Literal\[(.*?)\]", rules.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert literal is not None
    reasons = set(re.findall(r'"(\w+)"', literal[1]))
    told = PAGE.read_text(encoding="utf-8").split("### What a record is told")[1].split("###")[0]
    # An application never gives the engine the records of somebody else or of another service.
    assert {reason for reason in reasons if f"`{reason}`" not in told} == {"other_subject", "other_service"}
