"""Putting the product together: features, who listens to what, and the operator's commands."""

import os
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from flask_migrate import Migrate
from flask_smorest import Api
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from server import clock, keys
from server.accounts import api as accounts, signin
from server.accounts.events import CertificateFiled
from server.agreements import api as agreements
from server.agreements.events import AgreementAmending, AgreementChanged
from server.agreements.queries import institutions_served, served_for
from server.audit import buffer
from server.calendar import api as calendar
from server.checkin import api as checkin
from server.confirmation import api as confirmation
from server.db import db, make_honest, writing
from server.demands import api as demands
from server.demands.events import DemandChanged
from server.followups import api as followups, service as due
from server.followups.events import FollowUpStated
from server.fulfilment import api as fulfilment
from server.fulfilment.events import FulfilmentChanged, StreamsTouched
from server.fulfilment.service import (
    drain,
    on_agreements_changed,
    on_demands_changed,
    on_records_changed,
    on_residents_changed,
    on_streams_touched,
)
from server.jobs import api as jobs, chains, sweeps
from server.jobs.forgetting import forget
from server.jobs.queries import DIGEST_MAIL, NIGHTLY, VERIFICATION
from server.jobs.service import Job
from server.kiosks import api as kiosks
from server.ledger import api as ledger
from server.ledger.service import forget_sealed
from server.organisations import api as organisations
from server.photos import api as photos
from server.publishing import api as publishing, service as published
from server.publishing.freezing import freeze_step
from server.publishing.keeping import compare_changed
from server.referrals import api as referrals, calling
from server.referrals.events import ReferralChanged
from server.residents import api as residents
from server.residents.events import ResidentChanged
from server.rollups import api as rollups
from server.rollups.past import compute_step
from server.rollups.service import on_fulfilment_changed, refresh_stale
from server.rounds.events import FollowedRecorded, RecordChanged
from server.rounds.rejudging import on_certificates_filed
from server.settings import Settings, from_environment
from server.sync import api as sync
from server.trail import api as trail
from server.web import errors, health, pwa, security
from server.web.application import Application

ROOT = Path(__file__).parent.parent
_FEATURES = (
    *(accounts, agreements, calendar, checkin, confirmation, demands, followups, fulfilment, health),
    *(jobs, kiosks, ledger, organisations, photos, publishing, referrals, residents, rollups, sync, trail),
)
# What the worker runs, in this order.
JOBS = (
    Job("seal", chains.seal_entries, every=timedelta(seconds=1)),
    Job("drain", sweeps.drain_streams, every=timedelta(seconds=1)),
    Job("rollups", sweeps.refresh_rollups, every=timedelta(seconds=2)),
    Job("publish", sweeps.freeze_periods, every=timedelta(seconds=1), one_instant=True),
    Job("adjustments", sweeps.compare_published, every=timedelta(seconds=2)),
    Job("past days", sweeps.compute_past_days, every=timedelta(seconds=1)),
    Job("heads", chains.take_heads, at=time(0, 5)),
    Job(DIGEST_MAIL, chains.mail_heads, at=time(0, 10), outside=True),
    Job(VERIFICATION, chains.verify_chains, at=time(1, 0), outside=True),
    Job("forget", forget, at=time(2, 20)),
    Job("forget seals", forget_sealed, at=time(2, 20)),
    Job(NIGHTLY, sweeps.nightly, at=time(2, 30)),
)


def build(settings: Settings) -> Application:
    """The application for these settings. Raises KeysError where the keys are missing."""
    if not settings.production:
        keys.create(settings.keys_dir)
    app = Application("server", static_folder=None, settings=settings, keyring=keys.load(settings.keys_dir))
    _configure(app, settings)
    db.init_app(app)
    with app.app_context():
        make_honest(db.engine)
    Migrate(app, db, directory=str(ROOT / "migrations"))
    signin.install(app, institutions_served, served_for)
    _register(app)
    return app


def settle(app: Application) -> int:
    """Do now what the worker would do in a moment: recount the streams that wait, then what is above.

    For operators' commands, which leave nothing waiting. Returns how many streams there were.
    """
    streams = 0
    while done := _swept(app, drain):
        streams += done
    for sweep in (refresh_stale, freeze_step, compare_changed, compute_step):
        while _swept(app, sweep):
            pass
    return streams


def _swept(app: Application, sweep: Callable[[Session, datetime], int]) -> int:
    """One step of a sweep in a transaction of its own."""
    with writing(db.session(), one_instant=sweep is freeze_step) as session:
        done = sweep(session, clock.now())
        app.finish()
    return done


def create_app() -> Any:
    """What gunicorn serves: settings from the environment, and the proxy's word where there is one."""
    settings = from_environment(os.environ, ROOT)
    app = build(settings)
    buffer.views(app).write_in_background()
    return ProxyFix(app, x_for=1, x_proto=1, x_host=1) if settings.behind_proxy else app


def _configure(app: Application, settings: Settings) -> None:
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "hide_parameters": True,  # an error that is logged must not carry anybody's readings
        },
        SESSION_COOKIE_NAME="xunyue",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=settings.session_days * 86_400,
        SESSION_REFRESH_EACH_REQUEST=False,  # server/accounts/signin.py says when
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
        API_TITLE="Xunyue",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
    )


def _register(app: Application) -> None:
    security.install(app)
    buffer.install(app)
    api = Api(app)
    for feature in _FEATURES:
        api.register_blueprint(feature.blueprint)
    pwa.install(app)
    errors.install(app)
    app.handlers.on(CertificateFiled, on_certificates_filed)
    app.handlers.on(RecordChanged, on_records_changed)
    app.handlers.on(RecordChanged, due.on_records_changed)
    app.handlers.on(RecordChanged, calling.on_records_changed)
    app.handlers.on(FollowedRecorded, due.on_followed_recorded)
    app.handlers.on(FollowUpStated, due.on_stated)
    app.handlers.on(ReferralChanged, calling.on_referrals_changed)
    app.handlers.on(ResidentChanged, on_residents_changed)
    app.handlers.on(ResidentChanged, due.on_residents_changed)
    app.handlers.on(AgreementAmending, published.on_amending)
    app.handlers.on(AgreementChanged, on_agreements_changed)
    app.handlers.on(AgreementChanged, on_fulfilment_changed)
    app.handlers.on(FulfilmentChanged, on_fulfilment_changed)
    app.handlers.on(AgreementChanged, published.on_fulfilment_changed)
    app.handlers.on(FulfilmentChanged, published.on_fulfilment_changed)
    app.handlers.on(DemandChanged, on_demands_changed)
    app.handlers.on(DemandChanged, calling.on_demands_changed)
    app.handlers.on(StreamsTouched, on_streams_touched)
