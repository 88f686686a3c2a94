"""Calls on demand of the demo county: most are answered in time, some late, a few by nobody."""

from datetime import date, datetime, time, timedelta

from server import clock
from server.db import db
from server.demands.service import Ask, answer, ask
from server.demo import phone
from server.demo.making import LOCAL, Home, Making, actor_named

_NOTES = ("突发胸闷气促", "跌倒后右髋疼痛", "高热39.2℃", "血压骤升伴头晕", "呕吐伴意识模糊")
_WAITS = (4, 9, 12, 18, 22, 26, 28)  # minutes
_TOO_LONG = (41, 75, 95)


def maybe_call(making: Making, home: Home, day: date) -> None:
    """On some days the home calls for a service that is promised on demand."""
    random, deal = making.random, home.deal
    promised = [clause for clause in deal.clauses if clause.clause.get("kind") == "on_demand"]
    if not promised or day >= making.today or day > home.ends or random.random() > 0.3:
        return
    at = datetime.combine(day, time(random.randint(6, 20), random.randint(0, 59)), LOCAL)
    session = db.session()
    with clock.fixed(at):
        wanted = Ask(
            phone.made_id(random, at),
            making.places[deal.care].id,
            making.places[deal.medical].id,
            promised[0].clause["services"][0],
            random.choice(home.there(day)).id,
            random.choice(_NOTES),
        )
        demand = ask(session, actor_named(making, session, deal.staff, at), wanted, at)
    if random.random() < deal.manners.forgets / 5:
        return  # nobody took it up
    hurried = random.random() > 0.1 + deal.manners.forgets
    later = at + timedelta(minutes=random.choice(_WAITS if hurried else _TOO_LONG))
    with clock.fixed(later):
        doctor = actor_named(making, session, deal.clinicians[0], later)
        answer(session, doctor, demand, None, later)
