"""What is done on a visit of the demo county: what its agreement asks for by then, with the gaps that life
leaves, and one thing beside it."""

from datetime import date, timedelta
from uuid import UUID

from server.catalogue.queries import services
from server.demo import phone
from server.demo.clauses import GREEN_CHANNEL, SIX_PARTS, Clause
from server.demo.county import HOSPITAL
from server.demo.filling import Form, filled, urgent_glucose, urgent_pressure
from server.demo.making import Home, Making, months_later
from server.demo.people import Elder
from server.demo.phone import Visit
from server.demo.remarkable import show_remarkable
from server.organisations.models import Organisation

LATELY = 7  # days: in the last round of each home somebody has an urgent value
_FORGOTTEN = range(17, 29)  # days: in some homes nobody looks again after an urgent value of then
_FORGETFUL = ("yanghe", "hexi_home", "yian")
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_TALKS = ("health_consultation", "nutrition_guidance", "nursing_skill_guidance")
READINGS = ("blood_pressure", "capillary_glucose")
# Who a service beside the agreement's clauses is for; any resident where none is named.
_FOR: dict[str, tuple[str, ...]] = {
    "hypertension_management": ("hypertension",),
    "diabetes_management": ("type2_diabetes",),
    "long_term_prescription": ("hypertension", "type2_diabetes"),
    "disabled_elder_assessment": ("disabled", "bedridden"),
    "mental_health_treatment": ("dementia",),
    "crisis_intervention": ("dementia",),
    "tube_care": ("bedridden",),
    "pressure_injury_care": ("bedridden",),
    "professional_nursing_other": ("disabled", "bedridden"),
    "rehabilitation_treatment": ("disabled",),
    "hospice_symptom_control": ("end_of_life",),
    "hospice_comfort_care": ("end_of_life",),
    "hospice_psychosocial": ("end_of_life",),
    "family_bed_establishment": ("disabled", "bedridden"),
    "family_bed_round": ("disabled", "bedridden"),
    "family_bed_nursing": ("disabled", "bedridden"),
    "family_bed_consultation": ("disabled", "bedridden"),
}


def do_what_is_due(making: Making, home: Home, visit: Visit) -> None:
    day = visit.day
    _see_again(making, home, visit)
    ago = (making.today - day).days
    alarming = ago <= LATELY or _is_forgotten(home, ago)
    for clause in home.deal.clauses:
        kind, scope = clause.clause.get("kind", "periodic"), clause.clause.get("scope", "institution")
        if kind == "once":
            _for_newcomers(making, home, visit, clause)
        elif kind == "periodic" and scope == "resident":
            for elder in _in_turn(home, clause, day):
                _serve(making, home, visit, clause, elder, alarming=alarming)
                alarming = False
        elif kind == "periodic" and clause.key != "rounds":
            _for_the_place(making, home, visit, clause)
    _beside(making, home, visit)
    show_remarkable(making, home, visit)
    home.visits += 1


def _see_again(making: Making, home: Home, visit: Visit) -> None:
    """Who had an urgent value is measured again; where much is forgotten, this is too."""
    for elder, service in home.watch:
        if elder.there(visit.day) and making.random.random() >= 1.6 * home.deal.manners.forgets:
            _log(making, visit, service, elder)
    home.watch.clear()


def _in_turn(home: Home, clause: Clause, day: date) -> list[Elder]:
    """As many as are due by now, so that all have had their turn when the window ends; those first who had
    fewest, and wait longest."""
    first, last = _bounds(home, clause, day)
    promised = _promised(home, clause, day)
    wanted = [elder for elder in home.there(day) if _eligible(clause, elder, day)]
    had = {elder.id: home.had(clause.key, elder, first) for elder in wanted}
    owed = sum(max(0, promised - had[elder.id][0]) for elder in wanted)
    visits_left = (min(last, home.ends) - day).days // (7 * home.deal.every) + 1
    thorough = 1.1 * (1 - home.deal.manners.forgets)
    home.credit[clause.key] = home.credit.get(clause.key, 0.0) % 1 + thorough * owed / visits_left
    gap = timedelta(days=clause.clause.get("min_gap_days", 7))
    ready = [each for each in wanted if had[each.id][0] < promised and day - had[each.id][1] >= gap]
    return sorted(ready, key=lambda each: had[each.id])[: int(home.credit[clause.key])]


def _promised(home: Home, clause: Clause, day: date) -> int:
    """To each resident in the window of that day, as far as the agreement is in force in it."""
    first, last = _bounds(home, clause, day)
    length = (last - first).days + 1
    in_force = (min(last, home.ends) - max(first, home.starts)).days + 1
    count = _count(home, clause, day)
    return (
        count if clause.clause.get("partial") == "full" else (2 * count * in_force + length) // (2 * length)
    )


def _bounds(home: Home, clause: Clause, day: date) -> tuple[date, date]:
    """First and last day of the whole period of months."""
    months = _MONTHS[clause.clause["per"]] * clause.clause.get("every", 1)
    began = home.starts
    if clause.clause.get("align") != "anniversary":
        began = began.replace(month=(began.month - 1) // months * months + 1)
    first = months_later(began, _window(home, clause, day) * months)
    return first, months_later(first, months) - timedelta(days=1)


def _eligible(clause: Clause, elder: Elder, day: date) -> bool:
    asked = clause.clause.get("eligible", {})
    if elder.born > day.replace(year=day.year - asked.get("min_age", 0), day=1):
        return False
    return not asked.get("any_of") or not elder.conditions.isdisjoint(asked["any_of"])


def _count(home: Home, clause: Clause, day: date) -> int:
    """How many a window are promised on that day."""
    months = (day.year - home.starts.year) * 12 + day.month - home.starts.month
    return [count for since, count in clause.terms if since <= months][-1]


def _serve(making: Making, home: Home, visit: Visit, clause: Clause, elder: Elder, *, alarming: bool) -> None:
    """One resident's turn: done, or declined, or not there. Of a bundle a part is forgotten now and then."""
    random = making.random
    home.done.setdefault((clause.key, elder.id), []).append(visit.day)
    parts = clause.clause["services"]
    outcome = "done"
    if random.random() < 0.04 and not alarming:
        outcome = random.choice(("declined", "declined", "absent", "elsewhere"))
    forgotten = random.choice(SIX_PARTS) if len(parts) > 1 and random.random() < 0.1 else None
    for service in parts:
        if outcome != "done":
            note = {"note": "外出就诊未归"} if outcome == "absent" else {}
            phone.log(visit, service, elder.id, note, outcome)
        elif service in READINGS and (alarming or random.random() < 0.014):
            _alarm(making, home, visit, service, elder)
            alarming = False
        elif service != forgotten:
            _log(making, visit, service, elder)


def _alarm(making: Making, home: Home, visit: Visit, service: str, elder: Elder) -> None:
    """An urgent value, to be seen again; a pressure goes to the hospital at once."""
    if not _is_forgotten(home, (making.today - visit.day).days):
        home.watch.append((elder, service))
    if service == "capillary_glucose":
        phone.log(visit, service, elder.id, urgent_glucose(making.random))
        return
    reading = phone.log(visit, service, elder.id, urgent_pressure(making.random))
    form = filled(making.random, "referral", visit.day)
    phone.request(visit, GREEN_CHANNEL, elder.id, receiver_of(making, home).id, form, reading)


def _is_forgotten(home: Home, days_ago: int) -> bool:
    return home.deal.care in _FORGETFUL and days_ago in _FORGOTTEN


def receiver_of(making: Making, home: Home) -> Organisation:
    """The county's hospital, or where there is none, who serves the home."""
    own = making.places[home.deal.medical]
    hospital = making.places[HOSPITAL]
    return hospital if hospital.region == own.region else own


def _log(making: Making, visit: Visit, service: str, elder: Elder | None) -> UUID:
    form = _form(making, visit, service, elder)
    return phone.log(visit, service, elder.id if elder else None, form)


def _form(making: Making, visit: Visit, service: str, elder: Elder | None) -> Form:
    code = services()[service].form
    form = filled(making.random, code, visit.day, elder.body if elder else None) if code else {}
    if code == "pressure_injury" and making.random.random() < 0.6:
        form["photos"] = [str(phone.made_id(making.random, visit.clock))]
    return form


def assist(making: Making, home: Home, joined: Visit) -> None:
    """A colleague talks with some residents meanwhile."""
    for elder in home.there(joined.day)[home.visits % 5 :: 9][:5]:
        service = making.random.choice(
            ("health_consultation", "nutrition_guidance", "nursing_skill_guidance")
        )
        _log(making, joined, service, elder)


def corrected_form(making: Making, home: Home, visit: Visit, line: phone.Line) -> Form:
    """What a line should have said."""
    elder = next((each for each in home.elders if each.id == line.subject), None)
    return {
        name: value for name, value in _form(making, visit, line.service, elder).items() if name != "photos"
    }


def _for_newcomers(making: Making, home: Home, visit: Visit, clause: Clause) -> None:
    """Who moved in since the agreement began, mostly within the days promised."""
    within = timedelta(days=clause.clause["within_days"])
    for elder in home.there(visit.day):
        new = home.starts <= elder.starts or visit.day - home.starts <= within
        if new and (clause.key, elder.id) not in home.done and making.random.random() < _promptness(home):
            home.done[clause.key, elder.id] = [visit.day]
            _log(making, visit, clause.clause["services"][0], elder)


def _promptness(home: Home) -> float:
    return 0.75 * (1 - home.deal.manners.forgets)


def _for_the_place(making: Making, home: Home, visit: Visit, clause: Clause) -> None:
    """A talk, a training, guidance of the institution, once more in this window where one is still owed."""
    key = clause.key, _window(home, clause, visit.day)
    if home.held.get(key, 0) >= _count(home, clause, visit.day):
        return
    if making.random.random() < 0.4 + home.deal.manners.forgets / 2:
        return  # next time
    service, elders = clause.clause["services"][0], home.there(visit.day)
    for number in range(_count(home, clause, visit.day) if clause.clause["per"] == "week" else 1):
        home.held[key] = home.held.get(key, 0) + 1
        elder = elders[(home.visits * 3 + number) % len(elders)]
        _log(making, visit, service, elder if _of_residents(service) else None)


def _of_residents(service: str) -> bool:
    return services()[service].for_resident


def _window(home: Home, clause: Clause, day: date) -> int:
    """The number of the window, counted from the agreement's first."""
    per: str = clause.clause["per"]
    every: int = clause.clause.get("every", 1)
    if per == "term":
        return 0
    if per == "week":
        return (day.toordinal() // 7 - home.starts.toordinal() // 7) // every
    length = _MONTHS[per]
    if clause.clause.get("align") == "anniversary":
        return ((day.year - home.starts.year) * 12 + day.month - home.starts.month) // (length * every)
    return (_unit(day, length) - _unit(home.starts, length)) // every


def _unit(day: date, months: int) -> int:
    return (day.year * 12 + day.month - 1) // months


def _beside(making: Making, home: Home, visit: Visit) -> None:
    """One service of the repertoire: one resident has all of it in turn, then the next."""
    turn, place = divmod(home.visits, len(home.deal.repertoire))
    service = home.deal.repertoire[place]
    if not _of_residents(service):
        _log(making, visit, service, None)
        return
    wanted = set(_FOR.get(service, ()))
    elders = [
        elder for elder in home.there(visit.day) if not wanted or not wanted.isdisjoint(elder.conditions)
    ]
    if not elders:
        return
    elder = elders[turn % len(elders)] if wanted else elders[home.visits * 7 % len(elders)]
    form = _form(making, visit, service, elder)
    if service == "referral_up":
        asked = phone.request(visit, service, elder.id, receiver_of(making, home).id, form)
        if turn % 2:
            phone.void(visit, asked, "wrong_resident")
    else:
        phone.log(visit, service, elder.id, form)
