"""Calls on demand of the demo county: most are answered in time, some late, one or two by nobody."""

from datetime import date, timedelta

from sqlalchemy import select

from server.db import db
from server.demands.models import Demand
from server.demands.service import Ask, answer, ask
from server.demo import phone
from server.demo.clauses import CLAUSES
from server.demo.county import Deal
from server.demo.making import Making, actor_named, moment, residents_of


def maybe_call(making: Making, deal: Deal, day: date) -> None:
    """On some days the home calls for a service that is promised on demand."""
    promised = [clause for clause in CLAUSES[deal.care] if clause.clause.get("kind") == "on_demand"]
    if not promised or day >= making.today or making.random.random() > 0.35:
        return
    service = promised[0].clause["services"][0]
    hour, minute = making.random.randint(6, 20), making.random.randint(0, 59)
    waited = making.random.choice((4, 9, 12, 18, 22, 26, 28, 41, 75))
    with moment(making, day, hour, minute) as at:
        wanted = Ask(
            phone.made_id(making.random, at),
            making.places[deal.care].id,
            making.places[deal.medical].id,
            service,
            making.random.choice(residents_of(making, deal, day)).id,
            making.random.choice(("突发胸闷气促", "跌倒后右髋疼痛", "高热39.2℃", "血压骤升伴头晕")),
        )
        ask(db.session(), actor_named(making, db.session(), deal.staff, at), wanted, at)
    if making.random.random() < 0.06:
        return  # nobody took it up
    with moment(making, day, hour, minute, timedelta(minutes=waited)) as at:
        demand = db.session.scalars(select(Demand).where(Demand.id == wanted.id)).one()
        if demand.answered_at is None:  # a referral that was accepted may have been the answer
            doctor = actor_named(making, db.session(), deal.clinicians[0], at)
            answer(db.session(), doctor, demand, None, at)
