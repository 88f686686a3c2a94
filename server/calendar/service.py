"""Making, revoking and using a link, and writing the calendar behind it."""

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from math import ceil
from pathlib import Path

from icalendar import Calendar, Event
from sqlalchemy.orm import Session

from server.accounts.service import count_failure, wait_after_failures
from server.agreements.models import Commitment
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.calendar.models import CalendarLink
from server.calendar.queries import Owing, hash_of, link_named, link_of, medical_of, owed_rounds
from server.calendar.rules import Window, visits
from server.errors import NotFound, Refusal
from server.fulfilment.rules.pace import expected
from server.fulfilment.rules.sums import WindowSums

_THROTTLED = "calendar"
_USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a clause wants of a visit: to be the `number`-th of one of its windows."""

    commitment: Commitment
    number: int
    sums: WindowSums


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
    """All-day events, one for each day on which one institution owes another a round; they name
    institutions, clauses and counts, and nobody."""
    calendar = Calendar()
    calendar.add("prodid", "-//Xunyue//rounds//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _words(language)["name"])
    calendar.add("x-published-ttl", "PT4H")
    calendar.add("refresh-interval", timedelta(hours=4), parameters={"VALUE": "DURATION"})
    for each in owing:
        for event in _events(each, language):
            calendar.add_component(event)
    tag = sha256(calendar.to_ical()).hexdigest()  # before it says when it was asked for
    for event in calendar.events:
        event.add("dtstamp", now)
    return Feed(calendar.to_ical(), tag)


def _events(owing: Owing, language: str) -> Iterator[Event]:
    """One for each day on which somebody should go there, whichever clauses ask for it."""
    windows = [{_window(each): each for each in clause.windows} for clause in owing.clauses]
    clauses = [(list(own), clause.gap) for own, clause in zip(windows, owing.clauses, strict=True)]
    for visit in visits(clauses, owing.rounds, owing.today):
        asked = [
            Wanted(
                owing.clauses[each.clause].commitment,
                each.planned.number,
                windows[each.clause][each.planned.window],
            )
            for each in visit.asked
        ]
        yield _event(owing, visit.on, asked, language)


def _window(sums: WindowSums) -> Window:
    return Window(sums.start, sums.end, sums.deadline, sums.promised, sums.owed)


def _event(owing: Owing, on: date, wanted: Sequence[Wanted], language: str) -> Event:
    words = _words(language)
    titles = dict.fromkeys(_title(each, language) for each in wanted)
    event = Event()
    event.add("uid", _uid(wanted[0]))
    # Both parts only ever rise: what happens at the institution, and the day, which moves what is late.
    event.add("sequence", owing.revision + owing.today.toordinal())
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(days=1))
    summary = {"institution": owing.institution, "clauses": words["join"].join(titles)}
    event.add("summary", words["summary"].format(**summary))
    event.add("description", _description(owing, wanted, language))
    event.add("transp", "TRANSPARENT")
    return event


def _uid(first: Wanted) -> str:
    """Of what the first clause asks for: the event keeps it when it moves, whatever joins it on its day."""
    return f"{first.commitment.id}-{first.sums.start:%Y%m%d}-{first.number}@xunyue"


def _title(wanted: Wanted, language: str) -> str:
    return wanted.commitment.title_en if language == "en" else wanted.commitment.title_zh


def _description(owing: Owing, wanted: Sequence[Wanted], language: str) -> str:
    words = _words(language)
    lines = [
        words["clause"].format(**_said(each, owing.today), clause=_title(each, language)) for each in wanted
    ]
    return "\n".join([words["by"].format(medical=owing.medical), *lines, words["proposal"]])


def _said(wanted: Wanted, today: date) -> dict[str, object]:
    sums = wanted.sums
    return {
        "number": wanted.number,
        "start": sums.start,
        "end": sums.end,
        "deadline": sums.deadline,
        "promised": sums.promised,
        "reported": sums.reported,
        "owed": sums.owed,
        "expected": expected(sums, today),
    }


@cache
def _words(language: str) -> dict[str, str]:
    path = Path(__file__).parent / "data" / "words.json"
    words: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))[language]
    return words
