"""The entry with which a colleague joins a round."""

from collections.abc import Mapping
from typing import Any

from server.checkin.rules import read_round_code
from server.keys import Keyring
from server.rounds.joining import Shown, join
from server.rounds.service import Act
from server.sync.entries import fix_of, visit_of
from server.sync.held import Held, visit_record
from server.sync.protocol import Entry


def _join(held: Held, act: Act, entry: Entry, _keyring: Keyring) -> Mapping[str, Any]:
    payload, visit = entry.payload, visit_of(held, entry)
    shown = Shown(
        payload["institution_id"],
        read_round_code(payload["token"]),
        fix_of(payload),
        payload["position_problem"],
    )
    return visit_record(join(held.deeds, act, visit, held.places[visit.institution_id], shown))


APPLY = {"join": _join}
