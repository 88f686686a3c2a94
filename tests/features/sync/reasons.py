"""Whether what is refused in the end, with signal and clocks that are right, had to be refused."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from server import clock
from server.agreements.models import Agreement
from server.agreements.rules import SETTLING_DAYS
from server.rounds.models import Round, ServiceRecord
from server.sync.models import LedgerEntry
from tests.factories.world import World


def assert_refused_with_good_reason(
    world: World, agreements: Sequence[Agreement], senseless: Collection[str]
) -> None:
    """`senseless` are the entries that say what cannot be. Nothing may be in the future any more."""
    rounds = {row.id: row for row in world.rows(select(Round))}
    lines = {row.id: row for row in world.rows(select(ServiceRecord))}
    for row in world.rows(select(LedgerEntry).where(LedgerEntry.outcome == "refused")):
        said = json.loads(row.content)
        at = datetime.fromisoformat(said["at"]).astimezone(UTC) + timedelta(milliseconds=row.offset_ms)
        visit = rounds.get(row.round_id)
        known, changed = _named(lines, said["payload"])
        good = {
            "invalid": str(row.entry_id) in senseless,
            "too_old": row.decided_at - at > timedelta(days=95),
            "late_entry": visit and at - visit.checked_in_at > timedelta(days=7),
            "out_of_scope": row.kind == "check_in" and not _served(agreements, at, row.decided_at),
            "unknown_round": visit is None or not _served(agreements, row.decided_at),
            "unknown_line": not known,
            "stale_version": changed,
            "void": changed,
        }
        assert good.get(row.code), (row.code, said)


def _named(lines: dict[UUID, ServiceRecord], payload: dict[str, Any]) -> tuple[bool, bool]:
    """Whether all lines that an entry names are there, and whether one is not as it was seen."""
    named = payload.get("lines", [payload])
    found = [(lines.get(UUID(each["line_id"])), each["version"]) for each in named if "line_id" in each]
    known = [(line, version) for line, version in found if line]
    changed = any(line.version != version or line.state == "void" for line, version in known)
    return len(known) == len(found), changed


def _served(agreements: Sequence[Agreement], *moments: datetime) -> bool:
    """Whether at each of them some agreement is in force, or settles."""
    settling = timedelta(days=SETTLING_DAYS)
    days = [clock.local_day(moment, "Asia/Shanghai") for moment in moments]
    return all(any(each.starts <= day <= each.last_day + settling for each in agreements) for day in days)
