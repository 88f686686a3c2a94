"""What the worker does for the trail: seals it, and tells the outside where its chains end."""

import logging
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from server import clock
from server.audit.rules import NO_ORGANISATION
from server.audit.sealing import BATCH, seal
from server.audit.verifying import verify
from server.db import writing
from server.jobs.service import TIMEZONE
from server.settings import Mail
from server.trail import heads, mail, service
from server.web.application import application
from server.web.messages import text_of

log = logging.getLogger(__name__)


def seal_entries(session: Session, _now: datetime) -> dict[str, Any]:
    """Give entries of the trail their place in a chain; only a full batch says that there may be more."""
    sealed = seal(session)
    return {"done": sealed if sealed == BATCH else 0, "sealed": sealed}


def take_heads(session: Session, now: datetime) -> dict[str, Any]:
    """Keep where each chain of the trail ends today."""
    return {"heads": heads.take_heads(session, clock.local_day(now, TIMEZONE))}


def verify_chains(session: Session, _now: datetime) -> dict[str, Any]:
    """Check every chain from its first link on, and name the first of each that does not hold."""
    chains, entries, broken = 0, 0, {}
    for verdict in verify(session, {}, lambda _chain, _seq: None):
        chains, entries = chains + 1, entries + verdict.entries
        if verdict.broken:
            seq = verdict.broken.seq
            broken[str(verdict.chain_id)] = [seq, verdict.broken.differs]
            log.error("the chain %s is broken at %d: `xunyue audit verify`", verdict.chain_id, seq)
    return {"chains": chains, "entries": entries, "broken": broken}


def mail_heads(session: Session, now: datetime) -> dict[str, Any]:
    """Send the last heads outside, to each address what concerns it; without settings for it they are logged,
    which is little. An address that is refused keeps nobody else waiting; the next try is for it alone."""
    day, settings = heads.latest_day(session), application().settings.mail
    if day is None:
        return {"sent": 0}
    if settings is None:
        log.info("no mail is set up for the heads of the trail:\n%s", heads.sheet(session, day))
        return {"sent": 0, "day": day.isoformat()}
    letters = [
        _Letter(who.id if who else NO_ORGANISATION, to, heads.sheet(session, day, who))
        for who, to in service.waiting(session, day, settings.to)
    ]
    session.rollback()  # it wrote nothing; while a mail server is waited for nothing is held
    refused = sum(_refused(session, settings, day, letter, now) for letter in letters)
    if refused:
        raise mail.MailError(f"{refused} addresses refused")
    return {"sent": service.deliveries(session, day), "day": day.isoformat()}


class _Letter(NamedTuple):
    """A sheet, whose it is and the addresses that wait for it."""

    organisation_id: UUID
    to: tuple[str, ...]
    text: str


def _refused(session: Session, settings: Mail, day: date, letter: _Letter, now: datetime) -> int:
    """Send one sheet and keep who has it. Returns how many addresses were refused: others get theirs."""
    subject = text_of("heads_subject").format(day=day)
    took = mail.send(settings, letter.to, subject, letter.text, now)
    with writing(session):
        service.delivered(session, day, letter.organisation_id, took, now)
        application().finish()
    return len(letter.to) - len(took)
