"""Which photos records name, and which of them are here."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.catalogue import queries as catalogue
from server.photos.models import Photo
from server.rounds.models import ServiceRecord


@cache
def _fields(service: str) -> tuple[str, ...]:
    """The fields of a service's form that hold photos."""
    known = catalogue.services().get(service)
    if known is None or known.form is None:
        return ()
    form = catalogue.forms()[known.form]
    return tuple(field["name"] for field in form["fields"] if field["type"] == "photos")


def named_in(service: str, form: Mapping[str, Any]) -> list[UUID]:
    """The photos that what was entered names."""
    return [UUID(id_) for name in _fields(service) for id_ in form.get(name) or ()]


def missing_of(session: Session, lines: Sequence[ServiceRecord]) -> dict[UUID, list[UUID]]:
    """By line, the photos it names that have not arrived; no query where none names any."""
    named = {line.id: ids for line in lines if (ids := named_in(line.service, line.form))}
    here = _here(session, {id_ for ids in named.values() for id_ in ids}) if named else frozenset()
    return {line: [id_ for id_ in ids if id_ not in here] for line, ids in named.items()}


def _here(session: Session, ids: Iterable[UUID]) -> frozenset[UUID]:
    return frozenset(session.scalars(select(Photo.id).where(Photo.id.in_(set(ids)))))
