"""Facts that fulfilment announces, and the streams they are about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from server.fulfilment.adapter import Promises


class Stream(NamedTuple):
    """One commitment for one subject (a resident, or the institution): what is recounted as a whole."""

    institution_id: UUID
    agreement_id: UUID
    commitment_id: UUID
    subject_id: UUID


@dataclass(frozen=True, slots=True)
class StreamsTouched:
    """Facts of these streams changed. Handled after all changes of a request: each stream counts once.

    `promises` are of their agreements, where somebody read them under the institution's lock already.
    """

    streams: frozenset[Stream]
    promises: Sequence[Promises] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class FulfilmentChanged:
    """A figure of this agreement may differ: a window was recounted, or a request came or was answered."""

    agreement_id: UUID
