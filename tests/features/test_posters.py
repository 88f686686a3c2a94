"""Posters: read, printed, replaced."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from server import clock
from server.checkin.rules import read_poster_token
from server.checkin.service import what_is_wrong_with
from tests.factories.world import NOW, World


def _poster(world: World, login: str) -> dict[str, Any]:
    poster: dict[str, Any] = world.client(login).json(f"/institutions/{world.home.id}/poster")
    return poster


def test_a_new_version_revokes_the_old_and_phones_learn_of_it(world: World) -> None:
    phone = world.phone(world.doctor)
    cursor = phone.pull()["cursor"]
    with clock.fixed(NOW + timedelta(hours=1)):
        manager = world.client(world.home_manager)
        issued = manager.post(f"/institutions/{world.home.id}/poster")
        assert issued.status_code == 201
        poster = issued.get_json()
        assert poster["version"] == world.poster.version + 1
        assert re.fullmatch(r"[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}", poster["short_code"])
        assert poster == _poster(world, world.manager)
        (listed,) = manager.json("/institutions")["institutions"]
        assert listed["poster"] == {"version": 2, "short_code": poster["short_code"]}
    (sent,) = phone.pull(cursor)["institutions"]
    assert sent["poster"]["version"] == 2

    phone.clock = NOW + timedelta(hours=2)
    phone.check_in(world.home, world.poster)
    phone.check_in(world.home, None, method="poster", token=poster["url"].rsplit("/", 1)[1], reason=None)
    old, new = phone.sync()
    assert (old["record"]["grade"], old["record"]["grade_reasons"]) == ("D", ["poster_revoked"])
    assert (new["record"]["grade"], new["record"]["grade_reasons"]) == ("C", ["poster_inside_fence"])


def test_what_is_printed_leads_here_and_is_signed(world: World) -> None:
    with clock.fixed(NOW):
        poster = _poster(world, world.manager)
    public, token_text = poster["url"].rsplit("/q/", 1)
    token = read_poster_token(token_text)
    assert public == world.app.settings.public_url
    assert token is not None
    assert (token.institution_id, token.version) == (UUID(poster["institution"]["id"]), poster["version"])
    assert what_is_wrong_with(token_text, world.home.id, poster["version"], world.app.keyring) == []
    elsewhere = what_is_wrong_with(token_text, world.other["home"].id, 1, world.app.keyring)
    assert elsewhere == ["poster_of_another_institution"]


def test_the_picture_is_the_code_with_its_quiet_zone(world: World) -> None:
    with clock.fixed(NOW):
        poster = _poster(world, world.manager)
    assert _dark_modules(poster["svg"]) == _expected_modules(poster["url"])


def _expected_modules(text: str) -> set[tuple[int, int]]:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    rows = code.get_matrix()
    assert not any(any(row) for row in (*rows[:4], *rows[-4:]))
    return {(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}


def _dark_modules(svg: str) -> set[tuple[int, int]]:
    """Squares of the SVG's path in modules, the quiet zone's four included."""
    path = re.search(r'<path[^>]* d="([^"]+)"', svg)
    assert path
    squares = re.findall(r"M([\d.]+),([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+z", path.group(1))
    assert squares
    side = float(squares[0][2]) - float(squares[0][0])
    return {(round(float(x) / side), round(float(y) / side)) for x, y, _, _ in squares}


def test_a_home_without_a_poster_has_none(world: World) -> None:
    from server.auth.roles import OrganisationKind, Role

    with clock.fixed(NOW):
        bare = world.organisation(OrganisationKind.CARE, "新开的养老院")
        login = world.person("bare", bare, Role.MANAGER)
        answer = world.client(login).get(f"/institutions/{bare.id}/poster")
        assert answer.status_code == 404
        assert world.client(login).post(f"/institutions/{bare.id}/poster").get_json()["version"] == 1
