"""Typed reading of a JSON document: every refusal names the path of the field."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Never, TypeVar

T = TypeVar("T")

# No promise, distance or minimum comes near it; the bound keeps every sum and every day printable.
LARGEST = 10**9
_SMALLEST = Decimal("1e-100")
_DIGITS = 100
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")


class ScenarioError(ValueError):
    """A malformed scenario: `path` as `commitments[0].terms[1].count`, `$` for the whole file."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class _Object(dict[str, object]):
    """A JSON object that remembers the keys it was given twice: `json` would keep the last one silently."""

    repeated: tuple[str, ...] = ()


def load(text: str | bytes) -> object:
    """Decode JSON (UTF-8) without floats: numbers with a fraction become `Decimal`."""
    try:
        # Left to itself `json` guesses UTF-16 and UTF-32, and lets halves of characters pass.
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(
            decoded,
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_number,
        )
    except UnicodeDecodeError as error:
        raise ScenarioError("$", f"not UTF-8: byte {error.start}") from None
    except RecursionError:
        raise ScenarioError("$", "nested too deeply") from None
    except ValueError as error:
        raise ScenarioError("$", f"not valid JSON: {error}") from None


def _object(pairs: list[tuple[str, object]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        times = Counter(key for key, _ in pairs)
        found.repeated = tuple(key for key in found if times[key] > 1)
    return found


def _integer(digits: str) -> int:
    """Of a number with more digits than any field takes the first ones: its field refuses it by name."""
    return int(digits[:_DIGITS])


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise ValueError(f"{digits[:40]} is out of range") from None


def _no_number(name: str) -> Never:
    raise ValueError(f"{name} is not a number")


class Fields:
    """One JSON object and its path. Keys outside `known` are refused unless `open_ended`."""

    __slots__ = ("_values", "path")

    def __init__(self, value: object, path: str, known: frozenset[str], *, open_ended: bool = False) -> None:
        if not isinstance(value, dict):
            raise ScenarioError(path or "$", "must be an object")
        self._values: Mapping[str, object] = value
        self.path = path
        if not open_ended and not value.keys() <= known:
            self.refuse(min(map(str, value.keys() - known)), "unknown field")
        for key in value.repeated if isinstance(value, _Object) else ():
            if key in known:
                self.refuse(key, "field given twice")

    def refuse(self, name: str, reason: str) -> Never:
        raise ScenarioError(self.at(name), reason)

    def at(self, name: str) -> str:
        shown = name if name.isidentifier() else json.dumps(name)
        return f"{self.path}.{shown}" if self.path else shown

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def has(self, name: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(name) is not None

    def required(self, name: str) -> object:
        if name not in self._values:
            self.refuse(name, "missing")
        return self._values[name]

    def text(self, name: str) -> str:
        return text(self.required(name), self.at(name))

    def choice(self, name: str, choices: Mapping[str, T]) -> T:
        """One of the words in `choices`."""
        value = self.required(name)
        if not isinstance(value, str) or value not in choices:
            self.refuse(name, f"unknown: {_shown(value)}, not one of {', '.join(choices)}")
        return choices[value]

    def choice_or(self, name: str, choices: Mapping[str, T], default: T) -> T:
        return self.choice(name, choices) if name in self._values else default

    def integer(self, name: str, least: int = 0) -> int:
        """A whole number from `least` on; true and false are none."""
        value = self.required(name)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(name, f"must be a whole number, not {_shown(value)}")
        if value < least:
            self.refuse(name, "must not be negative" if least == 0 else f"must be at least {least}")
        if value > LARGEST:
            self.refuse(name, f"must be at most {LARGEST}")
        return value

    def integer_or(self, name: str, default: int, least: int = 0) -> int:
        return self.integer(name, least) if name in self._values else default

    def maybe_integer(self, name: str, least: int = 0) -> int | None:
        return self.integer(name, least) if self.has(name) else None

    def positive(self, name: str) -> Fraction:
        """A number above 0, exact."""
        value = self.required(name)
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            self.refuse(name, f"must be a number, not {_shown(value)}")
        # A caller without `load` may hold a float: its shortest decimal is what was written.
        exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        if not exact.is_finite() or exact <= 0:
            self.refuse(name, "must be above 0")
        if not _SMALLEST <= exact <= LARGEST:
            self.refuse(name, f"must lie between {_SMALLEST} and {LARGEST}")
        return Fraction(exact)

    def day(self, name: str) -> date:
        value = self.required(name)
        found = _parsed_day(value) if isinstance(value, str) else None
        if found is None:
            self.refuse(name, f"must be a day as 2026-01-31, not {_shown(value)}")
        return found

    def maybe_day(self, name: str) -> date | None:
        return self.day(name) if self.has(name) else None

    def time(self, name: str) -> datetime:
        value = self.required(name)
        found = _parsed_time(value) if isinstance(value, str) else None
        if found is None:
            self.refuse(name, f"must be a local time as 2026-01-31T08:30:00, not {_shown(value)}")
        return found

    def maybe_time(self, name: str) -> datetime | None:
        return self.time(name) if self.has(name) else None

    def each(self, name: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
        """Every item of a list, read with its path."""
        value = self.required(name)
        if not isinstance(value, list):
            self.refuse(name, "must be a list")
        path = self.at(name)
        return tuple(read(item, f"{path}[{index}]") for index, item in enumerate(value))

    def each_or_none(self, name: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
        """The same for a list that may be left out."""
        return self.each(name, read) if name in self._values else ()

    def in_order(self, first: date, last: date | None, name: str) -> None:
        """Refuse the field `name`, which holds `last`, when it lies before `first`."""
        if last is not None and last < first:
            self.refuse(name, f"dates in the wrong order: {last} is before {first}")


def text(value: object, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise ScenarioError(path, "must be a text that is not empty")
    return value


def distinct(values: Iterable[object], path: str, field: str, reason: str) -> None:
    """Refuse the second of two equal values; `path[i].field` names it."""
    seen = set()
    for index, value in enumerate(values):
        if value in seen:
            raise ScenarioError(f"{path}[{index}].{field}", f"{reason}: {value}")
        seen.add(value)


# A year of records has few different days, and reading one costs more than looking it up.
@lru_cache(maxsize=8192)
def _parsed_day(digits: str) -> date | None:
    return _strict(date.fromisoformat, _DAY, digits)


def _parsed_time(digits: str) -> datetime | None:
    return _strict(datetime.fromisoformat, _TIME, digits)


def _strict(read: Callable[[str], T], form: re.Pattern[str], digits: str) -> T | None:
    """`fromisoformat` takes more forms than one, such as 20260131 and week dates."""
    if form.fullmatch(digits) is None:
        return None
    try:
        return read(digits)
    except ValueError:
        return None


def _shown(value: object) -> str:
    return json.dumps(value, default=str)[:60]
