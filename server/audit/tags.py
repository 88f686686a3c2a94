"""The vocabulary of the trail."""

from enum import StrEnum


class Tag(StrEnum):
    SIGN_IN = "account.sign_in"
    SIGN_IN_FAILED = "account.sign_in_failed"
    SIGN_OUT = "account.sign_out"
    SESSION_REVOKED = "account.session_revoked"
    ACCOUNT_CREATED = "account.created"
    MEMBERSHIP_GRANTED = "account.membership_granted"
    ORGANISATION_CREATED = "organisation.created"
    RESIDENT_CREATED = "resident.created"
    RESIDENT_CHANGED = "resident.changed"
    AGREEMENT_CREATED = "agreement.created"
    AGREEMENT_STATE = "agreement.state"
    POSTER_ISSUED = "poster.issued"
    ROUND_CHECKED_IN = "round.checked_in"
    ROUND_CHECKED_OUT = "round.checked_out"
    RECORD_STORED = "record.stored"
    RECORD_AMENDED = "record.amended"
    RECORD_VOIDED = "record.voided"
    RECORD_CONFIRMED = "record.confirmed"
    RECORD_DISPUTED = "record.disputed"
