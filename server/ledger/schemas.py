"""Wire shapes of the ledger, of mending it, of imported files, and of how phones are."""

from marshmallow import fields, validate

from server.sync.protocol import FieldErrorSchema, ResultSchema
from server.web.schemas import Instant, NamedSchema, Schema, meant_day, one_of, text

OUTCOMES = ("refused", "stored", "repaired")
FORMAT, VERSION = "xunyue-entries", 1
_TEN_YEARS_MS = 10 * 366 * 86_400_000


class LedgerQuerySchema(Schema):
    """`day` is the day of receipt in China; `before` is the last answer's `next`."""

    outcome = one_of(OUTCOMES, required=False, load_default=None)
    author = fields.UUID(load_default=None)
    institution = fields.UUID(load_default=None)
    day = meant_day(load_default=None)
    before = fields.String(load_default=None)


class RepairedSchema(Schema):
    by = fields.String(required=True)
    at = Instant(required=True)


class DroppedSchema(Schema):
    """The author gave the entry up."""

    at = Instant(required=True)
    reason = fields.String(required=True)
    text = fields.String(required=True, allow_none=True)


class LedgerEntrySchema(Schema):
    """An entry as it was sent (`content`, without coordinates) and what became of it.

    `message` says the code in words, `mend` what to do about it, `fields` what was wrong where. `repair_of`
    is the row that this one was mended from.
    """

    id = fields.UUID(required=True)
    entry_id = fields.UUID(required=True, allow_none=True)
    kind = fields.String(required=True, allow_none=True)
    round_id = fields.UUID(required=True, allow_none=True)
    author = fields.Nested(NamedSchema, required=True)
    institution = fields.Nested(NamedSchema, required=True, allow_none=True)
    device_name = fields.String(required=True)
    received_at = Instant(required=True)
    decided_at = Instant(required=True)
    outcome = one_of(OUTCOMES)
    code = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)
    mend = fields.String(required=True, allow_none=True)
    fields_ = fields.List(fields.Nested(FieldErrorSchema), required=True, data_key="fields")
    content = fields.Raw(required=True, allow_none=True)
    imported_by = fields.String(required=True, allow_none=True)
    repaired = fields.Nested(RepairedSchema, required=True, allow_none=True)
    repair_of = fields.UUID(required=True, allow_none=True)
    dropped = fields.Nested(DroppedSchema, required=True, allow_none=True)


class LedgerSchema(Schema):
    entries = fields.List(fields.Nested(LedgerEntrySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ReceivedSchema(Schema):
    """One entry, and what else came or was made under its id by the same author: what it was mended from,
    what took its place, other contents that were refused. `form` is the form that it filled in, for the words
    of its fields; None where it filled in none."""

    entry = fields.Nested(LedgerEntrySchema, required=True)
    others = fields.List(fields.Nested(LedgerEntrySchema), required=True)
    form = fields.Dict(required=True, allow_none=True)


class RepairSchema(Schema):
    """`payload` in place of the one that was sent; without it the entry is judged anew as it is."""

    payload = fields.Dict(load_default=None, allow_none=True)


class JudgedSchema(Schema):
    """An entry that was judged again: the one repaired, then what had waited for it."""

    ledger_id = fields.UUID(required=True)
    entry_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    outcome = one_of(["stored", "refused", "duplicate"])
    code = fields.String(required=True, allow_none=True)
    message = fields.String(required=True, allow_none=True)


class RepairReplySchema(Schema):
    judged = fields.List(fields.Nested(JudgedSchema), required=True)


class EntriesFileSchema(Schema):
    """A phone's file of sealed entries that were not sent, in order."""

    format = one_of([FORMAT])
    version = fields.Integer(
        required=True, strict=True, validate=validate.Equal(VERSION, error="unknown_choice")
    )
    account_id = fields.UUID(required=True)
    account_name = text(200, shortest=0)
    device_id = fields.UUID(required=True)
    device_name = text(200, shortest=0)
    exported_at = Instant(required=True)
    offset_ms = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(-_TEN_YEARS_MS, _TEN_YEARS_MS, error="out_of_range"),
    )
    entries = fields.List(fields.Raw(allow_none=True), required=True)


class ImportReplySchema(Schema):
    author = fields.Nested(NamedSchema, required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True)


class UnlockSchema(Schema):
    until = Instant(required=True)
    reason = text(500)


class UnlockedSchema(Schema):
    round_id = fields.UUID(required=True)
    until = Instant(required=True)


class DeviceSchema(Schema):
    """`waiting` and `oldest_waiting_at` as the phone told last, null where it does not tell; `refused` counts
    what was refused of it and neither mended nor given up; `offset_ms` is the server's clock minus its own.
    """

    device_id = fields.UUID(required=True)
    account = fields.Nested(NamedSchema, required=True)
    name = fields.String(required=True)
    app_version = fields.String(required=True, allow_none=True)
    last_sync_at = Instant(required=True)
    waiting = fields.Integer(required=True, allow_none=True)
    oldest_waiting_at = Instant(required=True, allow_none=True)
    offset_ms = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class DevicesSchema(Schema):
    """The longest silent first; `never` are people who could send and never did."""

    devices = fields.List(fields.Nested(DeviceSchema), required=True)
    never = fields.List(fields.Nested(NamedSchema), required=True)
