"""What a phone needs offline: its institutions with everything owed there, and the rounds it deals with.

A page reads the institutions' revisions first and their rows after: a row written meanwhile has a higher
revision than the cursor says, and comes with a later page. It can come twice; it cannot be skipped. What fits
on a page of several institutions is read together, in as many statements as of one. An institution that does
not fit goes on with the next page, stage by stage and in the order of ids, towards the revision it had when
it was begun.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.auth.actor import Actor
from server.catalogue import queries as catalogue
from server.clinical import policies
from server.keys import Keyring
from server.organisations.models import InstitutionRevision
from server.sync.cap import check_size, may_have_grown
from server.sync.cursor import Begun, Cursor, Mark, could_be, scope_of
from server.sync.referred import referrals_since
from server.sync.served import institution_views
from server.sync.stages import STAGES, Page, Reader, Span, counts

PAGE_ROWS = 500


def page(
    session: Session,
    actor: Actor,
    keyring: Keyring,
    cursor: Cursor,
    now: datetime,
    only: frozenset[UUID] | None = None,
) -> Page:
    """The next page: institution by institution until it is full; the cursor says how far it got.

    `only` are the institutions that were chosen for this phone where all would be too much; the phone forgets
    the others. Refuses `too_many_rows`.
    """
    reader = Reader(session, actor, clock.local_day(now, "Asia/Shanghai"))
    current = {
        id_: Mark(revision, reader.today, scope_of(actor, id_))
        for id_, revision in _revisions(reader).items()
        if only is None or id_ in only
    }
    known = cursor.marks.items()
    read = {id_: mark for id_, mark in known if id_ in current and could_be(mark, current[id_])}
    if may_have_grown(cursor, current):
        sizes = counts(reader, Span(dict.fromkeys(current)))
        check_size(session, {id_: sizes.get(id_, 0) for id_ in current})
    held = {*cursor.marks, *([cursor.begun.institution] if cursor.begun else [])}
    found = Page(cursor, forget=sorted(held - current.keys()))
    shared = reference(keyring)
    if cursor.reference != shared["version"]:
        found.reference = shared
    begun = _fill(reader, found, _still_good(cursor, read, current), read, current)
    found.more = begun is not None or bool(_news(read, current))
    sent = cursor.referrals
    if not found.more:
        found.referrals, sent = referrals_since(session, actor, sent, now)
    found.cursor = Cursor(shared["version"], read, begun, sent)
    return found


def _fill(
    reader: Reader, found: Page, begun: Begun | None, read: dict[UUID, Mark], current: Mapping[UUID, Mark]
) -> Begun | None:
    """Read on until the page is full or all is read, noting it in `read`. Returns what is half read."""
    room = PAGE_ROWS
    if begun:
        rest, room = _read_on(reader, found, begun, read.get(begun.institution), room)
        if rest:
            return rest
        read[begun.institution] = begun.target
    while room > 0 and (news := _news(read, current)):
        span = _alike(news[:room], read, current)
        together = _fitting(counts(reader, span), span, room)
        room -= _read_together(reader, found, Span({id_: span.marks[id_] for id_ in together}))
        read |= {id_: current[id_] for id_ in together}
        split = next((id_ for id_ in span.marks if id_ not in together), None)
        if split and room > 0:
            half = Begun(split, current[split], 0, None)
            rest, room = _read_on(reader, found, half, read.get(split), room)
            if rest:
                return rest
            read[split] = current[split]
    return None


def _news(read: Mapping[UUID, Mark], current: Mapping[UUID, Mark]) -> list[UUID]:
    """The institutions with something new."""
    return [id_ for id_ in sorted(current) if read.get(id_) != current[id_]]


def _alike(news: Sequence[UUID], read: Mapping[UUID, Mark], current: Mapping[UUID, Mark]) -> Span:
    """Those that can be read with the first of them: all whole, or all since a mark."""
    if news[0] not in read:
        return Span({id_: None for id_ in news if id_ not in read})
    known = {id_: read[id_] for id_ in news if id_ in read}
    still = [id_ for id_, mark in known.items() if mark.revision == current[id_].revision]
    # Where nothing was written since its mark, any later one says the same: one for all is a short statement.
    top = max((known[id_].revision for id_ in still), default=0)
    return Span({**known, **{id_: known[id_]._replace(revision=top) for id_ in still}})


def _fitting(sizes: Mapping[UUID, int], span: Span, room: int) -> list[UUID]:
    """The first of them that fit in this room; each is a row itself."""
    sums = accumulate(1 + sizes.get(id_, 0) for id_ in span.marks)
    return [id_ for id_, rows in zip(span.marks, sums, strict=True) if rows <= room]


def _read_together(reader: Reader, found: Page, span: Span) -> int:
    """All of these institutions; how many rows there were."""
    if not span.marks:
        return 0
    if span.whole:
        found.snapshots += span.marks
    views = institution_views(reader.session, reader.actor, span.marks.keys(), reader.today)
    found.institutions += views
    rows = len(views)
    for key, statement, add in STAGES:
        read = reader.session.scalars(statement(reader, span).order_by(key)).all()
        add(reader, found, read, span.whole)
        rows += len(read)
    return rows


def _still_good(cursor: Cursor, read: Mapping[UUID, Mark], current: Mapping[UUID, Mark]) -> Begun | None:
    """What was begun goes on, unless it left the scope or a restored backup has undone it."""
    begun = cursor.begun
    if begun is None or begun.institution not in current:
        return None
    same_start = (begun.institution in cursor.marks) == (begun.institution in read)
    sound = could_be(begun.target, current[begun.institution]) and 0 <= begun.stage < len(STAGES)
    return begun if same_start and sound else None


def _revisions(reader: Reader) -> dict[UUID, int]:
    rows = reader.session.execute(
        select(InstitutionRevision.institution_id, InstitutionRevision.value).where(
            InstitutionRevision.institution_id.in_(reader.actor.reach)
        )
    )
    return dict(iter(rows))


def _read_on(
    reader: Reader, found: Page, reading: Begun, mark: Mark | None, room: int
) -> tuple[Begun | None, int]:
    """All of it where the phone has nothing, otherwise what changed since; as many rows as there is room for.

    Returns where to go on, None if it was read to its end, and the room that is left.
    """
    institution, target, start, after = reading
    span = Span({institution: mark})
    if start == 0 and after is None:
        if mark is None:
            found.snapshots.append(institution)
        found.institutions += institution_views(reader.session, reader.actor, [institution], reader.today)
        room -= 1
    for number, (key, statement, add) in enumerate(STAGES[start:], start):
        rows = statement(reader, span).order_by(key).limit(room)
        if after:
            rows = rows.where(key > after)
        read = reader.session.scalars(rows).all()
        add(reader, found, read, span.whole)
        room -= len(read)
        if room <= 0:
            return Begun(institution, target, number, read[-1].id if read else after), 0
        after = None
    return None, room


def reference(keyring: Keyring) -> dict[str, Any]:
    """What is the same for everybody: catalogue, forms, reason codes, public keys of posters and of seals."""
    newest = keyring.sealing[0]
    keys = [*(key.id.hex() for key in keyring.signing), newest.id.hex()]
    return {
        "version": ".".join([catalogue.version(), policies.version(), *keys]),
        "services": list(catalogue.services().values()),
        "categories": catalogue.categories(),
        "forms": list(catalogue.forms().values()),
        "policies": policies.policies(),
        "keys": [{"id": key.id.hex(), "jwk": key.public_jwk()} for key in keyring.signing],
        "sealing": {"id": newest.id.hex(), "jwk": newest.public_jwk()},
        "reasons": catalogue.reasons(),
    }
