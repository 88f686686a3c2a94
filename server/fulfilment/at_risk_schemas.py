"""Wire shapes of what is at risk."""

from marshmallow import fields

from server.fulfilment.schemas import RISKS, AgreementNameSchema, TitleSchema, figure
from server.web.schemas import NamedSchema, Schema, one_of, text


class AtRiskQuerySchema(Schema):
    """`within` is a region code or the first digits of one."""

    by = one_of(["agreement", "clinician"], required=False, load_default="agreement")
    agreement_id = fields.UUID(load_default=None)
    clinician_id = fields.UUID(load_default=None)
    within = text(6, load_default=None)


class WindowAtRiskSchema(Schema):
    """An open window summed over its subjects; by the reported figures `owing` of them owe `owed`."""

    commitment_id = fields.UUID(required=True)
    title = fields.Nested(TitleSchema, required=True)
    agreement = fields.Nested(AgreementNameSchema, required=True)
    start = fields.Date(required=True)
    end = fields.Date(required=True)
    deadline = fields.Date(required=True)
    promised = figure()
    reported = figure()
    confirmed = figure()
    excused = figure()
    expected = figure()
    owed = figure()
    owing = figure()
    last_chance = fields.Date(required=True)
    risk = one_of(RISKS)


class RiskGroupSchema(Schema):
    """`clinician` made most rounds there in the last 90 days; None: nobody did."""

    agreement = fields.Nested(AgreementNameSchema, required=True, allow_none=True)
    clinician = fields.Nested(NamedSchema, required=True, allow_none=True)
    owed = figure()
    first_chance = fields.Date(required=True, allow_none=True)
    windows = fields.List(fields.Nested(WindowAtRiskSchema), required=True)


class AtRiskSchema(Schema):
    """The most urgent `shown` of `total` windows, in groups; the most urgent group first."""

    as_of = fields.Date(required=True)
    by = one_of(["agreement", "clinician"])
    total = figure()
    shown = figure()
    groups = fields.List(fields.Nested(RiskGroupSchema), required=True)
