"""A chain as a file of JSON lines; docs/audit-chain.md specifies it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.audit.models import AuditChain, AuditEntry
from server.audit.rules import ACT, BEGINNING, FORMAT, NO_ORGANISATION, Link, moment
from server.audit.verifying import link_of, sealed_entries


class NothingSealedError(Exception):
    """There is no such chain yet, or it does not reach the number asked for."""


@dataclass(frozen=True, slots=True)
class Named:
    """A chain and what its organisation is called; None for `NO_ORGANISATION`."""

    chain_id: UUID
    name: str | None


def export(session: Session, named: Named, since: int, now: datetime) -> Iterator[str]:
    """The lines of a chain from the number `since` on, up to where it ends now."""
    chain = named.chain_id
    row = session.execute(
        select(AuditChain.seq, AuditChain.digest).where(AuditChain.id == chain, AuditChain.seq >= since)
    ).first()
    if row is None:
        raise NothingSealedError
    yield _line(
        {
            "format": FORMAT,
            "organisation": None if chain == NO_ORGANISATION else str(chain),
            "name": named.name,
            "exported_at": moment(now),
            "since": since,
            "previous": _digest_at(session, chain, since - 1).hex(),
            "seq": row.seq,
            "digest": row.digest.hex(),
        }
    )
    for entry in session.execute(sealed_entries(chain, since).where(AuditEntry.seq <= row.seq)):
        yield _entry_line(link_of(entry))


def _digest_at(session: Session, chain_id: UUID, seq: int) -> bytes:
    at = (AuditEntry.chain_id == chain_id, AuditEntry.seq == seq)
    return session.scalar(select(AuditEntry.digest).where(*at)) or BEGINNING


def _entry_line(link: Link) -> str:
    return _line(
        {
            "seq": link.seq,
            **{name: getattr(link.act, name) for name in ACT},
            "details": link.details,
            "salt": None if link.salt is None else link.salt.hex(),
            "details_digest": link.details_digest.hex(),
            "digest": link.digest.hex(),
        }
    )


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"
