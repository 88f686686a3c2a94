"""What the worker does for the trail: seals it, and tells the outside where its chains end."""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server import clock
from server.audit.sealing import BATCH, seal
from server.audit.verifying import verify
from server.jobs.service import TIMEZONE
from server.trail import heads, mail
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
    """Send the last heads outside; without settings for it they are logged, which is little."""
    day, settings = heads.latest_day(session), application().settings.mail
    if day is None:
        return {"sent": 0}
    text = heads.sheet(session, day)
    if settings is None:
        log.info("no mail is set up for the heads of the trail:\n%s", text)
        return {"sent": 0, "day": day.isoformat()}
    mail.send(settings, text_of("heads_subject").format(day=day), text, now)
    return {"sent": len(settings.to), "day": day.isoformat()}
