"""Where each chain ends is taken every night, mailed, and sent again after a failure."""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock
from server.accounts.models import Account
from server.app import JOBS
from server.audit.models import AuditHead
from server.audit.rules import NO_ORGANISATION
from server.auth.roles import OrganisationKind
from server.jobs.service import run_pending
from server.organisations.models import Organisation
from server.settings import Mail
from server.trail.rules import heads_in
from server.trail.service import add_recipient, recipients
from server.web.application import Application
from tests.factories.client import field_errors
from tests.factories.trail import act, broken, verdicts, write
from tests.factories.world import World
from tests.mail_server import mail_server

# Ten past midnight in Hangzhou, as World's day begins.
MIDNIGHT = datetime(2026, 5, 11, 16, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BODIES = ("health@example.cn", "civil@example.cn")
WANTED = [job for job in JOBS if job.name in ("seal", "heads", "digest mail")]


@pytest.fixture
def world(real_app: Application) -> World:
    return World(real_app, MIDNIGHT)


def _mails_through(world: World, port: int, to: tuple[str, ...] = BODIES) -> None:
    mail = Mail("127.0.0.1", port, "plain", "", "", "xunyue@example.cn", to)
    world.app.settings = replace(world.app.settings, mail=mail)


def _run(world: World, at: datetime) -> list[str]:
    with clock.fixed(at):
        return run_pending(world.app, WANTED, at)


def _health(world: World, at: datetime) -> tuple[int, Any]:
    with clock.fixed(at):
        answer = world.client().get("/health/jobs")
    return answer.status_code, answer.get_json()["digest_mail"]


def _ends(world: World) -> dict[Any, Any]:
    """Digests by chain and number, as the daily heads have them."""
    heads = world.rows(select(AuditHead).order_by(AuditHead.day))
    return {head.chain_id: {head.seq: head.digest} for head in heads}


def test_the_heads_of_a_night_are_mailed_once_to_all(world: World) -> None:
    with mail_server() as taken:
        _mails_through(world, taken.port)
        assert _run(world, MIDNIGHT) == []
        assert _run(world, MIDNIGHT + HOUR) == []
    (message,) = taken.messages
    assert taken.to == list(BODIES)
    assert message["Subject"] == "巡约操作留痕日摘要 2026-05-12"
    text = message.get_content()
    assert world.hospital.name in text
    assert heads_in(text) == _ends(world)
    assert set(_ends(world)) == set(verdicts(world.app))
    assert _health(world, MIDNIGHT + HOUR)[1] == "sent"


def test_a_mail_that_fails_is_told_of_and_sent_again(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with mail_server() as gone:
        _mails_through(world, gone.port)
    assert _run(world, MIDNIGHT) == ["digest mail"]
    assert _health(world, MIDNIGHT) == (503, "failed")
    assert [record.getMessage() for record in caplog.records] == ["job digest mail failed"]
    with mail_server(gone.port) as taken:
        assert _run(world, MIDNIGHT + HOUR / 2) == []
        assert taken.messages == []
        assert _run(world, MIDNIGHT + HOUR) == []
        assert len(taken.messages) == 1
    assert _health(world, MIDNIGHT + HOUR)[1] == "sent"


def test_an_address_that_is_refused_is_a_failure(world: World) -> None:
    with mail_server() as taken:
        taken.refuses.add(BODIES[1])
        _mails_through(world, taken.port)
        assert _run(world, MIDNIGHT) == ["digest mail"]
    assert taken.to == [BODIES[0]]
    assert _health(world, MIDNIGHT)[1] == "failed"


def _registers(world: World, *whose: tuple[Organisation, str]) -> None:
    with clock.fixed(MIDNIGHT), world.work() as session:
        for organisation, address in whose:
            kept = session.get_one(Organisation, organisation.id)
            add_recipient(session, None, kept, address, MIDNIGHT)


def test_bodies_of_a_region_get_the_heads_of_its_chains_and_institutions_their_own(world: World) -> None:
    abroad = world.rows(select(Organisation).where(Organisation.name == "外县卫健局"))[0]
    with clock.fixed(MIDNIGHT):
        province = world.organisation(OrganisationKind.REGULATOR, "省卫健委", region="990000")
    _registers(
        world,
        *((world.bureau, "health@a.cn"), (world.bureau, "civil@a.cn"), (abroad, "health@b.cn")),
        *((world.hospital, "head@hospital.cn"), (province, "province@p.cn")),
    )
    with mail_server() as taken:
        _mails_through(world, taken.port, to=())
        assert _run(world, MIDNIGHT) == []
    got = {
        address: set(heads_in(message.get_content()))
        for message in taken.messages
        for address in str(message["To"]).split(", ")
    }
    everywhere = set(_ends(world))
    foreign = {world.other[name].id for name in ("hospital", "home")} | {abroad.id}
    here = everywhere - foreign - {province.id}
    assert {world.hospital.id, world.home.id, world.bureau.id, NO_ORGANISATION} <= here
    assert got == {
        "health@a.cn": here,
        "civil@a.cn": here,
        "health@b.cn": foreign | {NO_ORGANISATION},
        "head@hospital.cn": {world.hospital.id, NO_ORGANISATION},
        "province@p.cn": everywhere,
    }
    assert _health(world, MIDNIGHT)[1] == "sent"


def test_managers_and_regulators_keep_the_addresses_of_their_own(world: World) -> None:
    manager, bureau = world.client(world.manager), world.client(world.regulator)
    path = f"/audit/recipients/{world.hospital.id}"
    with clock.fixed(MIDNIGHT):
        for address in ("b@hospital.cn", "a@hospital.cn", "a@hospital.cn"):
            assert manager.post(path, {"address": address}).status_code == 204
        assert field_errors(manager.post(path, {"address": "two@h.cn, three@h.cn"})) == {
            "address": "not_an_address"
        }
        assert bureau.post(path, {"address": "a@bureau.cn"}).status_code == 404
        assert manager.post(f"{path}/remove", {"address": "b@hospital.cn"}).status_code == 204
        assert field_errors(manager.post(f"{path}/remove", {"address": "b@hospital.cn"})) == {
            "address": "not_listed"
        }
    shown = manager.json("/audit/recipients")
    assert [each["address"] for each in shown["recipients"]] == ["a@hospital.cn"]
    assert [each["name"] for each in shown["organisations"]] == [world.hospital.name]
    assert bureau.json("/audit/recipients")["recipients"] == []
    acts = world.trail("organisation.heads_recipients", world.hospital.id)
    assert [act.details for act in acts] == [
        {"added": "b@hospital.cn"},
        {"added": "a@hospital.cn"},
        {"removed": "b@hospital.cn"},
    ]
    assert {act.actor_id for act in acts} == set(
        world.rows(select(Account.id).where(Account.login == world.manager))
    )
    with clock.fixed(MIDNIGHT):
        for number in range(19):
            assert manager.post(path, {"address": f"n{number}@hospital.cn"}).status_code == 204
        assert field_errors(manager.post(path, {"address": "more@hospital.cn"})) == {"address": "too_many"}


def test_who_has_a_night_is_not_written_to_again_because_of_another(world: World) -> None:
    _registers(world, (world.bureau, "health@a.cn"), (world.bureau, "gone@a.cn"), (world.home, "none@h.cn"))
    with mail_server() as taken:
        taken.refuses |= {"gone@a.cn", "none@h.cn"}
        _mails_through(world, taken.port)
        assert _run(world, MIDNIGHT) == ["digest mail"]
        assert (sorted(taken.to), len(taken.messages)) == (sorted([*BODIES, "health@a.cn"]), 2)
        taken.refuses.clear()
        assert _run(world, MIDNIGHT + HOUR) == []
        assert sorted(taken.to[3:]) == ["gone@a.cn", "none@h.cn"]
        assert _run(world, MIDNIGHT + DAY) == []
        assert sorted(taken.to[5:]) == sorted([*BODIES, "gone@a.cn", "health@a.cn", "none@h.cn"])
    with world.work() as session:
        assert {row.sent for row in recipients(session)} == {date(2026, 5, 13)}


def test_a_server_without_anybody_to_mail_to_is_not_set_up(world: World) -> None:
    with mail_server() as taken:
        _mails_through(world, taken.port, to=())
        assert _run(world, MIDNIGHT) == []
    assert taken.messages == []
    assert _health(world, MIDNIGHT)[1] == "not_set_up"


def test_without_settings_the_sheet_is_logged_and_said_not_to_be_sent(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "server.jobs"):
        assert _run(world, MIDNIGHT) == []
    assert heads_in(caplog.text) == _ends(world)
    assert _health(world, MIDNIGHT)[1] == "not_set_up"


def test_each_day_has_heads_of_its_own_and_they_stay(world: World) -> None:
    _run(world, MIDNIGHT)
    first = _ends(world)
    write(world.app, [act(world.hospital.id)])
    _run(world, MIDNIGHT + HOUR)
    assert _ends(world) == first
    _run(world, MIDNIGHT + DAY)
    days = {head.day for head in world.rows(select(AuditHead))}
    assert days == {date(2026, 5, 12), date(2026, 5, 13)}
    assert broken(world.app) == {}
    assert verdicts(world.app)[world.hospital.id].compared == 2
    assert verdicts(world.app)[world.home.id].compared == 1, "its chain ended the same on both days"
