"""The agreements of the demo county, and how reliable each side of them is."""

from dataclasses import dataclass

from server.demo.clauses import (
    ABILITY,
    BP,
    BP_AMENDED,
    CHECKUP,
    CONSTITUTION,
    DIABETES,
    GLUCOSE,
    GREEN,
    HYPERTENSION,
    INFECTION,
    LECTURE,
    MENTAL,
    OUTBREAK,
    PHARMACY,
    RECORD,
    REMOTE,
    ROUNDS,
    ROUNDS_AT_DAY_CARE,
    SIX,
    TCM,
    TCM_MANAGEMENT,
    TRAINING,
    TUBES,
    Clause,
)


@dataclass(frozen=True, slots=True)
class Manners:
    """Shares of one. `misses` of visits, in the first weeks and in the last; `late` of visits, made days
    after; `forgets` of what else is promised. Of rounds: `disputes`; `silent`: staff say nothing of it.
    """

    misses: tuple[float, float] = (0.06, 0.06)
    late: float = 0.07
    forgets: float = 0.06
    disputes: float = 0.08
    silent: float = 0.05


_GOOD = Manners((0.04, 0.03), 0.05, 0.03, 0.06, 0.03)
_FAIR = Manners()
_BETTER = Manners((0.22, 0.04), 0.10, 0.10, 0.08, 0.08)
_WORSE = Manners((0.10, 0.24), 0.10, 0.20, 0.10, 0.10)
_BAD = Manners((0.30, 0.52), 0.16, 0.50, 0.22, 0.25)


@dataclass(frozen=True, slots=True)
class Deal:
    """An agreement: who serves whom, on which weekday (0 Monday), and with which clinicians in turn.

    A visit comes every `every` weeks. Beside what is promised each visit has one service of the `repertoire`,
    in turn. `colleague` joins some rounds; `kiosk_by` put up a kiosk in the home's hall.
    It begins so many months after the county's first, and runs for a year; or it `ends_in` so many months
    from this one, 0 with this one; `over_after` so many it was ended.
    """

    medical: str
    care: str
    series: str
    number: int
    weekday: int
    clinicians: tuple[str, ...]
    staff: str
    clauses: tuple[Clause, ...]
    repertoire: tuple[str, ...]
    manners: Manners = _FAIR
    every: int = 1
    colleague: str | None = None
    kiosk_by: str | None = None
    begins: int = 0
    ends_in: int | None = None
    over_after: int | None = None
    mode: str = "visiting"


DEALS = (
    Deal(
        *("chengguan", "yiyang", "云卫签", 1, 1, ("doctor", "doctor", "nurse"), "staff"),
        clauses=(ROUNDS, BP, GLUCOSE, TCM, LECTURE, SIX, RECORD, GREEN),
        repertoire=(
            *("common_disease_treatment", "rational_medication_guidance", "long_term_prescription"),
            *("vaccination_guidance", "health_record_update", "risk_factor_intervention"),
            *("tcm_constitution_identification", "psychological_support", "health_education_campaign"),
        ),
        colleague="nurse2",
        kiosk_by="home",
    ),
    Deal(
        *("chengguan", "songhe", "云卫签", 2, 3, ("doctor",), "staff2"),
        clauses=(ROUNDS_AT_DAY_CARE, BP, TCM, LECTURE, PHARMACY, REMOTE),
        repertoire=(
            *("health_consultation_topic", "family_doctor_contract", "health_education_campaign"),
            *("vaccination_guidance", "telemedicine_service"),
        ),
        every=2,
    ),
    Deal(
        *("qingshi", "qingshi_home", "云卫签", 3, 2, ("doctor2",), "staff3"),
        clauses=(ROUNDS, BP_AMENDED, GLUCOSE, TCM, OUTBREAK, GREEN),
        repertoire=(
            *("common_disease_treatment", "disabled_elder_assessment", "nursing_needs_assessment"),
            *("hypertension_management", "infection_control_guidance", "emergency_transfer"),
            *("referral_down", "pressure_injury_care"),
        ),
        colleague="nurse3",
    ),
    Deal(
        *("renmin", "fuyuan", "云卫签", 4, 0, ("doctor4", "nurse4"), "staff5"),
        clauses=(ROUNDS, BP, TUBES, ABILITY, INFECTION, TRAINING, RECORD, GREEN),
        repertoire=(
            *("pressure_injury_care", "tube_care", "hospice_symptom_control", "hospice_comfort_care"),
            *("hospice_psychosocial", "bereavement_support", "rehabilitation_treatment"),
            *("medical_waste_guidance", "continuing_medical_education", "mental_health_treatment"),
        ),
        manners=_GOOD,
        kiosk_by="home2",
        mode="posted",
    ),
    Deal(
        *("zhongyi", "hupan", "云卫签", 5, 4, ("doctor5",), "staff6"),
        clauses=(ROUNDS, CONSTITUTION, TCM, TCM_MANAGEMENT, LECTURE, REMOTE),
        repertoire=(
            *("tcm_treatment", "tcm_rehabilitation", "tcm_state_assessment", "tcm_consultation"),
            *("tcm_technique_promotion", "tcm_staff_training", "referral_up", "blood_pressure"),
        ),
        manners=_GOOD,
        kiosk_by="home4",
    ),
    Deal(
        *("chengguan", "yanghe", "云卫签", 6, 2, ("doctor", "nurse2"), "staff7"),
        clauses=(ROUNDS, BP, HYPERTENSION, DIABETES, CHECKUP, GREEN),
        repertoire=(
            *("family_doctor_contract", "common_disease_treatment", "long_term_prescription"),
            *("health_consultation_topic", "rational_medication_guidance"),
        ),
        ends_in=0,
    ),
    Deal(
        *("qingshi", "dongping", "云卫签", 7, 3, ("doctor2", "nurse3"), "staff8"),
        clauses=(ROUNDS_AT_DAY_CARE, BP, TCM, LECTURE),
        repertoire=(
            *("family_bed_establishment", "family_bed_round", "family_bed_nursing"),
            *("family_bed_consultation", "rehabilitation_guidance", "family_bed_round"),
        ),
        every=2,
    ),
    Deal(
        *("longtan", "longtan_home", "云卫签", 8, 1, ("doctor6",), "staff9"),
        clauses=(ROUNDS, BP, GLUCOSE, CHECKUP, LECTURE, INFECTION, GREEN),
        repertoire=(
            *("common_disease_treatment", "health_record_update", "referral_up", "emergency_transfer"),
            *("risk_factor_intervention", "diabetes_management"),
        ),
        manners=_BETTER,
        kiosk_by="manager6",
    ),
    Deal(
        *("longtan", "xitan", "云卫签", 9, 4, ("doctor6",), "staff10"),
        clauses=(ROUNDS_AT_DAY_CARE, BP, TCM),
        repertoire=("health_consultation_topic", "nutrition_guidance", "vaccination_guidance"),
        every=2,
        begins=3,
    ),
    Deal(
        *("hexi", "hexi_home", "云卫签", 10, 3, ("doctor7", "nurse5"), "staff11"),
        clauses=(ROUNDS, BP, GLUCOSE, LECTURE, RECORD, GREEN),
        repertoire=("common_disease_treatment", "health_education_campaign"),
        manners=_BAD,
    ),
    Deal(
        *("renmin", "ankang", "云卫签", 11, 3, ("doctor4",), "staff12"),
        clauses=(ROUNDS, MENTAL, BP, PHARMACY, ABILITY, GREEN),
        repertoire=(
            *("psychological_support", "crisis_intervention", "rehabilitation_treatment", "tube_care"),
            *("bereavement_support", "outbreak_reporting_guidance", "telemedicine_service"),
        ),
        manners=_WORSE,
    ),
    Deal(
        *("hexi", "yian", "云卫签", 12, 0, ("doctor7",), "staff13"),
        clauses=(ROUNDS, BP, TCM, HYPERTENSION, GREEN),
        repertoire=("common_disease_treatment", "vaccination_guidance"),
        manners=_BAD,
        ends_in=1,
    ),
    Deal(
        *("hexi", "xitan", "云卫签", 13, 4, ("nurse5",), "staff10"),
        clauses=(ROUNDS_AT_DAY_CARE, BP, LECTURE),
        repertoire=("health_consultation_topic",),
        manners=_BAD,
        every=2,
        over_after=3,
    ),
    Deal(
        *("shiqiao", "qinghe", "石卫签", 11, 4, ("doctor3",), "staff4"),
        clauses=(ROUNDS, BP, GLUCOSE, LECTURE, RECORD, TRAINING),
        repertoire=("common_disease_treatment", "professional_nursing_other"),
        manners=_GOOD,
    ),
)
