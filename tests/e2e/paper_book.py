"""The same round in the paper book, counted at its best: what a pen would have to do, from the same values.

One written character (a digit, a letter, a Chinese character of however many strokes, a mark such as "/") is
one act, and so are a tick, a ring around a value and a whole signature. Leafing, looking up, reading and
thinking cost nothing. Names and beds are printed beforehand wherever a list can be; nothing is copied out.
"""

from collections.abc import Sequence

TICK = "✓"
RING = "○"
SIGNATURE = "签"
DAY = "11.22"  # as written at the head of a sheet
TIME = "9:05"

# Of the constitution's sheet: an answer to each question, the sum of each of nine types and what it says.
QUESTIONS, TYPES = 33, 9


def written(*texts: str) -> int:
    """How many acts of a pen these are."""
    return sum(len("".join(text.split())) for text in texts)


def visit() -> int:
    """Arrival and departure, signed by the clinician; the home's own signature is its confirmation."""
    return written(DAY, TIME, TIME, SIGNATURE)


def pressures(values: Sequence[tuple[str, str]]) -> int:
    """A printed list of beds and names, with a column for each half of the value."""
    return written(DAY, SIGNATURE, *(half for value in values for half in value))


def glucoses(values: Sequence[str]) -> int:
    """The same; when it was measured is ticked once for all."""
    return written(DAY, SIGNATURE, TICK, *values)


def constitution(name: str, bed: str) -> int:
    """A printed questionnaire, added up with the pen."""
    head = written(name, bed, DAY, SIGNATURE)
    guidance = written(TICK)
    return head + QUESTIONS * written(TICK) + TYPES * written("12", TICK) + guidance


def urgent_value(name: str, bed: str) -> int:
    """A ring around the value, and a line in the list of those to be measured again."""
    return written(RING, bed, name, "12.6")


def referral(name: str, bed: str, reading: str) -> int:
    """A printed slip: who, why, to which hospital, how, and that the family knows."""
    who = written(name, bed, TICK, "76")
    why = written(reading, "高血压急症", "城关卫生服务中心")
    return who + why + written(DAY, TIME, TICK, TICK, SIGNATURE)


def talk(topic: str, minutes: str, attendees: str) -> int:
    """A printed line; the list of those who came is signed by them."""
    return written(DAY, topic, minutes, attendees, SIGNATURE)
