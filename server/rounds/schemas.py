"""Wire shapes of rounds and their lines, and of what a phone says about them."""

from typing import Any

from marshmallow import fields, validate

from server.rounds.rules import OUTCOMES
from server.web.schemas import Instant, NamedSchema, Schema, one_of, text


class Measure(fields.Float):
    """A JSON number: marshmallow's own field takes text that looks like one too."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, str):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


def _between(lowest: float, highest: float) -> Measure:
    return Measure(required=True, validate=validate.Range(lowest, highest, error="out_of_range"))


class PositionSchema(Schema):
    """One fix, in WGS-84 degrees and metres."""

    latitude = _between(-90, 90)
    longitude = _between(-180, 180)
    accuracy_m = _between(0, 100_000)
    datum = one_of(["WGS-84"])


class PlacedSchema(Schema):
    """A fix, or why there is none."""

    position = fields.Nested(PositionSchema, required=True, allow_none=True)
    position_problem = one_of(["denied", "unavailable", "timeout", "unsupported"], allow_none=True)


class CheckInSchema(PlacedSchema):
    institution_id = fields.UUID(required=True)
    method = one_of(["rotating", "poster", "short_code", "manual"])
    token = text(400, allow_none=True)
    short_code = text(20, allow_none=True)
    reason = text(40, allow_none=True)
    reason_text = text(500, allow_none=True)


class CheckOutSchema(PlacedSchema):
    note = text(2000, allow_none=True)


def form_number() -> fields.Integer:
    return fields.Integer(
        required=True, allow_none=True, strict=True, validate=validate.Range(1, 10**6, error="out_of_range")
    )


class ContentSchema(Schema):
    outcome = one_of(OUTCOMES)
    form = fields.Dict(keys=fields.String(), required=True)
    form_version = form_number()
    unusual = fields.List(fields.String(), required=True)


class LateSchema(Schema):
    """Why something is said so long after the visit: needed from 7 days on."""

    late_reason = text(40, allow_none=True, load_default=None)
    late_text = text(500, allow_none=True, load_default=None)


class RecordSchema(ContentSchema, LateSchema):
    service = text(80)
    subject_id = fields.UUID(required=True, allow_none=True)


class CorrectionSchema(LateSchema):
    line_id = fields.UUID(required=True)
    version = fields.Integer(required=True, strict=True)
    reason = text(40)
    reason_text = text(500, allow_none=True)


class VoidSchema(CorrectionSchema):
    pass


class AmendSchema(CorrectionSchema, ContentSchema):
    pass


class NoteSchema(Schema):
    text = text(2000)


class JoinSchema(PlacedSchema):
    """A colleague takes part: `token` as the first clinician's phone shows it."""

    institution_id = fields.UUID(required=True)
    token = text(400)


class ParticipantSchema(NamedSchema):
    """A colleague who joined, and what shows that they were there."""

    at = Instant(required=True)
    grade = one_of(["A", "B", "C", "D"])
    grade_reasons = fields.List(fields.String(), required=True)
    distance_m = fields.Integer(required=True, allow_none=True)
    accuracy_m = fields.Integer(required=True, allow_none=True)


class RoundSchema(Schema):
    """A visit and its evidence. Distances in whole metres, `minutes` by the phone's monotonic clock.

    `no_signal`: it arrived more than a day after it was said, which is a fact and no grade.
    """

    id = fields.UUID(required=True)
    institution_id = fields.UUID(required=True)
    medical = fields.Nested(NamedSchema, required=True)
    clinician = fields.Nested(NamedSchema, required=True)
    participants = fields.List(fields.Nested(ParticipantSchema), required=True)
    status = one_of(["open", "closed"])
    on = fields.Date(required=True)
    checked_in_at = Instant(required=True)
    checked_out_at = Instant(required=True, allow_none=True)
    minutes = fields.Integer(required=True, allow_none=True)
    method = fields.String(required=True)
    manual_reason = fields.String(required=True, allow_none=True)
    manual_text = fields.String(required=True, allow_none=True)
    grade = one_of(["A", "B", "C", "D"])
    grade_reasons = fields.List(fields.String(), required=True)
    distance_m = fields.Integer(required=True, allow_none=True)
    accuracy_m = fields.Integer(required=True, allow_none=True)
    out_distance_m = fields.Integer(required=True, allow_none=True)
    received_at = Instant(required=True)
    no_signal = fields.Boolean(required=True)
    note = fields.String(required=True, allow_none=True)
    device_name = fields.String(required=True)


class WordSchema(Schema):
    """Who confirmed a line, and when."""

    by = fields.String(required=True)
    at = Instant(required=True)


class DisputeViewSchema(WordSchema):
    reason = fields.String(required=True)
    text = fields.String(required=True, allow_none=True)


class RulingViewSchema(Schema):
    """What a manager of one party, or the regulator, said of a dispute; `settles`: it ended with this one."""

    party = one_of(["medical", "care", "regulator"])
    by = fields.String(required=True)
    at = Instant(required=True)
    verdict = one_of(["confirmed", "void"])
    text = fields.String(required=True)
    settles = fields.Boolean(required=True)


class EarlierSchema(Schema):
    """What a line said before it was corrected: `reason` says why it does no more, `confirmed` who had
    confirmed it as it was."""

    version = fields.Integer(required=True)
    at = Instant(required=True)
    by = fields.String(required=True)
    outcome = one_of(OUTCOMES)
    form = fields.Dict(required=True)
    reason = fields.String(required=True)
    confirmed = fields.Nested(WordSchema, required=True, allow_none=True)


class LineSchema(Schema):
    """One service recorded in a round; the visit itself is the line with the round's id.

    `photos_missing` are those its form names that have not arrived. `earlier` is what it said before
    corrections, the latest first. `answer`: its clinician stands by what `dispute` says is wrong; `rulings`
    are about that dispute.
    """

    id = fields.UUID(required=True)
    institution_id = fields.UUID(required=True)
    round_id = fields.UUID(required=True)
    service = fields.String(required=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    subject_name = fields.String(required=True, allow_none=True)
    on = fields.Date(required=True)
    made_at = Instant(required=True)
    received_at = Instant(required=True)
    no_signal = fields.Boolean(required=True)
    late_reason = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)
    state = one_of(["pending", "confirmed", "disputed", "void"])
    outcome = one_of(OUTCOMES)
    form = fields.Dict(required=True)
    minutes = fields.Integer(required=True, allow_none=True)
    attendees = fields.Integer(required=True, allow_none=True)
    performer = fields.Nested(NamedSchema, required=True)
    urgent = fields.List(fields.String(), required=True)
    assessment = fields.Dict(required=True, allow_none=True)
    not_counted = fields.String(required=True, allow_none=True)
    amended = fields.Boolean(required=True)
    photos_missing = fields.List(fields.UUID(), required=True)
    earlier = fields.List(fields.Nested(EarlierSchema), required=True)
    confirmation = fields.Nested(WordSchema, required=True, allow_none=True)
    dispute = fields.Nested(DisputeViewSchema, required=True, allow_none=True)
    answer = fields.Nested(DisputeViewSchema, required=True, allow_none=True)
    rulings = fields.List(fields.Nested(RulingViewSchema), required=True)
    void_reason = fields.String(required=True, allow_none=True)


class VersionSchema(Schema):
    version = fields.Integer(required=True)
    at = Instant(required=True)
    received_at = Instant(required=True)
    no_signal = fields.Boolean(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    reason_text = fields.String(required=True, allow_none=True)
    late_reason = fields.String(required=True, allow_none=True)
    late_text = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True)
    form = fields.Dict(required=True)
