"""What tests share remains as it was, whatever each of them does."""

from sqlalchemy import select

from server.accounts.models import Account
from server.auth.roles import OrganisationKind
from server.db import db
from server.organisations.models import Organisation
from server.web.application import Application
from tests.applications import Applications, undone_after
from tests.factories.world import World


def _names(world: World) -> set[str]:
    return {row.name for row in world.rows(select(Organisation))}


def test_what_happens_to_the_shared_county_is_undone(applications: Applications) -> None:
    shared = applications.shared_county
    before = _names(shared)
    with undone_after(shared.app):
        world = shared.on(shared.app)
        world.organisation(OrganisationKind.CARE, "一时")
        world.home.name = "改名"
        world.other["doctor"] = "nobody"
        assert _names(world) == before | {"一时"}
    assert _names(shared) == before
    assert (shared.home.name, shared.other["doctor"]) == ("颐养园", "other-doctor")


def test_a_county_of_its_own_is_the_same_and_goes_its_own_way(
    applications: Applications, real_world: World
) -> None:
    shared = applications.shared_county
    assert real_world.app is not shared.app
    assert _names(real_world) == _names(shared)
    real_world.organisation(OrganisationKind.CARE, "自立")
    assert _names(real_world) == _names(shared) | {"自立"}


def test_people_of_a_county_can_sign_in(world: World) -> None:
    assert world.client(world.doctor).get("/session").status_code == 200


def test_an_application_without_a_county_has_no_rows(app: Application, real_app: Application) -> None:
    for each in (app, real_app):
        with each.app_context():
            assert db.session.scalars(select(Account)).all() == []
