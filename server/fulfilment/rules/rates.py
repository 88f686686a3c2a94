"""Rates as exact fractions. A rate that nothing is asked of is `None`, never complete."""

from collections.abc import Iterable
from fractions import Fraction


def ratio(counted: int, asked: int) -> Fraction | None:
    return Fraction(counted, asked) if asked else None


def weighted_mean(rated: Iterable[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    """The mean of the rates that exist; pairs of weight (above 0) and rate."""
    known = [(weight, rate) for weight, rate in rated if rate is not None]
    if not known:
        return None
    total = sum((weight * rate for weight, rate in known), Fraction(0))
    return total / sum((weight for weight, _ in known), Fraction(0))


def mean(rates: Iterable[Fraction | None]) -> Fraction | None:
    """The rate of a group of agreements: the mean of the rates that exist."""
    return weighted_mean((Fraction(1), rate) for rate in rates)


def rate_text(rate: Fraction | None) -> str | None:
    """Four decimals, truncated: `1.0000` means complete. `rate` is not negative."""
    if rate is None:
        return None
    whole, decimals = divmod(rate.numerator * 10_000 // rate.denominator, 10_000)
    return f"{whole}.{decimals:04d}"
