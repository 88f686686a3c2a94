"""Whatever is done to sealed entries is found, and the first link that does not hold is named."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import Update, delete, insert, select, update
from sqlalchemy.orm import Session

from server.app import build
from server.audit.models import AuditChain, AuditEntry
from server.audit.rules import BEGINNING, NO_ORGANISATION, act_of, canonical, details_digest, digest
from server.db import Base, begin_write, db
from server.ids import new_id
from server.trail.heads import take_heads
from server.web.application import Application
from tests.conftest import settings_for
from tests.factories.trail import Kept, act, broken, entries, seal_once, verdicts, write

LENGTH = 6
ONE, OTHER = sorted((new_id(), new_id()))
CHAINS = (ONE, OTHER, NO_ORGANISATION)
places = st.integers(1, LENGTH)
chains = st.sampled_from(CHAINS)


@dataclass(frozen=True)
class Sealed:
    app: Application
    kept: Kept

    def broken_after(self, tamper: Callable[[Session], object]) -> dict[UUID, tuple[int, str]]:
        """What the check says after somebody wrote to the database; then all is as before."""
        try:
            with self.app.app_context():
                begin_write(db.session())
                tamper(db.session())
                db.session.commit()
            return broken(self.app)
        finally:
            self.kept.put_back()


@pytest.fixture(scope="module")
def sealed(
    database_kind: str,
    request: pytest.FixtureRequest,
    keys_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Sealed]:
    """Three chains of six entries."""
    url = f"sqlite:///{tmp_path_factory.mktemp('sealed') / 'sealed.db'}"
    if database_kind == "postgresql":
        server = request.getfixturevalue("postgres_server")
        url = server.url(server.create_database())
    app = build(settings_for(url, keys_dir))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    write(app, [act(organisation, number) for number in range(LENGTH) for organisation in (ONE, OTHER, None)])
    seal_once(app)
    yield Sealed(app, Kept(app))
    with app.app_context():
        db.engine.dispose()


def _at(chain: UUID, seq: int) -> Update:
    return update(AuditEntry).where(AuditEntry.chain_id == chain, AuditEntry.seq == seq)


FIELDS: dict[str, tuple[Any, str]] = {
    "id": (new_id(), "digest"),
    "at": (None, "digest"),
    "tag": ("record.voided", "digest"),
    "actor_id": (new_id(), "digest"),
    "session_id": (None, "digest"),
    "organisation_id": (new_id(), "organisation"),
    "other_id": (None, "digest"),
    "subject_id": (new_id(), "digest"),
    "details": ({"version": 99}, "details"),
    "salt": (bytes(16), "details"),
    "details_digest": (bytes(32), "details"),
    "digest": (bytes(32), "digest"),
}
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
few = settings(many, max_examples=15)


@many
@given(chain=chains, seq=places, field=st.sampled_from(sorted(FIELDS)))
def test_any_field(sealed: Sealed, chain: UUID, seq: int, field: str) -> None:
    value, differs = FIELDS[field]
    if field == "at":
        value = _moved(sealed, chain, seq)
    found = sealed.broken_after(lambda session: session.execute(_at(chain, seq).values({field: value})))
    assert found == {chain: (seq, differs)}


def _moved(sealed: Sealed, chain: UUID, seq: int) -> Any:
    (entry,) = (each for each in entries(sealed.app) if (each.chain_id, each.seq) == (chain, seq))
    return entry.at + timedelta(microseconds=1)


@few
@given(chain=chains, first=places, last=places)
def test_entries_deleted(sealed: Sealed, chain: UUID, first: int, last: int) -> None:
    """Any stretch, the newest ones too: the end of the chain is on record."""
    doomed = AuditEntry.seq.between(min(first, last), max(first, last))
    found = sealed.broken_after(
        lambda session: session.execute(delete(AuditEntry).where(AuditEntry.chain_id == chain, doomed))
    )
    assert found == {chain: (min(first, last), "missing")}


@few
@given(chain=chains, one=places, other=places)
def test_entries_swapped(sealed: Sealed, chain: UUID, one: int, other: int) -> None:
    def swap(session: Session) -> None:
        for seq, place in ((one, 99), (other, one), (99, other)):
            session.execute(_at(chain, seq).values(seq=place))

    assert sealed.broken_after(swap) == ({} if one == other else {chain: (min(one, other), "digest")})


@few
@given(chain=chains, seq=places)
def test_an_entry_inserted(sealed: Sealed, chain: UUID, seq: int) -> None:
    """With the right digests of its own, the later ones moved up; the end on record too."""

    def insert_forged(session: Session) -> None:
        for later in range(LENGTH, seq - 1, -1):
            session.execute(_at(chain, later).values(seq=later + 1))
        session.execute(insert(AuditEntry), [_forged(session, chain, seq)])
        session.execute(update(AuditChain).where(AuditChain.id == chain).values(seq=LENGTH + 1))

    assert sealed.broken_after(insert_forged) == {chain: (seq + 1, "digest")}


@few
@given(chain=chains, seq=st.integers(-3, 0))
def test_an_entry_put_before_the_first(sealed: Sealed, chain: UUID, seq: int) -> None:
    found = sealed.broken_after(
        lambda session: session.execute(insert(AuditEntry), [_forged(session, chain, seq)])
    )
    assert found == {chain: (seq, "repeated")}


def _forged(session: Session, chain: UUID, seq: int) -> dict[str, Any]:
    """An entry that follows correctly from the one before it."""
    row = AuditEntry(**act(None if chain == NO_ORGANISATION else chain))
    before = select(AuditEntry.digest).where(AuditEntry.chain_id == chain, AuditEntry.seq == seq - 1)
    details = details_digest(bytes(16), canonical(row.details))
    own = digest(act_of(row), details, seq, session.scalar(before) or BEGINNING)
    sealed = {"chain_id": chain, "seq": seq, "salt": bytes(16), "details_digest": details, "digest": own}
    names = "id at tag actor_id session_id organisation_id other_id subject_id details".split()
    return {**{name: getattr(row, name) for name in names}, **sealed}


@few
@given(chain=chains, seq=places)
def test_an_entry_made_unsealed_again(sealed: Sealed, chain: UUID, seq: int) -> None:
    """The sealer would give it a new place at the end; the old one stays empty."""
    empty = dict.fromkeys(("chain_id", "seq", "salt", "details_digest", "digest"))
    found = sealed.broken_after(lambda session: session.execute(_at(chain, seq).values(empty)))
    assert found == {chain: (seq, "missing")}


@few
@given(seq=places)
def test_an_entry_moved_to_another_chain(sealed: Sealed, seq: int) -> None:
    moved = _at(ONE, seq).values(chain_id=OTHER, seq=LENGTH + 1)
    found = sealed.broken_after(lambda session: session.execute(moved))
    assert found == {ONE: (seq, "missing"), OTHER: (LENGTH + 1, "organisation")}


@few
@given(chain=chains, seq=places)
def test_details_erased_as_provided_for(sealed: Sealed, chain: UUID, seq: int) -> None:
    def erase(session: Session) -> None:
        session.execute(_at(chain, seq).values(details={}, salt=None))
        session.commit()
        session.close()
        erased[:] = [verdicts(sealed.app)[chain].erased]
        begin_write(session)

    erased: list[int] = []
    assert (sealed.broken_after(erase), erased) == ({}, [1])
    half = _at(chain, seq).values(salt=None)
    assert sealed.broken_after(lambda session: session.execute(half)) == {chain: (seq, "details")}


@few
@given(chain=chains, seq=places)
def test_a_chain_rewritten_to_its_end(sealed: Sealed, chain: UUID, seq: int) -> None:
    """Every later digest and the end on record computed anew: nothing but a head from before tells."""

    def rewrite(session: Session) -> None:
        take_heads(session, date(2026, 5, 12))
        _rewrite(session, chain, seq)

    assert sealed.broken_after(rewrite) == {chain: (LENGTH, "head")}
    assert sealed.broken_after(lambda session: _rewrite(session, chain, seq)) == {}
    kept = next(each.digest for each in entries(sealed.app) if (each.chain_id, each.seq) == (chain, seq))
    try:
        with sealed.app.app_context():
            begin_write(db.session())
            _rewrite(db.session(), chain, seq)
            db.session.commit()
        assert broken(sealed.app, {chain: {seq: kept or b""}}) == {chain: (seq, "head")}
    finally:
        sealed.kept.put_back()


def _rewrite(session: Session, chain: UUID, seq: int) -> None:
    session.execute(_at(chain, seq).values(tag="record.voided"))
    own = AuditEntry.chain_id == chain
    previous = session.scalar(select(AuditEntry.digest).where(own, AuditEntry.seq == seq - 1)) or BEGINNING
    for row in session.scalars(select(AuditEntry).where(own, AuditEntry.seq >= seq).order_by(AuditEntry.seq)):
        previous = row.digest = digest(act_of(row), row.details_digest or b"", row.seq or 0, previous)
    session.execute(update(AuditChain).where(AuditChain.id == chain).values(digest=previous))


@few
@given(chain=chains, end=st.integers(0, LENGTH - 1))
def test_the_newest_cut_off_with_the_end_on_record(sealed: Sealed, chain: UUID, end: int) -> None:
    def cut(session: Session) -> None:
        take_heads(session, date(2026, 5, 12))
        own = AuditEntry.chain_id == chain
        last = session.scalar(select(AuditEntry.digest).where(own, AuditEntry.seq == end))
        session.execute(delete(AuditEntry).where(own, AuditEntry.seq > end))
        shorter = {"seq": end, "digest": last or BEGINNING}
        session.execute(update(AuditChain).where(AuditChain.id == chain).values(shorter))

    assert sealed.broken_after(cut) == {chain: (end + 1, "missing")}


@few
@given(chain=chains)
def test_the_end_on_record_taken_away(sealed: Sealed, chain: UUID) -> None:
    gone = delete(AuditChain).where(AuditChain.id == chain)
    found = sealed.broken_after(lambda session: session.execute(gone))
    assert found == {chain: (1, "head")}
