"""The chain: what is hashed, and whether links follow from each other. Pure.

docs/audit-chain.md specifies it for third parties; a change needs a new name of the format.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from json.encoder import encode_basestring
from typing import Any, NamedTuple
from uuid import UUID

FORMAT = "xunyue-audit-1"
# The chain of acts that no organisation's member did: the operator's commands, failed sign-ins.
NO_ORGANISATION = UUID(int=0)
BEGINNING = bytes(32)
SALT_BYTES = 16
REQUIRED = ("id", "at", "tag")
UNKNOWN_TO_SOME = ("actor", "session", "organisation", "other", "subject")
ACT = (*REQUIRED, *UNKNOWN_TO_SOME)

canonical: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


def chain_of(organisation_id: UUID | None) -> UUID:
    return organisation_id or NO_ORGANISATION


def moment(at: datetime) -> str:
    """`2026-05-12T01:30:15.123456Z`: always UTC, always six digits."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


class Act(NamedTuple):
    """What an entry says, in the words of the chain: ids and digests in lower-case hexadecimal."""

    id: str
    at: str
    tag: str
    actor: str | None
    session: str | None
    organisation: str | None
    other: str | None
    subject: str | None


def details_digest(salt: bytes, text: str) -> bytes:
    """Salted, so that an entry whose details were erased does not tell them to whoever guesses them."""
    return sha256(salt + text.encode()).digest()


def link_text(act: Act, details: bytes, seq: int, previous: bytes) -> str:
    """The text whose SHA-256 is the digest of an entry; `details` is their digest.

    Canonical JSON, spelt out: a sealer writes some thousands a second.
    """
    return (
        f'{{"actor":{_quoted(act.actor)},"at":{_quoted(act.at)},"details":"{details.hex()}",'
        f'"format":"{FORMAT}","id":{_quoted(act.id)},"organisation":{_quoted(act.organisation)},'
        f'"other":{_quoted(act.other)},"previous":"{previous.hex()}","seq":{seq},'
        f'"session":{_quoted(act.session)},"subject":{_quoted(act.subject)},"tag":{_quoted(act.tag)}}}'
    )


def _quoted(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


def digest(act: Act, details: bytes, seq: int, previous: bytes) -> bytes:
    return sha256(link_text(act, details, seq, previous).encode()).digest()


class Link(NamedTuple):
    """A sealed entry as it is found. `details` is their text, None (as the salt) where they were erased."""

    act: Act
    seq: int
    details: str | None
    salt: bytes | None
    details_digest: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """The first link of a chain that does not hold.

    `missing`: no entry with this number; `repeated`: a number that was there before; `organisation`: an
    entry of another one; `details`: not those that were sealed; `digest`: the entry, or the one before it,
    is not the one that was sealed; `head`: the end on record, or a head given, says otherwise.
    """

    seq: int
    differs: str


class Chain:
    """Links checked one by one as they come, in order of their numbers; keeps the last one alone.

    `heads` are digests by number that are known from elsewhere; `compared` counts those that came by.
    """

    def __init__(
        self,
        organisation: str | None,
        previous: bytes = BEGINNING,
        since: int = 1,
        heads: Mapping[int, bytes] | None = None,
    ) -> None:
        self.organisation = organisation
        self.seq = since - 1
        self.digest = previous
        self.heads = heads or {}
        self.entries = 0
        self.erased = 0
        self.compared = 0
        self.broken: Broken | None = None

    def add(self, link: Link) -> None:
        """Check the next link; after the first that does not hold there is nothing to follow from."""
        if self.broken:
            return
        if differs := self._differs(link):
            self.broken = Broken(link.seq if differs == "repeated" else self.seq + 1, differs)
            return
        self.seq, self.digest = link.seq, link.digest
        self.entries += 1
        self.erased += link.salt is None
        if link.seq in self.heads:
            self.compared += 1
            if self.heads[link.seq] != link.digest:
                self.broken = Broken(link.seq, "head")

    def end(self, seq: int, head: bytes) -> None:
        """The chain must end with this number and this digest."""
        if self.broken:
            return
        if self.seq < seq:
            self.broken = Broken(self.seq + 1, "missing")
        elif self.seq > seq or head != self.digest:
            self.broken = Broken(min(seq + 1, self.seq), "head")

    def _differs(self, link: Link) -> str | None:
        if link.seq != self.seq + 1:
            return "missing" if link.seq > self.seq else "repeated"
        if link.act.organisation != self.organisation:
            return "organisation"
        if _details_differ(link):
            return "details"
        expected = digest(link.act, link.details_digest, link.seq, self.digest)
        return None if expected == link.digest else "digest"


def _details_differ(link: Link) -> bool:
    if link.salt is None or link.details is None:
        return link.salt is not None or link.details is not None
    return details_digest(link.salt, link.details) != link.details_digest


def act_of(row: Any) -> Act:
    """The act of a stored entry, or of any row with its columns."""
    return Act(
        str(row.id),
        moment(row.at),
        row.tag,
        _text(row.actor_id),
        _text(row.session_id),
        _text(row.organisation_id),
        _text(row.other_id),
        _text(row.subject_id),
    )


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
