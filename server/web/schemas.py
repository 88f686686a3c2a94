"""What all wire shapes share: strict input, codes instead of sentences, instants in UTC."""

import re
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import RAISE, Schema as MarshmallowSchema, ValidationError, fields, validate

from server.errors import FieldError

_CODES: dict[type[fields.Field[Any]], dict[str, str]] = {
    fields.Field: {"required": "required", "null": "required", "validator_failed": "not_valid"},
    fields.String: {"invalid": "not_text", "invalid_utf8": "not_text"},
    fields.UUID: {"invalid_uuid": "not_an_id"},
    fields.Integer: {"invalid": "not_a_whole_number", "too_large": "too_high"},
    fields.Float: {"invalid": "not_a_number", "special": "not_a_number", "too_large": "too_high"},
    fields.Boolean: {"invalid": "not_true_or_false"},
    fields.Date: {"invalid": "not_a_day", "format": "not_a_day"},
    fields.List: {"invalid": "not_a_list"},
    fields.Dict: {"invalid": "not_an_object"},
    fields.Nested: {"type": "not_an_object"},
}
for _field, _messages in _CODES.items():
    _field.default_error_messages = {**_field.default_error_messages, **_messages}


class Schema(MarshmallowSchema):
    """Refuses fields it does not know: a misspelt one must not be lost in silence."""

    error_messages = {"unknown": "unknown_field", "type": "not_an_object"}

    class Meta:
        unknown = RAISE
        ordered = True


class Instant(fields.Field[datetime]):
    """An instant as `2026-11-22T05:06:38.123Z`; any ISO 8601 time with a zone is read."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else instant_text(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            return instant_of(value)
        except (TypeError, ValueError, OverflowError):  # overflow: the first hours of year 1 in the east
            raise ValidationError("not_an_instant") from None


def instant_of(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValidationError("no_zone")
    return parsed.astimezone(UTC)


def instant_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


# NUL and lone surrogates: PostgreSQL keeps neither.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(value: str) -> None:
    if UNSTORABLE.search(value):
        raise ValidationError("not_text")


def text(longest: int, *, shortest: int = 1, **kwargs: Any) -> fields.String:
    """A required text of 1 (or `shortest`) to `longest` characters; every one of them storable."""
    if "load_default" not in kwargs:
        kwargs.setdefault("required", True)
    return fields.String(
        validate=[
            validate.Length(min=shortest, error="required"),
            validate.Length(max=longest, error="too_long"),
            storable,
        ],
        **kwargs,
    )


# A year of two digits is a slip; and days at the ends of the calendar have no neighbours to compare with.
_MEANT = validate.Range(date(1890, 1, 1), date(2200, 1, 1), error="out_of_range")


def meant_day(**kwargs: Any) -> fields.Date:
    """A required day that somebody can mean: from 1890 to the beginning of 2200."""
    if "load_default" not in kwargs:
        kwargs.setdefault("required", True)
    return fields.Date(validate=_MEANT, **kwargs)


def one_of(choices: Any, **kwargs: Any) -> fields.String:
    kwargs.setdefault("required", True)
    return fields.String(validate=validate.OneOf(list(choices), error="unknown_choice"), **kwargs)


class NamedSchema(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)


class HealthSchema(Schema):
    status = one_of(["ok"])


def flat_errors(messages: Any, path: str = "") -> list[FieldError]:
    """marshmallow's nested messages as fields: {'form': {'sbp': ['code']}} -> form.sbp: code."""
    if isinstance(messages, dict):
        return [error for key, below in messages.items() for error in flat_errors(below, _join(path, key))]
    return [FieldError(path or "body", str(message)) for message in messages]


def _join(path: str, key: Any) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key == "_schema":
        return path
    return f"{path}.{key}" if path else str(key)
