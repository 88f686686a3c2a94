"""Refusals of the domain. They know no HTTP: server/web/errors.py gives each code its status."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of the input: `path` as `payload.form.sbp`."""

    path: str
    code: str
    limit: Any = None


class Refusal(Exception):
    """Something asked for that is not done. `code` is from the list in server/messages."""

    def __init__(self, code: str, *fields: FieldError, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields
        self.details = details


class NotFound(Refusal):
    """The thing does not exist, or lies outside the actor's scope: the two are not told apart."""

    def __init__(self, thing: str) -> None:
        super().__init__("not_found", thing=thing)


def invalid(path: str, code: str, limit: Any = None) -> Refusal:
    return Refusal("invalid", FieldError(path, code, limit))
