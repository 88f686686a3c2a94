"""What requests of the access matrix carry."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from server.keys import SigningKey
from server.web.schemas import instant_text
from tests.factories.client import PASSWORD
from tests.factories.world import NOW


def public_key() -> dict[str, Any]:
    """A key that nobody has the other half of."""
    return SigningKey(b"", ec.generate_private_key(ec.SECP256R1())).public_jwk()


def kiosks(home_id: str) -> dict[str, Any]:
    """A code and a signature that are nobody's."""
    return {
        "/kiosks/invitations": {"institution_id": home_id, "name": "前台"},
        "/kiosks/enrolments": {"code": "ABCD-2345", "public_key": public_key()},
        "/kiosks/<kiosk_id>/handshake": {"sent_at": instant_text(NOW), "jumps": 0, "signature": "AAAA"},
    }


def people_and_places(login: str | None, clinician: dict[str, str]) -> dict[str, Any]:
    """What is said of people and places: of the future where saying it once would be all."""
    certificate = {
        "number": "1",
        "category": "nurse",
        "valid_from": "2026-01-01",
        "valid_until": "2027-01-01",
    }
    person = {"name": f"新人-{login}", "sex": "female", "born": "1940-01-01", "moved_in": "2026-01-01"}
    return {
        "/session/password": {"old": PASSWORD, "new": "short"},
        "/organisations": {"kind": "care", "name": "新建养老院", "region": "999901"},
        "/institutions/<institution_id>/location": {
            "latitude": 30.0,
            "longitude": 120.0,
            "datum": "WGS-84",
            "fence_m": 150,
        },
        "/accounts": {
            "login": f"new-{login}",
            "name": "新人",
            "password": PASSWORD,
            "memberships": [clinician],
        },
        "/accounts/<account_id>/certificate": certificate,
        "/accounts/<account_id>/password": {"password": PASSWORD},
        "/institutions/<institution_id>/residents": person,
        "/audit/recipients/<organisation_id>": {"address": "heads@example.cn"},
        "/audit/recipients/<organisation_id>/remove": {"address": "nobody@example.cn"},
        "/residents/<resident_id>/move-out": {"on": "2026-09-01", "reason": "回家"},
        "/residents/<resident_id>/move-in": {"on": "2026-09-01"},
        "/residents/<resident_id>/conditions": {"code": "disabled", "since": "2026-09-01"},
        "/residents/<resident_id>/conditions/end": {"code": "disabled", "until": "2026-09-01"},
    }
