"""The envelope: reading a request of a phone, and the shape of the answer. No database here."""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import ValidationError, fields, validate

from server.confirmation.schemas import AnswerSchema, ConfirmSchema, DisputeSchema
from server.errors import FieldError, Refusal, invalid
from server.followups.schemas import FollowUpDoneSchema
from server.referrals.schemas import AcceptSchema, CloseSchema, FamilySchema, RequestSchema, StepSchema
from server.rounds.rules import OLDEST, TOO_OLD
from server.rounds.schemas import (
    AmendSchema,
    CheckInSchema,
    CheckOutSchema,
    JoinSchema,
    NoteSchema,
    PositionSchema,
    RecordSchema,
    VoidSchema,
)
from server.sync.keeping import DEEPEST, Kept, keep, too_deep
from server.sync.loading import loader
from server.sync.sealing import Opener, is_sealed
from server.web.schemas import UNSTORABLE, Instant, Schema, flat_errors, one_of, text

PROTOCOL = 1
MAX_ENTRIES = 500
MAX_BYTES = 2 * 1024 * 1024
_ROUNDING = timedelta(seconds=15)
_LONGEST_MS = TOO_OLD // timedelta(milliseconds=1)


class DropSchema(Schema):
    """The author gives up one of their own entries, refused or never sent."""

    entry_id = fields.UUID(required=True)
    reason = text(40)
    text = text(500, allow_none=True)


PAYLOADS: Mapping[str, Schema] = {
    "check_in": CheckInSchema(),
    "record": RecordSchema(),
    "amend": AmendSchema(),
    "void": VoidSchema(),
    "join": JoinSchema(),
    "note": NoteSchema(),
    "check_out": CheckOutSchema(),
    "confirm": ConfirmSchema(),
    "dispute": DisputeSchema(),
    "answer": AnswerSchema(),
    "drop": DropSchema(),
    "referral_request": RequestSchema(),
    "referral_accept": AcceptSchema(),
    "referral_depart": StepSchema(),
    "referral_arrive": StepSchema(),
    "referral_close": CloseSchema(),
    "referral_family": FamilySchema(),
    "follow_up_done": FollowUpDoneSchema(),
}


class EntrySchema(Schema):
    """One thing said on a phone. `at` is its wall clock, `elapsed_ms` its monotonic time since check-in."""

    id = fields.UUID(required=True)
    kind = one_of(PAYLOADS)
    round_id = fields.UUID(required=True)
    at = Instant(required=True)
    elapsed_ms = fields.Integer(
        required=True,
        allow_none=True,
        strict=True,
        validate=validate.Range(0, _LONGEST_MS, error="out_of_range"),
    )
    payload = fields.Dict(required=True)


class WaitingSchema(Schema):
    """What has not arrived yet, besides what the phone sends now."""

    count = fields.Integer(
        required=True, strict=True, validate=validate.Range(0, 10**6, error="out_of_range")
    )
    oldest_at = Instant(required=True, allow_none=True)


class SyncRequestSchema(Schema):
    protocol = fields.Integer(required=True, strict=True)
    account_id = fields.UUID(load_default=None)
    device_id = fields.UUID(required=True)
    device_name = fields.String(load_default="")
    sent_at = Instant(required=True)
    waiting = fields.Nested(WaitingSchema, load_default=None)
    app_version = text(40, load_default=None, allow_none=True)
    entries = fields.List(fields.Raw(allow_none=True), required=True)


_load_request = loader(SyncRequestSchema())
_load_entry = loader(EntrySchema())
_load_payload = {kind: loader(schema) for kind, schema in PAYLOADS.items()}


class FieldErrorSchema(Schema):
    path = fields.String(required=True)
    code = fields.String(required=True)
    limit = fields.Raw()


class ResultSchema(Schema):
    id = fields.String(required=True, allow_none=True)
    outcome = one_of(["stored", "duplicate", "refused", "busy"])
    code = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)
    fields_ = fields.List(
        fields.Nested(FieldErrorSchema), required=True, data_key="fields", attribute="fields"
    )
    record = fields.Dict(required=True, allow_none=True)


class SyncReplySchema(Schema):
    protocol = fields.Integer(required=True)
    server_time = Instant(required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True)


class Entry(NamedTuple):
    """An entry that was read; `at` is corrected by the offset between the phone's clock and ours, `said_at`
    is as the phone said it."""

    id: UUID
    kind: str
    round_id: UUID
    at: datetime
    elapsed_ms: int | None
    payload: Mapping[str, Any]
    kept: Kept
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry that is not of its shape: what could be read of it, and what is wrong with it.

    Of its payload only the position is read: nothing else that is not kept with the entry is needed to judge
    it again.
    """

    id: UUID | None
    kind: str | None
    round_id: UUID | None
    kept: Kept
    refusal: Refusal
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """A request that was read. `arrived_at`: when its entries came, where they are judged again later;
    `account_id`: whose they are, where the phone says so."""

    device_id: UUID
    device_name: str
    offset: timedelta
    entries: tuple[Entry | Unreadable, ...]
    waiting: Mapping[str, Any] | None = None
    app_version: str | None = None
    arrived_at: datetime | None = None
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an entry. `record` is what the phone may want to know of it at once."""

    id: str | None
    outcome: str
    code: str | None = None
    fields: tuple[FieldError, ...] = ()
    record: Mapping[str, Any] | None = None


def unpack(body: bytes, encoding: str | None) -> bytes:
    """The body as sent, or unzipped, never more than the limit."""
    encoding = (encoding or "identity").lower()
    if encoding == "identity":
        unpacked = body
    elif encoding == "gzip":
        unpacked = _unzip(body)
    else:
        raise invalid("Content-Encoding", "unknown_choice")
    if len(unpacked) > MAX_BYTES:
        raise Refusal("too_large", FieldError("body", "too_large", MAX_BYTES), limit=MAX_BYTES)
    return unpacked


def _unzip(body: bytes) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        unpacked = unzip.decompress(body, MAX_BYTES + 1)
    except zlib.error:
        raise invalid("body", "not_gzip") from None
    if not unzip.eof and len(unpacked) <= MAX_BYTES:
        raise invalid("body", "cut_off")
    return unpacked


def read_batch(body: bytes, received_at: datetime, opener: Opener | None = None) -> Batch:
    """A request's entries, each read by itself: one that is malformed does not take its neighbours along.

    `opener` opens those that are sealed; from then on they are as if they had come plain.
    """
    try:
        return _batch(body, received_at, opener)
    except RecursionError:
        raise invalid("body", "too_deep") from None


def _batch(body: bytes, received_at: datetime, opener: Opener | None) -> Batch:
    envelope = _envelope(body)
    if envelope["protocol"] != PROTOCOL:
        raise invalid("protocol", "unknown_choice", PROTOCOL)
    if len(envelope["entries"]) > MAX_ENTRIES:
        raise Refusal("too_large", limit=MAX_ENTRIES)
    offset = believed(received_at - envelope["sent_at"])
    return Batch(
        envelope["device_id"],
        UNSTORABLE.sub("", envelope["device_name"])[:80],
        offset,
        tuple(
            read_entry(raw, f"entries[{position}]", offset, opener)
            for position, raw in enumerate(envelope["entries"])
        ),
        _waiting(envelope["waiting"], received_at),
        envelope["app_version"],
        account_id=envelope["account_id"],
    )


def _waiting(told: Mapping[str, Any] | None, received_at: datetime) -> Mapping[str, Any] | None:
    """Nothing waits since later than now, nor for longer than anything is taken, whatever a clock says."""
    if told is None or told["oldest_at"] is None:
        return told
    return {**told, "oldest_at": max(received_at - OLDEST, min(told["oldest_at"], received_at))}


def believed(offset: timedelta) -> timedelta:
    """The way of a request is part of the measured difference: a small one says nothing about the clock."""
    return timedelta(0) if abs(offset) < _ROUNDING else offset


def _envelope(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        raise invalid("body", "not_json") from None
    try:
        return _load_request(document)
    except ValidationError as error:
        raise Refusal("invalid", *flat_errors(error.messages)) from None


def read_entry(raw: Any, path: str, offset: timedelta, opener: Opener | None) -> Entry | Unreadable:
    """One entry, plain or sealed; `path` is where it stands, for errors of its envelope."""
    if opener is None or not is_sealed(raw):
        return _entry(raw, path, offset)
    try:
        plain = opener.open(raw)
    except Refusal as refusal:
        return _unreadable(raw, keep(raw, deep=too_deep(raw) is not None), refusal)
    return _entry(plain, path, offset)


def _entry(raw: Any, path: str, offset: timedelta) -> Entry | Unreadable:
    beginning = too_deep(raw)
    kept = keep(raw, deep=beginning is not None)
    if beginning is not None:
        return _unreadable(raw, kept, invalid(_inside(path, beginning), "too_deep", DEEPEST))
    try:
        read = _load_entry(raw)
        at = _corrected(read["at"], offset)
    except ValidationError as error:
        return _unreadable(raw, kept, Refusal("invalid", *flat_errors(error.messages, path)))
    try:
        payload = _load_payload[read["kind"]](read["payload"])
    except ValidationError as error:
        return _unreadable(raw, kept, Refusal("invalid", *flat_errors(error.messages, "payload")))
    if _SUSPECT.search(kept.content) and not _storable(raw):
        return _unreadable(raw, kept, invalid("payload", "bad_characters"))
    said = read["id"], read["kind"], read["round_id"], at, read["elapsed_ms"]
    return Entry(*said, payload, kept, read["at"])


def _inside(path: str, steps: str) -> str:
    """As of other errors: fields of the payload by themselves, all else below the path of the entry."""
    if steps.startswith("payload"):
        return steps
    return path + steps if steps.startswith("[") else f"{path}.{steps}"


def _corrected(at: datetime, offset: timedelta) -> datetime:
    try:
        return at + offset
    except OverflowError:
        raise ValidationError({"at": ["out_of_range"]}) from None


def _unreadable(raw: Any, kept: Kept, refusal: Refusal) -> Unreadable:
    """Keep what can be read of it: above all the id, so that the phone can match the answer."""
    known = raw if isinstance(raw, dict) else {}
    kind = known.get("kind")
    return Unreadable(
        _uuid(known.get("id")),
        kind if isinstance(kind, str) and kind in PAYLOADS else None,
        _uuid(known.get("round_id")),
        kept,
        refusal,
        _position(known.get("payload")),
    )


_POSITION = PositionSchema()


def _position(payload: Any) -> Mapping[str, Any]:
    """The position of a payload that cannot be read otherwise, where there is one."""
    given = payload.get("position") if isinstance(payload, dict) else None
    try:
        return {"position": _POSITION.load(given)} if given else {}
    except ValidationError:
        return {}


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


# What `UNSTORABLE` looks like in canonical JSON; pairs of surrogates and literal backslashes do so too.
_SUSPECT = re.compile(r"\\u(0000|d[89a-f])")


def _storable(value: Any) -> bool:
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    if isinstance(value, dict):
        return all(_storable(key) and _storable(below) for key, below in value.items())
    return not isinstance(value, list) or all(map(_storable, value))
