"""Creating organisations."""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.auth.roles import OrganisationKind
from server.errors import invalid
from server.organisations.models import InstitutionRevision, Organisation
from server.organisations.rules import region_error, uscc_warning

log = logging.getLogger(__name__)


def create_organisation(
    session: Session,
    actor: Actor | None,
    kind: OrganisationKind,
    name: str,
    region: str,
    now: datetime,
    **fields: Any,
) -> Organisation:
    """A new organisation; a care institution gets its revision counter with it.

    A doubtful credit code is kept with a warning: some early real ones fail the check.
    """
    if problem := region_error(region):
        raise invalid("region", problem)
    if (uscc := fields.get("uscc")) and (warning := uscc_warning(uscc)):
        log.warning("credit code %s: %s", uscc, warning)
    organisation = Organisation(kind=kind.value, name=name, region=region, created_at=now, **fields)
    session.add(organisation)
    session.flush()  # the counter's row refers to it
    if kind == OrganisationKind.CARE:
        session.add(InstitutionRevision(institution_id=organisation.id, value=0))
        session.flush()  # rows of the institution are stamped from now on
    record(session, actor, Tag.ORGANISATION_CREATED, now, subject=organisation.id, kind=kind.value)
    return organisation
