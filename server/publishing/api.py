"""Routes of published periods."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from flask import Response, stream_with_context
from flask_smorest import Blueprint

from server import clock
from server.audit.buffer import viewed
from server.audit.tags import Tag
from server.auth.access import requires
from server.auth.actor import Actor
from server.auth.roles import Permission
from server.db import db
from server.organisations.queries import region_names
from server.publishing import queries, views
from server.publishing.models import PublishedPeriod, State
from server.publishing.pages import Page, page_of
from server.publishing.rules import canonical
from server.publishing.schemas import (
    PublishedHeadSchema,
    PublishedListSchema,
    PublishedPageSchema,
    PublishedPeriodSchema,
    PublishSchema,
)
from server.publishing.service import ask
from server.web.application import application

blueprint = Blueprint("publishing", __name__, url_prefix="/api/v1")
LINES = 500
EMPTY = Page((), 0, (), 0, {})


@blueprint.get("/published")
@requires(Permission.FULFILMENT_READ)
@blueprint.response(200, PublishedListSchema)
def published(actor: Actor) -> dict[str, Any]:
    found = queries.published(db.session(), actor)
    names = region_names(db.session(), map(views.code_of, found))
    progress = queries.progress(db.session(), found)
    return {"published": [views.head_view(each, names, progress) for each in found]}


@blueprint.post("/published")
@requires(Permission.PUBLISHING_WRITE)
@blueprint.arguments(PublishSchema)
@blueprint.response(201, PublishedHeadSchema)
def publish_period(actor: Actor, payload: dict[str, Any]) -> dict[str, Any]:
    """A month, quarter or year that is over, of the actor's own region: frozen by the worker, in a moment."""
    session = db.session()
    made = ask(session, actor, payload["region"], payload["period"], clock.now())
    return _head(queries.published_period(session, actor, made.id))


@blueprint.get("/published/<uuid:published_id>")
@requires(Permission.FULFILMENT_READ)
@blueprint.arguments(PublishedPageSchema, location="query")
@blueprint.response(200, PublishedPeriodSchema)
def published_period(actor: Actor, payload: dict[str, Any], published_id: UUID) -> dict[str, Any]:
    """As it was frozen, and what changed since in the agreements the actor may see; under way, nothing."""
    session = db.session()
    period = queries.published_period(session, actor, published_id)
    page = EMPTY
    if period.state == State.PUBLISHED:
        page = page_of(session, actor, period, clock.today(), payload["page"])
    return {**_head(period), **views.page_view(page)}


@blueprint.get("/published/<uuid:published_id>/rows")
@requires(Permission.PUBLISHING_WRITE)
@blueprint.response(200, {"type": "string"}, content_type="text/plain")
def published_rows(actor: Actor, published_id: UUID) -> Response:
    """The text whose SHA-256 is the digest: of every row, so only for those who oversee the whole region."""
    session = db.session()
    period = queries.overseen_period(session, actor, published_id)
    parties = (min(actor.organisations(Permission.PUBLISHING_WRITE)),)
    viewed(application(), actor, Tag.PERIOD_EXPORTED, clock.now(), subject=period.id, parties=parties)
    return Response(stream_with_context(_pieces(period)), content_type="text/plain; charset=utf-8")


def _pieces(period: PublishedPeriod) -> Iterator[str]:
    """As many lines at a time as are worth a write to the network: a province is never in memory.

    Read in a session of its own: the one that found the period ends before the first piece leaves.
    """
    lines = canonical(queries.heading(period), queries.frozen_rows(db.session(), period))
    while piece := "".join(islice(lines, LINES)):
        yield piece


def _head(period: PublishedPeriod) -> dict[str, Any]:
    session = db.session()
    names = region_names(session, [views.code_of(period)])
    return views.head_view(period, names, queries.progress(session, [period]))
