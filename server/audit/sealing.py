"""The sealer: gives entries that were committed their place in the chain of their organisation."""

import secrets
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    LargeBinary,
    Row,
    Update,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.audit.models import AuditEntry
from server.audit.rules import (
    BEGINNING,
    SALT_BYTES,
    act_of,
    canonical,
    chain_of,
    details_digest,
    digest,
)

BATCH = 2_000
_TABLES = AuditEntry.metadata.tables
_ENTRIES, _CHAINS = _TABLES["audit_entries"], _TABLES["audit_chains"]
_SAID = "id at tag actor_id session_id organisation_id other_id subject_id details".split()
_BYTES = {"salt": SALT_BYTES, "details_digest": 32, "digest": 32}
Seal = dict[str, Any]


def seal(session: Session) -> int:
    """Seal up to `BATCH` entries, oldest first as far as they are committed. Returns how many.

    Ids sort by the time they were made and commits come in another order: what waits is what has no number
    yet, whatever came before it. Sealers leave each other's entries alone and take turns at each chain.
    """
    waiting = session.execute(
        select(*(_ENTRIES.c[name] for name in _SAID))
        .where(_ENTRIES.c.seq.is_(None))
        .order_by(_ENTRIES.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    if waiting:
        heads = _take_heads(session, {chain_of(row.organisation_id) for row in waiting})
        _write_seals(session, list(_seals(waiting, heads)))
        _write_heads(session, heads)
    return len(waiting)


def _take_heads(session: Session, chains: Collection[UUID]) -> dict[UUID, tuple[int, bytes]]:
    """The ends of these chains, locked in one order; a chain's first entry begins it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = [{"id": chain, "seq": 0, "digest": BEGINNING} for chain in sorted(chains)]
    session.connection().execute(dialect.insert(_CHAINS).on_conflict_do_nothing(), new)
    rows = session.execute(
        select(_CHAINS).where(_CHAINS.c.id.in_(chains)).order_by(_CHAINS.c.id).with_for_update()
    )
    return {row.id: (row.seq, row.digest) for row in rows}


def _seals(waiting: Sequence[Row[Any]], heads: dict[UUID, tuple[int, bytes]]) -> Iterator[Seal]:
    """A seal for each entry, in their order; `heads` move on with them."""
    salts = secrets.token_bytes(SALT_BYTES * len(waiting))
    for place, row in enumerate(waiting):
        chain = chain_of(row.organisation_id)
        salt = salts[place * SALT_BYTES : (place + 1) * SALT_BYTES]
        details = details_digest(salt, canonical(row.details))
        seq, previous = heads[chain][0] + 1, heads[chain][1]
        sealed = digest(act_of(row), details, seq, previous)
        heads[chain] = (seq, sealed)
        yield {
            "entry": row.id,
            "chain_id": chain,
            "seq": seq,
            "salt": salt,
            "details_digest": details,
            "digest": sealed,
        }


def _write_seals(session: Session, seals: Sequence[Seal]) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_set_at_once(seals))
        return
    names = ("chain_id", "seq", *_BYTES)
    one = update(_ENTRIES).where(_ENTRIES.c.id == bindparam("entry"))
    session.connection().execute(one.values({name: bindparam(name) for name in names}), seals)


def _set_at_once(seals: Sequence[Seal]) -> Update:
    """All seals in one statement of PostgreSQL: many times the pace of one after the other.

    The bytes go as one string that the database cuts up: the driver is slow with arrays of them.
    """
    ids, chains, numbers = ([each[name] for each in seals] for name in ("entry", "chain_id", "seq"))
    uuids, bigints = ARRAY(Uuid()), ARRAY(BigInteger())
    arrays = (literal(ids, uuids), literal(chains, uuids), literal(numbers, bigints))
    columns = (column("entry", Uuid()), column("chain_id", Uuid()), column("seq", BigInteger()))
    given = func.unnest(*arrays).table_valued(*columns, with_ordinality="place").render_derived()
    joined = literal(b"".join(each[name] for each in seals for name in _BYTES), LargeBinary())
    values: dict[str, ColumnElement[Any]] = {"chain_id": given.c.chain_id, "seq": given.c.seq}
    start = (given.c.place - 1) * sum(_BYTES.values()) + 1
    for name, length in _BYTES.items():
        values[name] = func.substr(joined, cast(start, Integer), length, type_=LargeBinary())
        start += length
    return update(_ENTRIES).where(_ENTRIES.c.id == given.c.entry).values(values)


def _write_heads(session: Session, heads: dict[UUID, tuple[int, bytes]]) -> None:
    one = update(_CHAINS).where(_CHAINS.c.id == bindparam("chain"))
    session.connection().execute(
        one.values(seq=bindparam("last"), digest=bindparam("end")),
        [{"chain": chain, "last": seq, "end": sealed} for chain, (seq, sealed) in heads.items()],
    )
