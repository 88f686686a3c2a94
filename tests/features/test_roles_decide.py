"""What somebody may see follows from the role in that very organisation, not from being in it."""

from server import clock
from server.auth.roles import OrganisationKind, Role
from tests.factories.world import World


def test_an_audit_administrator_reads_no_residents_of_the_home(world: World) -> None:
    elsewhere = world.organisation(OrganisationKind.CARE, "另一家养老院", latitude=30.3, longitude=120.2)
    world.resident(elsewhere, name="不该看见")
    world.grant(world.doctor, elsewhere, Role.AUDIT_ADMIN)
    world.grant(world.manager, elsewhere, Role.SECURITY_ADMIN)
    with clock.fixed(world.now):
        held = {resident["name"] for resident in world.client(world.doctor).json("/sync")["residents"]}
        assert held == {"王秀英", "李建国"}
        assert world.client(world.manager).json(f"/institutions/{elsewhere.id}/residents")["residents"] == []


def test_a_text_that_no_database_keeps_is_refused_signed_in_or_not(world: World) -> None:
    for field in ("login", "password", "device_name"):
        body = {"login": "doctor", "password": "x", "device_name": "", field: "\ud800"}
        answer = world.client().post("/session", body)
        assert answer.status_code == 422
        assert answer.get_json()["error"]["fields"] == [{"path": field, "code": "not_text"}]


def test_who_manages_a_home_elsewhere_reads_no_figures_of_the_hospital(world: World) -> None:
    elsewhere = world.organisation(OrganisationKind.CARE, "另一家养老院", latitude=30.3, longitude=120.2)
    own = world.agree(home=elsewhere, number="另-1")
    world.grant(world.doctor, elsewhere, Role.MANAGER)
    with clock.fixed(world.now):
        world.visit()
        doctor = world.client(world.doctor)
        assert [each["number"] for each in doctor.json("/agreements")["agreements"]] == ["另-1"]
        assert doctor.get(f"/agreements/{world.agreement.id}").status_code == 404
        assert doctor.json(f"/standing?institution_id={world.home.id}")["agreements"] == 0
        assert doctor.json("/standing")["agreements"] == 1
        at_risk = doctor.json("/at-risk")["groups"]
        assert {each["agreement"]["id"] for each in at_risk} == {str(own.id)}
        me = doctor.json("/session")["id"]
        where_she_goes = doctor.json(f"/at-risk?clinician_id={me}")["groups"]
        assert {each["agreement"]["id"] for each in where_she_goes} == {str(world.agreement.id)}
