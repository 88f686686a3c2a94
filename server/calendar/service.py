"""Making, revoking and using a link, and writing the calendar behind it."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from math import ceil
from pathlib import Path

from icalendar import Calendar, Event
from sqlalchemy.orm import Session

from server.accounts.service import count_failure, wait_after_failures
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.calendar.models import CalendarLink
from server.calendar.queries import Owing, hash_of, link_named, link_of, medical_of, owed_rounds
from server.calendar.rules import Planned, Window, plan
from server.errors import NotFound, Refusal
from server.fulfilment.rules.pace import expected
from server.fulfilment.rules.sums import WindowSums

_THROTTLED = "calendar"
_USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar as a file (RFC 5545), and the tag that stays the same as long as it says the same."""

    content: bytes
    tag: str


def make_link(session: Session, actor: Actor, language: str, now: datetime) -> tuple[CalendarLink, str]:
    """The actor's link and its token, which is told once and kept nowhere; the one before is dead."""
    token = secrets.token_urlsafe(32)
    link = link_of(session, actor.id) or CalendarLink(account_id=actor.id)
    link.token_hash, link.language = hash_of(token), language
    link.made_at, link.last_used_at = now, None
    session.add(link)
    record(session, actor, Tag.CALENDAR_LINK_MADE, now, subject=actor.id)
    return link, token


def revoke_link(session: Session, actor: Actor, now: datetime) -> None:
    """The actor's link is dead from now on. Without one nothing changes."""
    if link := link_of(session, actor.id):
        session.delete(link)
        record(session, actor, Tag.CALENDAR_LINK_REVOKED, now, subject=actor.id)


def use_link(session: Session, token: str, address: str, now: datetime) -> Feed | Refusal:
    """The calendar of a token; or the refusal as a value: the failure it counted must be committed.

    Only who names no link waits: the servers of calendar services ask for many people from one address.
    """
    link = link_named(session, token)
    medical = medical_of(session, link, now) if link else frozenset()
    if link is None or not medical:
        return _refuse(session, address, now)
    if link.last_used_at is None or now - link.last_used_at >= _USE_NOTED_EVERY:
        link.last_used_at = now
    return feed(owed_rounds(session, medical, now), link.language, now)


def _refuse(session: Session, address: str, now: datetime) -> Refusal:
    wait = wait_after_failures(session, _THROTTLED, address, now)
    if wait > timedelta(0):
        return Refusal("throttled", retry_after_s=ceil(wait.total_seconds()))
    count_failure(session, _THROTTLED, address, now)
    return NotFound("calendar")


def feed(owing: list[Owing], language: str, now: datetime) -> Feed:
    """All-day events, one for each round still owed; they name institutions and counts, and nobody."""
    words = _words(language)
    calendar = Calendar()
    calendar.add("prodid", "-//Xunyue//rounds//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", words["name"])
    calendar.add("x-published-ttl", "PT4H")
    calendar.add("refresh-interval", timedelta(hours=4), parameters={"VALUE": "DURATION"})
    for each in owing:
        for event in _events(each, words):
            calendar.add_component(event)
    tag = sha256(calendar.to_ical()).hexdigest()  # before it says when it was asked for
    for event in calendar.events:
        event.add("dtstamp", now)
    return Feed(calendar.to_ical(), tag)


def _events(owing: Owing, words: dict[str, str]) -> Iterator[Event]:
    windows = {_window(each): each for each in owing.windows}
    for planned in plan(windows, owing.gap, owing.rounds, owing.today):
        yield _event(owing, planned, windows[planned.window], words)


def _window(sums: WindowSums) -> Window:
    return Window(sums.start, sums.end, sums.deadline, sums.promised, sums.owed)


def _event(owing: Owing, planned: Planned, sums: WindowSums, words: dict[str, str]) -> Event:
    said = {
        "institution": owing.institution,
        "start": sums.start,
        "end": sums.end,
        "deadline": sums.deadline,
        "promised": sums.promised,
        "reported": sums.reported,
        "owed": sums.owed,
        "expected": expected(sums, owing.today),
    }
    event = Event()
    event.add("uid", f"{owing.commitment.id}-{sums.start:%Y%m%d}-{planned.number}@xunyue")
    # Both parts only ever rise: what happens at the institution, and the day, which moves what is late.
    event.add("sequence", owing.revision + owing.today.toordinal())
    event.add("dtstart", planned.on)
    event.add("dtend", planned.on + timedelta(days=1))
    event.add("summary", words["summary"].format(**said))
    event.add("description", words["description"].format(**said))
    event.add("transp", "TRANSPARENT")
    return event


@cache
def _words(language: str) -> dict[str, str]:
    path = Path(__file__).parent / "data" / "words.json"
    words: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))[language]
    return words
