"""Issuing posters, and judging the code of a check-in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.checkin.models import Poster
from server.checkin.queries import current_poster
from server.checkin.rules import (
    PosterToken,
    RotatingToken,
    Use,
    read_poster_token,
    read_rotating_token,
    rotating_reasons,
    step_of,
)
from server.keys import Keyring, public_key_of, verifies
from server.kiosks.queries import KnownKiosk
from server.kiosks.rules import new_code
from server.organisations.revisions import raise_revisions


def issue_poster(
    session: Session, actor: Actor | None, institution_id: UUID, keyring: Keyring, now: datetime
) -> Poster:
    """A new version of an institution's poster, signed; every earlier one is revoked by it."""
    raise_revisions(session, [institution_id])  # its lock lets one issue at a time
    latest = current_poster(session, institution_id)
    version = latest.version + 1 if latest else 1
    key = keyring.signing[0]
    unsigned = PosterToken(key.id, institution_id, version)
    token = PosterToken(key.id, institution_id, version, key.sign(unsigned.signed_part))
    poster = Poster(
        institution_id=institution_id,
        version=version,
        short_code=new_code(),
        token=token.text,
        issued_at=now,
        issued_by=actor.id if actor else None,
    )
    session.add(poster)
    record(session, actor, Tag.POSTER_ISSUED, now, subject=institution_id, version=version)
    return poster


def what_is_wrong_with(
    token_text: str | None, institution_id: UUID, version: int | None, keyring: Keyring
) -> list[str]:
    """Reasons why a scanned poster proves nothing; empty for the current one of this institution.

    `version` is the institution's current poster version, None where it has none.
    """
    token = read_poster_token(token_text or "")
    key = keyring.signing_key(token.key_id) if token else None
    if token is None or key is None or not key.verifies(token.signed_part, token.signature):
        return ["poster_forged"]
    if token.institution_id != institution_id:
        return ["poster_of_another_institution"]
    return [] if token.version == version else ["poster_revoked"]


@dataclass(frozen=True, slots=True)
class Scan:
    """A rotating code as a check-in names it.

    `captured` is when, by the phone's clock corrected and as it is: a slow request looks like a wrong clock,
    so that the step may agree with either. `received_at` is when the server had it first.
    """

    token_text: str | None
    institution_id: UUID
    round_id: UUID
    captured: tuple[datetime, ...]
    received_at: datetime


def judge_rotating(
    scan: Scan, kiosks: Mapping[UUID, KnownKiosk], uses: Mapping[tuple[UUID, int], UUID]
) -> tuple[RotatingToken | None, list[str]]:
    """The code if a kiosk really signed it, and all that speaks against it.

    `uses` are the rounds in which the clinician used codes (kiosk, step) before: this round's own is none.
    """
    token = read_rotating_token(scan.token_text or "")
    if token is None:
        return None, ["code_forged"]
    kiosk = kiosks.get(token.kiosk_id)
    if kiosk is None:
        return None, ["kiosk_unknown"]
    if not verifies(public_key_of(kiosk.public_key), token.signed_part, token.signature):
        return None, ["code_forged"]
    first = uses.get((token.kiosk_id, token.step), scan.round_id)
    use = Use(
        token=token,
        kiosk_institution_id=kiosk.institution_id,
        enrolled_at=kiosk.enrolled_at,
        revoked_at=kiosk.revoked_at,
        replaced=kiosk.revoked_for == "replaced",
        institution_id=scan.institution_id,
        captured_at=min(scan.captured, key=lambda at: abs(step_of(at) - token.step)),
        received_at=scan.received_at,
        used_before=first != scan.round_id,
    )
    return token, rotating_reasons(use)
