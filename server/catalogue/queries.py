"""The national catalogue and the forms: versioned data shipped with the product, read once."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from server.catalogue.rules import Judge

_DATA = Path(__file__).parent / "data"
VISIT = "round"  # the code of the visit itself: a delivery mode with a line of its own


@dataclass(frozen=True, slots=True)
class Service:
    """One of the 59 service codes. `form` is None where only the delivery is noted so far."""

    code: str
    name_zh: str
    name_en: str
    category: str
    recipient: str
    form: str | None

    @property
    def for_resident(self) -> bool:
        return self.recipient == "resident"


@cache
def services() -> dict[str, Service]:
    return {
        item["code"]: Service(
            item["code"],
            item["name_zh"],
            item["name_en"],
            item["category"],
            item["recipient"],
            item["form"] if item.get("form") in forms() else None,
        )
        for item in _read("catalogue.json")["items"]
    }


@cache
def categories() -> list[dict[str, Any]]:
    return [
        {"code": row["code"], "name_zh": row["name_zh"], "name_en": row["name_en"]}
        for row in _read("catalogue.json")["categories"]
    ]


@cache
def forms() -> dict[str, dict[str, Any]]:
    found = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted((_DATA / "forms").glob("*.json"))
    ]
    return {form["code"]: form for form in found}


def form_of(service: str) -> dict[str, Any] | None:
    """The form of today of a service, None for one that has none or is not known."""
    known = services().get(service)
    return forms()[known.form] if known and known.form else None


@cache
def judges() -> dict[str, Judge]:
    """What judges each form, by its code."""
    return {code: Judge(form) for code, form in forms().items()}


@cache
def reasons() -> dict[str, list[dict[str, Any]]]:
    """Reason codes by the act that needs one, each neutral or in need of an explanation."""
    found: dict[str, list[dict[str, Any]]] = _read("reasons.json")
    return found


def reason_codes(act: str) -> frozenset[str]:
    return frozenset(reason["code"] for reason in reasons()[act])


@cache
def version() -> str:
    """Changes when any shipped data changes, so that phones fetch it again."""
    digest = hashlib.sha256()
    for path in sorted(_DATA.rglob("*.json")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _read(name: str) -> Any:
    return json.loads((_DATA / name).read_text(encoding="utf-8"))
