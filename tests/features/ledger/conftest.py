"""The county of the phone's door, for what managers see of it."""

from tests.features.sync.conftest import county, real_world, world

__all__ = ["county", "real_world", "world"]
