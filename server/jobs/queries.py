"""Reading how the jobs stand."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.audit.models import AuditChain, AuditHead
from server.audit.queries import oldest_unsealed
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.fulfilment.models import Drift, StaleStream
from server.jobs import rules
from server.jobs.models import JobRun
from server.organisations.models import Organisation
from server.rollups.models import StaleAgreement

NIGHTLY = "nightly"
# Failed runs by these names are agreements that cannot be counted: `slot` is the id.
DRAIN, SAMPLE = "drain", "sample"
DIGEST_MAIL = "digest mail"
VERIFICATION = "verify chains"


def last_runs(session: Session, limit: int) -> Sequence[JobRun]:
    """The latest runs of the jobs of the day, newest first."""
    return session.scalars(
        select(JobRun).order_by(JobRun.started_at.desc(), JobRun.job, JobRun.slot).limit(limit)
    ).all()


def last_drifts(session: Session, limit: int) -> Sequence[Drift]:
    """The latest windows found to differ, newest first."""
    return session.scalars(select(Drift).order_by(Drift.found_at.desc(), Drift.id).limit(limit)).all()


def health(session: Session, now: datetime) -> tuple[dict[str, Any], bool]:
    """The figures of the jobs, numbers and days only, and whether all is well."""
    (first, streams), (second, agreements) = (
        session.execute(select(func.min(table.marked_at), func.count())).one()
        for table in (StaleStream, StaleAgreement)
    )
    marks: list[datetime | None] = [first, second]
    recent = Drift.found_at >= now - timedelta(hours=24)
    drifts = session.scalar(select(func.count()).select_from(Drift).where(recent)) or 0
    slot, ended = _last_good_night(session)
    ever = session.scalar(select(func.count()).where(JobRun.job == NIGHTLY)) or 0
    failing = select(func.count(JobRun.slot.distinct())).where(JobRun.job.in_((DRAIN, SAMPLE)))
    failed = session.scalar(failing) or 0
    unsealed, mail, check = oldest_unsealed(session), _digest_mail(session), last_verification(session)
    broken = len(check.result["broken"]) if check else 0
    state = rules.State(
        min(filter(None, marks), default=None),
        drifts,
        ended,
        bool(ever),
        unsealed,
        mail == "failed",
        failed,
        broken,
    )
    return {
        "drain_lag_seconds": int(rules.lag(state, now).total_seconds()),
        "stale_streams": streams,
        "stale_agreements": agreements,
        "drifts_24h": drifts,
        "failing_agreements": failed,
        "nightly_slot": slot,
        "seal_lag_seconds": int(rules.seal_lag(state, now).total_seconds()),
        "digest_mail": mail,
        "broken_chains": broken,
    }, rules.all_is_well(state, now)


def last_verification(session: Session) -> JobRun | None:
    """The last run that checked all chains to the end; its result as `verify_chains` returns it."""
    done = JobRun.finished_at.is_not(None), JobRun.error.is_(None)
    return session.scalars(
        select(JobRun).where(JobRun.job == VERIFICATION, *done).order_by(JobRun.slot.desc()).limit(1)
    ).first()


def chain_ends(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """The chains whose trail the actor reads, in the shape of `ChainSchema`, by name of organisation."""
    own = actor.organisations(Permission.AUDIT_READ)
    named: dict[UUID, str] = dict(
        iter(session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(own))))
    )
    ends = {row.id: row for row in session.scalars(select(AuditChain).where(AuditChain.id.in_(own)))}
    heads = _last_heads(session, own)
    check = last_verification(session)
    return [
        {
            "organisation": {"id": id_, "name": name},
            "seq": ends[id_].seq if id_ in ends else 0,
            "digest": ends[id_].digest.hex() if id_ in ends else None,
            "head": heads.get(id_),
            "check": _check_of(check, str(id_)) if check else None,
        }
        for id_, name in sorted(named.items(), key=lambda each: each[1])
    ]


def _last_heads(session: Session, chains: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The newest head of a day of each chain, and when it was mailed."""
    newest = select(AuditHead.chain_id, func.max(AuditHead.day).label("day")).group_by(AuditHead.chain_id)
    last = newest.where(AuditHead.chain_id.in_(chains)).subquery()
    rows = session.scalars(
        select(AuditHead).join(last, (AuditHead.chain_id == last.c.chain_id) & (AuditHead.day == last.c.day))
    ).all()
    mailed = {day: mailed_at(session, day) for day in {row.day for row in rows}}
    return {
        row.chain_id: {
            "day": row.day,
            "seq": row.seq,
            "digest": row.digest.hex(),
            "mailed_at": mailed[row.day],
        }
        for row in rows
    }


def _check_of(run: JobRun, chain: str) -> dict[str, Any]:
    seq, differs = run.result["broken"].get(chain, (None, None))
    return {"at": run.finished_at, "broken_at": seq, "differs": differs}


def mailed_at(session: Session, day: date) -> datetime | None:
    """When the heads of this day were last mailed; None where they were not."""
    runs = session.scalars(select(JobRun).where(JobRun.job == DIGEST_MAIL, JobRun.slot >= day.isoformat()))
    sent = [run for run in runs if run.result.get("sent") and run.result.get("day") == day.isoformat()]
    return max((run.finished_at for run in sent if run.finished_at), default=None)


def _last_good_night(session: Session) -> tuple[str | None, datetime | None]:
    row = session.execute(
        select(JobRun.slot, JobRun.finished_at)
        .where(JobRun.job == NIGHTLY, JobRun.finished_at.is_not(None), JobRun.error.is_(None))
        .order_by(JobRun.slot.desc())
        .limit(1)
    ).first()
    return (row.slot, row.finished_at) if row else (None, None)


def _digest_mail(session: Session) -> str | None:
    """How the last mail of the trail's heads went: `sent`, `not_set_up`, `failed` or `under_way`."""
    last = session.scalars(
        select(JobRun).where(JobRun.job == DIGEST_MAIL).order_by(JobRun.slot.desc()).limit(1)
    ).first()
    if last is None:
        return None
    if last.error or last.finished_at is None:
        return "failed" if last.error else "under_way"
    return "sent" if last.result.get("sent") else "not_set_up"
