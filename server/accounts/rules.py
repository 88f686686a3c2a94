"""Pure decisions about sign-in and qualification."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

# Of practising certificates.
CATEGORIES = ("physician", "nurse", "pharmacist", "technician")
THROTTLE_WINDOW = timedelta(minutes=15)
FREE_FAILURES = {"login": 5, "address": 50, "enrolment": 10, "calendar": 10}
_LONGEST_WAIT = timedelta(minutes=15)


def wait_before_sign_in(kind: str, failures: Sequence[datetime], now: datetime) -> timedelta:
    """How long the next try must still wait: doubling from one second after the free failures.

    `failures` are those of the last 15 minutes for one login or one address, or of one address that tried
    to enrol a kiosk or to read a calendar (`kind`).
    """
    excess = len(failures) - FREE_FAILURES[kind]
    if excess < 0:
        return timedelta(0)
    pause = min(timedelta(seconds=2 ** min(excess, 20)), _LONGEST_WAIT)
    return max(timedelta(0), max(failures) + pause - now)


def not_qualified(periods: Iterable[tuple[date, date]], day: date) -> str | None:
    """Why a clinician's record of `day` does not count, or None: some certificate covers it.

    `periods` are first and last days of the certificates on file; the one nearest to the day tells why.
    """
    away = [(max(first - day, day - last), day > last) for first, last in periods]
    if not away:
        return "no_certificate"
    distance, over = min(away, key=lambda each: each[0])
    if distance <= timedelta(0):
        return None
    return "certificate_expired" if over else "certificate_not_yet_valid"
