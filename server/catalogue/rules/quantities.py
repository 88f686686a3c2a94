"""What a form measures. A field that names a meter says which fields it fills, so that nothing else need list
them. Pure; pwa/src/rules/quantities.ts says the same, and both run tests/golden/follow_ups.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from server.catalogue.rules.fields import Form, Values, is_missing

# A pressure is both its halves; a glucose is a number, or LO or HI in its place.
_WHOLE: dict[str, Callable[[Iterable[bool]], bool]] = {"pressure": all, "glucose": any}


def read(form: Form) -> Iterator[tuple[str, Sequence[str]]]:
    """Each quantity of the form with the two fields that make it, once for each arm."""
    return ((field["meter"], field["read_of"][:2]) for field in form["fields"] if "meter" in field)


def measured(form: Form, values: Values) -> frozenset[str]:
    """The quantities (`pressure`, `glucose`) of which the values have a whole reading."""
    return frozenset(
        quantity
        for quantity, names in read(form)
        if _WHOLE[quantity](not is_missing(values.get(name)) for name in names)
    )


def quantity_of(form: Form, code: str) -> str | None:
    """The quantity that an urgent code is about; None for a danger sign or a scale, and an unknown code."""
    named = {rule["field"] for rule in form["urgent"] if rule["code"] == code}
    return next((quantity for quantity, names in read(form) if named & set(names)), None)
