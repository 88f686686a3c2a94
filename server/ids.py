"""UUIDv7: ids that sort by the time they were made, from the phone as from the server."""

from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    return uuid_utils.compat.uuid7()
