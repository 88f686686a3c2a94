"""Taking photos in, giving them out, and forgetting them after their time."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.errors import NotFound, Refusal, invalid
from server.keys import Keyring
from server.organisations.revisions import raise_revisions
from server.photos.models import Photo
from server.photos.queries import named_in
from server.photos.rules import photo_problem
from server.rounds.models import ServiceRecord
from server.rounds.queries import line_of, versions_of

KEPT = timedelta(days=15 * 366)  # as long as the records that name them


@dataclass(frozen=True, slots=True)
class Sent:
    """A photo as it came, and the record that names it."""

    id: UUID
    line_id: UUID
    data: bytes


def store(session: Session, actor: Actor, keyring: Keyring, sent: Sent, now: datetime) -> None:
    """Keep a photo that one of the author's own records names. The same one sent again changes nothing."""
    line = line_of(session, actor, sent.line_id)
    if line.performer_id != actor.id:
        raise Refusal("forbidden", reason="not_yours")
    if problem := photo_problem(sent.data):
        raise invalid("body", problem)
    raised = raise_revisions(
        session, [line.institution_id]
    )  # its lock lets one in: the second finds the first
    digest = hashlib.sha256(sent.data).hexdigest()
    before = session.get(Photo, sent.id)
    if before is not None:
        if (before.record_id, before.digest) != (line.id, digest):
            raise Refusal("conflict", reason="content_differs")
        return
    if sent.id not in _named(session, line):
        raise Refusal("conflict", reason="not_named")
    key_id, sealed = keyring.seal_photo(sent.id, sent.data)
    session.add(
        Photo(
            id=sent.id,
            record_id=line.id,
            by_id=actor.id,
            received_at=now,
            digest=digest,
            key_id=key_id,
            sealed=sealed,
        )
    )
    line.revision = raised[line.institution_id]  # phones learn that it is here
    parties = {"organisation": line.medical_id, "other": line.institution_id}
    record(session, actor, Tag.PHOTO_STORED, now, subject=line.id, photo=str(sent.id), **parties)


def _named(session: Session, line: ServiceRecord) -> set[UUID]:
    """What the record names, or named before it was corrected."""
    said = [line.form, *(version.form for version in versions_of(session, [line.id]).get(line.id, []))]
    return {id_ for form in said for id_ in named_in(line.service, form)}


def picture_of(
    session: Session, actor: Actor, keyring: Keyring, photo_id: UUID
) -> tuple[ServiceRecord, bytes]:
    """The record and the JPEG, for those who give or receive this care: nobody else sees people's wounds."""
    photo = session.scalar(select(Photo).where(Photo.id == photo_id).options(undefer(Photo.sealed)))
    if photo is None:
        raise NotFound("photo")
    line = line_of(session, actor, photo.record_id)
    if not actor.knows(line.medical_id, line.institution_id):
        raise NotFound("photo")
    return line, keyring.open_photo(photo.id, photo.key_id, photo.sealed)


def forget_photos(session: Session, now: datetime) -> int:
    """Delete those that came more than fifteen years ago; how many."""
    old = delete(Photo).where(Photo.received_at < now - KEPT)
    return len(session.scalars(old.returning(Photo.id)).all())
