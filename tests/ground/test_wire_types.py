"""The PWA's wire types come from the server's own description, and are not left behind by it."""

import subprocess
import sys
from pathlib import Path

from server.app import ROOT


def test_the_generated_types_are_up_to_date(tmp_path: Path) -> None:
    described = tmp_path / "openapi.json"
    program = Path(sys.executable).parent / "xunyue"
    subprocess.run([program, "openapi", described], cwd=ROOT, check=True)
    checked = subprocess.run(
        ["npm", "--prefix", "pwa", "run", "--silent", "api", "--", described, "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
