"""The actor: who asks, as a value that is passed to every read and write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from server.auth.roles import PERMISSIONS, OrganisationKind, Permission, Role
from server.prepared import Question

# The care institutions an agreement lets members of these medical institutions deal with at a moment.
# Agreements know it and stand above; app.py hands the function down.
ReachFinder = Callable[[Session, frozenset[UUID], datetime], frozenset[UUID]]
# Asks for the same by a session's id, as pairs of medical and care institution, whatever the person's roles.
ServedFinder = Callable[[UUID, datetime], Question[Sequence[tuple[UUID, UUID]]]]


@dataclass(frozen=True, slots=True)
class Membership:
    """One role of a person in one organisation. `region` is the organisation's six-digit code."""

    organisation_id: UUID
    organisation_name: str
    kind: OrganisationKind
    role: Role
    region: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, or a device (a kiosk), with all that decides what it may see.

    `reach` holds the care institutions it deals with: its own, and those its medical institutions serve under
    an agreement in force. A regulator has no reach; its `regions` are code prefixes instead.
    """

    kind: Literal["person", "device"]
    id: UUID
    session_id: UUID
    name: str
    login: str
    memberships: tuple[Membership, ...]
    reach: frozenset[UUID]

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset().union(*(PERMISSIONS[membership.role] for membership in self.memberships))

    def may(self, permission: Permission) -> bool:
        return permission in (Permission.PUBLIC, Permission.SIGNED_IN) or permission in self.permissions

    def only(self, permission: Permission) -> "Actor":
        """The same person in the roles that hold `permission`, as if they had no other."""
        held = (each for each in self.memberships if permission in PERMISSIONS[each.role])
        return replace(self, memberships=tuple(held))

    def organisations(
        self, permission: Permission | None = None, kind: OrganisationKind | None = None
    ) -> frozenset[UUID]:
        """Organisations in which the actor holds `permission` (any role if None), of one kind if given."""
        return frozenset(
            membership.organisation_id
            for membership in self.memberships
            if (permission is None or permission in PERMISSIONS[membership.role])
            and (kind is None or membership.kind == kind)
        )

    @property
    def medical(self) -> frozenset[UUID]:
        """Medical institutions whose rounds the actor's role there lets them read."""
        return self.organisations(Permission.ROUNDS_READ, OrganisationKind.MEDICAL)

    @property
    def care(self) -> frozenset[UUID]:
        """Care institutions likewise."""
        return self.organisations(Permission.ROUNDS_READ, OrganisationKind.CARE)

    def knows(self, medical_id: UUID, institution_id: UUID) -> bool:
        """Whether the actor gives or receives this care, and so reads names and what was recorded.

        Regulators read rates: for them names are masked, whatever else they are elsewhere.
        """
        return medical_id in self.medical or institution_id in self.care

    @property
    def regions(self) -> tuple[str, ...]:
        """Region prefixes a regulator oversees: 330000 oversees all that begins with 33."""
        return self.prefixes(Role.REGULATOR)

    def prefixes(self, role: Role, kind: OrganisationKind | None = None) -> tuple[str, ...]:
        """Region prefixes of the organisations in which the actor holds `role`, of one kind if given."""
        return tuple(
            sorted(
                {
                    region_prefix(membership.region)
                    for membership in self.memberships
                    if membership.role == role and (kind is None or membership.kind == kind)
                }
            )
        )


def region_prefix(code: str) -> str:
    """`330000` -> `33`, `330100` -> `3301`, `330102` -> `330102` (GB/T 2260 pairs)."""
    while code.endswith("00"):
        code = code[:-2]
    return code
