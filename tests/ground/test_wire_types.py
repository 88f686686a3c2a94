"""The PWA's wire types come from the server's own description, and are not left behind by it."""

import subprocess
from pathlib import Path

from click.testing import CliRunner

from server.app import ROOT
from server.cli import main


def test_the_generated_types_are_up_to_date(tmp_path: Path) -> None:
    described = tmp_path / "openapi.json"
    assert CliRunner().invoke(main, ["openapi", str(described)]).exit_code == 0
    checked = subprocess.run(
        ["npm", "--prefix", "pwa", "run", "--silent", "api", "--", described, "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
