"""Enrolling and revoking kiosks, and what a kiosk says when it has a network."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, literal, or_, update
from sqlalchemy.orm import Session, joinedload

from server.accounts.service import count_failure, wait_after_failures
from server.audit.service import record
from server.audit.tags import Tag
from server.auth.actor import Actor
from server.errors import NotFound, Refusal, invalid
from server.keys import Keyring, public_key_of, verifies
from server.kiosks.models import Kiosk, KioskInvitation
from server.kiosks.rules import INVITATION_LIFE, handshake_text, new_code, read_code
from server.organisations.models import Organisation
from server.organisations.revisions import raise_revisions

_THROTTLED = "enrolment"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a device says to become a kiosk; `address` is where the request came from."""

    code: str
    public_key: Mapping[str, Any]
    device_name: str
    address: str


@dataclass(frozen=True, slots=True)
class Handshake:
    """`sent_at` and `signature` (base64url) as the request has them."""

    sent_at: str
    nonce: str | None
    jumps: int
    signature: str


def invite(
    session: Session, actor: Actor, institution: Organisation, name: str, keyring: Keyring, now: datetime
) -> tuple[KioskInvitation, str]:
    """An invitation and its code, which is told once and kept nowhere."""
    code = new_code()
    invitation = KioskInvitation(
        institution_id=institution.id,
        name=name,
        code_hash=keyring.lookup_hash(code),
        invited_at=now,
        invited_by_id=actor.id,
        expires_at=now + INVITATION_LIFE,
    )
    session.add(invitation)
    record(session, actor, Tag.KIOSK_INVITED, now, subject=institution.id, other=institution.id)
    return invitation, code


def enrol(session: Session, said: Enrolment, keyring: Keyring, now: datetime) -> Kiosk | Refusal:
    """A new kiosk, or the refusal as a value: the failure it counted must be committed, not rolled back."""
    wait = wait_after_failures(session, _THROTTLED, said.address, now)
    if wait > timedelta(0):
        return Refusal("throttled", retry_after_s=ceil(wait.total_seconds()))
    public_key = _checked_key(said.public_key)
    invitation = _take_invitation(session, said.code, keyring, now)
    if invitation is None:
        count_failure(session, _THROTTLED, said.address, now)
        record(session, None, Tag.KIOSK_ENROLMENT_FAILED, now)
        return invalid("code", "unknown_code")
    kiosk = Kiosk(
        institution=session.get_one(Organisation, invitation.institution_id),
        name=invitation.name,
        device_name=said.device_name,
        public_key=public_key,
        enrolled_at=now,
        enrolled_by_id=invitation.invited_by_id,
        last_seen_at=now,
    )
    session.add(kiosk)
    session.flush()  # the kiosk is told its id
    raise_revisions(session, [kiosk.institution_id])  # phones verify its codes from now on
    _trail(session, None, Tag.KIOSK_ENROLLED, kiosk, now, invitation=str(invitation.id))
    return kiosk


def _checked_key(jwk: Mapping[str, Any]) -> dict[str, Any]:
    try:
        public_key_of(jwk)
    except ValueError:
        raise invalid("public_key", "not_a_key") from None
    return {name: jwk[name] for name in ("kty", "crv", "x", "y")}


def _take_invitation(session: Session, typed: str, keyring: Keyring, now: datetime) -> KioskInvitation | None:
    """The invitation of a code, used up in the same statement: of two devices at once one gets it."""
    code = read_code(typed)
    if code is None:
        return None
    return session.scalar(
        update(KioskInvitation)
        .where(
            KioskInvitation.code_hash == keyring.lookup_hash(code),
            KioskInvitation.used_at.is_(None),
            KioskInvitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(KioskInvitation)
    )


def shake_hands(session: Session, kiosk_id: UUID, said: Handshake, now: datetime) -> Kiosk:
    """The kiosk of a handshake that its own key signed, seen now. Sent again it changes nothing more."""
    kiosk = session.get(Kiosk, kiosk_id, options=[joinedload(Kiosk.institution)])
    if kiosk is None:
        raise NotFound("kiosk")
    message = handshake_text(kiosk.id, said.sent_at, said.nonce, said.jumps)
    if not verifies(public_key_of(kiosk.public_key), message, _signature(said.signature)):
        raise Refusal("forbidden", reason="signature")
    if kiosk.revoked_at is None:
        kiosk.last_seen_at = now
        if said.jumps > kiosk.jumps:
            _trail(session, None, Tag.KIOSK_CLOCK_JUMPED, kiosk, now, jumps=said.jumps)
            kiosk.jumps = said.jumps
    return kiosk


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def revoke(session: Session, actor: Actor, kiosk: Kiosk, reason: str, now: datetime) -> None:
    """From now on its codes prove nothing, and it is told so. A second time changes nothing, but one that
    was only replaced may be lost afterwards, never the other way round.

    `reason` is one of `REVOKED_FOR`: it decides about codes captured before that come after.
    """
    # No lock on the row before: a check-in that holds the institution's counter may need a share of it.
    lost_since = and_(Kiosk.revoked_for == "replaced", literal(reason == "lost"))
    open_to_it = Kiosk.id == kiosk.id, or_(Kiosk.revoked_at.is_(None), lost_since)
    since = func.coalesce(Kiosk.revoked_at, now)
    changed = {"revoked_at": since, "revoked_by_id": actor.id, "revoked_for": reason}
    said = update(Kiosk).where(*open_to_it).values(changed)
    if session.scalar(said.returning(Kiosk.id)) is None:
        return
    raise_revisions(session, [kiosk.institution_id])
    _trail(session, actor, Tag.KIOSK_REVOKED, kiosk, now, reason=reason)


def forget_invitations(session: Session, now: datetime) -> int:
    """Delete those that expired more than a day ago; how many."""
    old = delete(KioskInvitation).where(KioskInvitation.expires_at < now - timedelta(days=1))
    return len(session.scalars(old.returning(KioskInvitation.id)).all())


def _trail(
    session: Session, actor: Actor | None, tag: Tag, kiosk: Kiosk, now: datetime, **details: Any
) -> None:
    """What a kiosk does stands in the trail of its institution, what a person does to it in their own."""
    institution = kiosk.institution_id
    own = None if actor else institution
    record(session, actor, tag, now, subject=kiosk.id, organisation=own, other=institution, **details)
