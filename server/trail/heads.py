"""The ends of all chains, a day's at a time: taken, and written on a sheet for outside."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, func, literal, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.audit.models import AuditChain, AuditHead
from server.audit.rules import NO_ORGANISATION
from server.auth.actor import region_prefix
from server.auth.roles import OrganisationKind
from server.organisations.models import Organisation, in_prefixes
from server.web.messages import text_of


def take_heads(session: Session, day: date) -> int:
    """Keep where each chain ends now as this day's head; what was kept of the day stays. Returns how many."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    ends = select(literal(day), AuditChain.id, AuditChain.seq, AuditChain.digest).where(AuditChain.seq > 0)
    kept = dialect.insert(AuditHead).from_select(["day", "chain_id", "seq", "digest"], ends)
    session.execute(kept.on_conflict_do_nothing())
    return session.scalar(select(func.count()).where(AuditHead.day == day)) or 0


def latest_day(session: Session) -> date | None:
    return session.scalar(select(func.max(AuditHead.day)))


def concerned(organisation: Organisation | None) -> ColumnElement[bool]:
    """Whose chains an organisation gets the heads of: a regulator those of its region, an institution its
    own; and both those of no organisation, where operators' commands stand. None: all."""
    if organisation is None:
        return true()
    if organisation.kind == OrganisationKind.REGULATOR:
        theirs = in_prefixes([region_prefix(organisation.region)])
    else:
        theirs = Organisation.id == organisation.id
    return or_(theirs, AuditHead.chain_id == NO_ORGANISATION)


def sheet(session: Session, day: date, reader: Organisation | None = None) -> str:
    """The heads of a day that concern an organisation (None: all) as a text to print or mail, in the language
    of the request or Chinese."""
    rows = session.execute(
        select(AuditHead, Organisation.name)
        .outerjoin(Organisation, Organisation.id == AuditHead.chain_id)
        .where(AuditHead.day == day, concerned(reader))
        .order_by(AuditHead.chain_id)
    ).all()
    heading = text_of("heads_title"), text_of("heads_day").format(day=day), text_of("heads_meaning")
    return "\n\n".join([*heading, *(_head(*row) for row in rows)]) + "\n"


def _head(head: AuditHead, name: str | None) -> str:
    """Three short lines: a digest is as wide as a printed page bears."""
    nameless = "heads_no_organisation" if head.chain_id == NO_ORGANISATION else "heads_unknown_organisation"
    return f"{name or text_of(nameless)}\n{head.chain_id} {head.seq}\n{head.digest.hex()}"


def sent_text(sent_at: datetime | None) -> str:
    """The last line of a sheet that is printed: whether it was mailed, too."""
    return text_of("heads_sent").format(at=sent_at) if sent_at else text_of("heads_not_sent")
