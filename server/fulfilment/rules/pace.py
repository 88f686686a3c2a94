"""How far an open window has come, and by when it must be served."""

from datetime import date, timedelta

from server.fulfilment.rules.facts import Commitment


def spacing(commitment: Commitment) -> int:
    """Least days between two units that count: 0 where several records of one day count, else at least 1."""
    return 0 if commitment.count_by == "record" else max(commitment.gap, 1)


def last_chance(deadline: date, need: int, gap: int) -> date:
    """The last day on which the next of `need` (above 0) units can be delivered so that all still fit.

    `gap` is the commitment's `spacing`: the units after the next one need so many days each.
    """
    days = (need - 1) * gap
    return deadline - timedelta(days=min(days, (deadline - date.min).days))
