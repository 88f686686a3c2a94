"""Roles, permissions and the map between them: the whole policy on one page."""

from enum import StrEnum


class Role(StrEnum):
    CLINICIAN = "clinician"
    CARE_STAFF = "care_staff"
    MANAGER = "manager"
    REGULATOR = "regulator"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


class OrganisationKind(StrEnum):
    MEDICAL = "medical"
    CARE = "care"
    REGULATOR = "regulator"


class Permission(StrEnum):
    """PUBLIC and SIGNED_IN are for routes that need no role."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    SYNC_USE = "sync.use"
    ROUNDS_RECORD = "rounds.record"
    ROUNDS_CONFIRM = "rounds.confirm"
    ROUNDS_READ = "rounds.read"
    DISPUTES_RULE = "disputes.rule"
    RESIDENTS_READ = "residents.read"
    RESIDENTS_WRITE = "residents.write"
    INSTITUTIONS_READ = "institutions.read"
    INSTITUTIONS_LOCATE = "institutions.locate"
    ORGANISATIONS_READ = "organisations.read"
    ORGANISATIONS_WRITE = "organisations.write"
    AGREEMENTS_READ = "agreements.read"
    AGREEMENTS_WRITE = "agreements.write"
    FULFILMENT_READ = "fulfilment.read"
    PUBLISHING_WRITE = "publishing.write"
    DEMANDS_ASK = "demands.ask"
    DEMANDS_ANSWER = "demands.answer"
    DEMANDS_READ = "demands.read"
    POSTERS_PRINT = "posters.print"
    KIOSKS_MANAGE = "kiosks.manage"
    LEDGER_REPAIR = "ledger.repair"
    ACCOUNTS_MANAGE = "accounts.manage"
    AUDIT_READ = "audit.read"
    HEADS_ADDRESS = "heads.address"


_P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CLINICIAN: frozenset(
        {
            _P.SYNC_USE,
            _P.ROUNDS_RECORD,
            _P.ROUNDS_READ,
            _P.RESIDENTS_READ,
            _P.INSTITUTIONS_READ,
            _P.AGREEMENTS_READ,
            _P.DEMANDS_ANSWER,
            _P.DEMANDS_READ,
        }
    ),
    Role.CARE_STAFF: frozenset(
        {
            _P.SYNC_USE,
            _P.ROUNDS_CONFIRM,
            _P.ROUNDS_READ,
            _P.RESIDENTS_READ,
            _P.RESIDENTS_WRITE,
            _P.INSTITUTIONS_READ,
            _P.AGREEMENTS_READ,
            _P.DEMANDS_ASK,
            _P.DEMANDS_ANSWER,
            _P.DEMANDS_READ,
        }
    ),
    Role.MANAGER: frozenset(
        {
            _P.ROUNDS_READ,
            _P.DISPUTES_RULE,
            _P.RESIDENTS_READ,
            _P.RESIDENTS_WRITE,
            _P.INSTITUTIONS_READ,
            _P.INSTITUTIONS_LOCATE,
            _P.ORGANISATIONS_READ,
            _P.AGREEMENTS_READ,
            _P.AGREEMENTS_WRITE,
            _P.FULFILMENT_READ,
            _P.DEMANDS_ASK,
            _P.DEMANDS_ANSWER,
            _P.DEMANDS_READ,
            _P.POSTERS_PRINT,
            _P.KIOSKS_MANAGE,
            _P.LEDGER_REPAIR,
            _P.ACCOUNTS_MANAGE,
            _P.AUDIT_READ,
            _P.HEADS_ADDRESS,
        }
    ),
    Role.REGULATOR: frozenset(
        {
            _P.ROUNDS_READ,
            _P.DISPUTES_RULE,
            _P.INSTITUTIONS_READ,
            _P.ORGANISATIONS_READ,
            _P.AGREEMENTS_READ,
            _P.FULFILMENT_READ,
            _P.PUBLISHING_WRITE,
            _P.DEMANDS_READ,
            _P.HEADS_ADDRESS,
        }
    ),
    Role.SYSTEM_ADMIN: frozenset({_P.ACCOUNTS_MANAGE, _P.ORGANISATIONS_READ, _P.ORGANISATIONS_WRITE}),
    Role.SECURITY_ADMIN: frozenset(),
    Role.AUDIT_ADMIN: frozenset({_P.AUDIT_READ, _P.HEADS_ADDRESS}),
}

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
# The roles that make sense in each kind of organisation.
ROLES_IN: dict[OrganisationKind, frozenset[Role]] = {
    OrganisationKind.MEDICAL: ADMINISTRATORS | {Role.CLINICIAN, Role.MANAGER},
    OrganisationKind.CARE: ADMINISTRATORS | {Role.CARE_STAFF, Role.MANAGER},
    OrganisationKind.REGULATOR: ADMINISTRATORS | {Role.REGULATOR},
}
