"""Texts for codes, in the request's language; they live in data files, none in code."""

import json
from functools import cache
from pathlib import Path

from flask import has_request_context, request

_DIRECTORY = Path(__file__).parent / "messages"
LANGUAGES = ("zh-CN", "en")


@cache
def catalogue(language: str) -> dict[str, str]:
    texts: dict[str, str] = json.loads((_DIRECTORY / f"{language}.json").read_text(encoding="utf-8"))
    return texts


def text_of(code: str) -> str:
    return catalogue(_language()).get(code, code)


def _language() -> str:
    if not has_request_context():
        return LANGUAGES[0]
    return request.accept_languages.best_match(LANGUAGES, default=LANGUAGES[0]) or LANGUAGES[0]
