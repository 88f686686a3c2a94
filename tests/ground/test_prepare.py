"""Which Node script/setup takes for one that can build the PWA."""

import pytest

from script.prepare import runs_vite


@pytest.mark.parametrize("version", ["v20.19.0\n", "v20.20.2\n", "v22.12.0\n", "v24.0.0\n", "v26.1.3\n"])
def test_new_enough(version: str) -> None:
    assert runs_vite(version)


@pytest.mark.parametrize(
    "version", ["v18.20.8\n", "v20.18.3\n", "v21.7.3\n", "v22.11.0\n", "", "node: not found"]
)
def test_too_old_or_no_node_at_all(version: str) -> None:
    assert not runs_vite(version)
