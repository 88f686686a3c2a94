"""What stands in the halls of homes: a kiosk, put up by its manager as anybody would."""

from datetime import date, datetime, time, timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from server import clock
from server.db import db
from server.demo.deals import Deal
from server.demo.kiosk import DemoKiosk
from server.demo.making import LOCAL, DemoError, Making, actor_named, moment
from server.errors import Refusal
from server.keys import SigningKey
from server.kiosks import service

_PUT_UP = timedelta(weeks=16)


def kiosk_on(making: Making, deal: Deal, day: date) -> DemoKiosk | None:
    """The kiosk of the home on that day: put up sixteen weeks ago, where there is one."""
    if deal.kiosk_by is None or day < making.today - _PUT_UP:
        return None
    if deal.care not in making.kiosks:
        making.kiosks[deal.care] = _enrol(making, deal, deal.kiosk_by, day)
    return making.kiosks[deal.care]


def _enrol(making: Making, deal: Deal, manager: str, day: date) -> DemoKiosk:
    key = SigningKey(b"", ec.generate_private_key(ec.SECP256R1()))
    keyring = making.app.keyring
    at, session = datetime.combine(day, time(8, 30), LOCAL), db.session()
    with clock.fixed(at):
        actor = actor_named(making, session, manager, at)
        _, code = service.invite(session, actor, making.places[deal.care], "大厅平板", keyring, at)
        said = service.Enrolment(code, key.public_jwk(), "演示平板", "127.0.0.1")
        enrolled = service.enrol(session, said, keyring, at)
    if isinstance(enrolled, Refusal):
        raise DemoError(f"the kiosk was not enrolled: {enrolled.code}")
    return DemoKiosk(enrolled.id, key)


def shake_hands(making: Making) -> None:
    """Every kiosk was seen today."""
    with moment(making, making.today, 0, 7) as at:
        for kiosk in making.kiosks.values():
            service.shake_hands(db.session(), kiosk.id, kiosk.handshake(at), at)
