"""Checking chains as they stand in the database: streamed, a thousand entries in memory at most."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, Row, Select, func, select
from sqlalchemy.orm import Session

from server.audit.models import AuditChain, AuditEntry, AuditHead
from server.audit.rules import BEGINNING, NO_ORGANISATION, Broken, Chain, Link, act_of, canonical

_AT_ONCE = 1_000
_COLUMNS = (
    *(AuditEntry.id, AuditEntry.at, AuditEntry.tag, AuditEntry.actor_id, AuditEntry.session_id),
    *(AuditEntry.organisation_id, AuditEntry.other_id, AuditEntry.subject_id, AuditEntry.details),
    *(AuditEntry.chain_id, AuditEntry.seq, AuditEntry.salt, AuditEntry.details_digest, AuditEntry.digest),
)
# Digests known from outside, by chain and number.
Heads = Mapping[UUID, Mapping[int, bytes]]
Watch = Callable[[UUID, int], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one chain; `compared` counts the heads of days that it was held against."""

    chain_id: UUID
    seq: int
    entries: int
    erased: int
    compared: int
    broken: Broken | None


def sealed_entries(chain_id: UUID | None = None, since: int | None = None) -> Select[Any]:
    """Sealed entries in the order of their chains, of one or of all. Without `since` even such as no sealer
    makes: a number below 1 was put there by somebody."""
    begun = AuditEntry.seq.is_not(None) if since is None else AuditEntry.seq >= since
    statement = select(*_COLUMNS).where(begun)
    if chain_id is not None:
        statement = statement.where(AuditEntry.chain_id == chain_id)
    return statement.order_by(AuditEntry.chain_id, AuditEntry.seq).execution_options(yield_per=_AT_ONCE)


def hold_still(session: Session) -> None:
    """Let the transaction see one moment throughout, whatever is written meanwhile; first thing in it."""
    bind = session.get_bind()  # an engine, but within a transaction that somebody else began
    if isinstance(bind, Engine) and bind.dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def verify(session: Session, known: Heads, watch: Watch) -> Iterator[Verdict]:
    """A verdict for each chain, by id; `watch` is told after each entry which one it was."""
    hold_still(session)
    found = session.execute(select(AuditChain.id, AuditChain.seq, AuditChain.digest))
    ends = {row.id: (row.seq, row.digest) for row in found}
    for chain_id, rows in groupby(session.execute(sealed_entries()), attrgetter("chain_id")):
        chain = Chain(_organisation(chain_id), heads=_heads(session, chain_id, known))
        for row in rows:
            chain.add(link_of(row))
            watch(chain_id, row.seq)
        yield _ended(chain_id, chain, ends.pop(chain_id, None))
    for chain_id, end in sorted(ends.items()):
        yield _ended(chain_id, Chain(_organisation(chain_id), heads=_heads(session, chain_id, known)), end)


def _ended(chain_id: UUID, chain: Chain, end: tuple[int, bytes] | None) -> Verdict:
    """The chain must reach its end on record, and beyond that any head of a day."""
    chain.end(*max([end or (0, BEGINNING), *chain.heads.items()], key=lambda each: each[0]))
    return Verdict(chain_id, chain.seq, chain.entries, chain.erased, chain.compared, chain.broken)


def _organisation(chain_id: UUID) -> str | None:
    return None if chain_id == NO_ORGANISATION else str(chain_id)


def _heads(session: Session, chain_id: UUID, known: Heads) -> dict[int, bytes]:
    """Heads of days on record, under those that were brought from outside."""
    rows = session.execute(
        select(AuditHead.seq, func.min(AuditHead.digest))
        .where(AuditHead.chain_id == chain_id, AuditHead.seq > 0)
        .group_by(AuditHead.seq)
    )
    return {**dict(iter(rows)), **known.get(chain_id, {})}


def link_of(row: Row[Any]) -> Link:
    """A row of `sealed_entries` as the chain's rules read it."""
    erased = row.salt is None and not row.details
    details = None if erased else canonical(row.details)
    return Link(act_of(row), row.seq, details, row.salt, row.details_digest or b"", row.digest or b"")
