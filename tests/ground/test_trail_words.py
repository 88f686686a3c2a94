"""The page of the trail knows every act that the server writes down, and none that it does not."""

import re

from server.app import ROOT
from server.audit.tags import Tag


def test_the_acts_of_the_page_are_the_servers() -> None:
    listed = (ROOT / "pwa" / "src" / "features" / "trail" / "acts.ts").read_text(encoding="utf-8")
    groups = listed[listed.index("export const GROUPS") : listed.index("} as const")]
    assert sorted(re.findall(r"'([a-z_]+\.[a-z_]+)'", groups)) == sorted(tag.value for tag in Tag)
