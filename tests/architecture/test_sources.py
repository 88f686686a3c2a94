"""Rules of the house that a reader would have to check by eye in every file."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "server"
FILES = sorted(SERVER.rglob("*.py"))
FEATURES = (
    *(
        "accounts",
        "agreements",
        "audit",
        "calendar",
        "catalogue",
        "checkin",
        "clinical",
        "confirmation",
        "demands",
        "fulfilment",
    ),
    *("jobs", "kiosks", "ledger", "organisations", "photos", "publishing", "referrals", "residents"),
    *("rollups", "rounds", "trail"),
)
FEATURE_FILES = {
    *("__init__.py", "models.py", "rules.py", "service.py", "queries.py", "schemas.py", "api.py"),
    *("events.py", "views.py"),
    "policies.py",  # clinical: thresholds by name and day
    "passwords.py",  # accounts: the hash alone
    "signin.py",  # accounts: Flask-Login on our sessions
    "positions.py",  # rounds: raw coordinates, which are kept for a time only
    "rejudging.py",  # rounds: what counts when a certificate is filed
    "joining.py",  # rounds: a colleague takes part
    "assessing.py",  # rounds: what earlier records meant, added afterwards
    "ruling.py",  # confirmation: managers and the regulator settle a dispute
    "forgetting.py",  # jobs: what is kept for a time only
    "datum.py",  # checkin: Chinese maps' coordinates in WGS-84
    "revisions.py",  # organisations: the counter that phones read by
    "adjusting.py",  # publishing: frozen rows beside those of today
    "freezing.py",  # publishing: the worker's part, step by step
    "keeping.py",  # publishing: how many windows differ today, as the worker counted
    "pages.py",  # publishing: what a page of a period shows
    "tags.py",  # audit: the vocabulary
    "buffer.py",  # audit: views, written after the answer
    "lists.py",  # audit: views of pages that are read again and again
    "sealing.py",  # audit: a place in a chain for each entry
    "verifying.py",  # audit: chains as they stand in the database
    "exporting.py",  # audit: a chain as a file
    "files.py",  # audit: checking such a file, without a database
    "heads.py",  # trail: where chains end, for outside
    "mail.py",  # trail: sending it there
    "chains.py",  # jobs: what is done for the trail
    "importing.py",  # ledger: a phone's file brought by a manager
    "devices.py",  # ledger: how phones are
    "sweeps.py",  # jobs: what is done again and again
    "adapter.py",  # fulfilment: from tables to the engine
    "records.py",  # fulfilment: the records of streams
    "counting.py",  # fulfilment: streams of an agreement, as the engine has them and as they are stored
    "summary.py",  # fulfilment: windows summed over their subjects
    "rebuild.py",  # fulfilment: all of it from scratch, to mend or to check
    "explaining.py",  # fulfilment: the records behind one window
    "preview.py",  # fulfilment: what a draft would promise
    "preview_schemas.py",
    "as_of.py",  # fulfilment, rollups: figures of a past day
    "amending.py",  # agreements: what is added to a signed one
    "past.py",  # rollups: past days of many agreements, as the worker keeps them
    "places.py",  # rollups: what part of the country a page is about
    "regions.py",  # rollups: sums of a region above the rows of its agreements
    "rows.py",  # rollups: kept rows beside what they should be
    "calling.py",  # referrals: the call on demand that a referral is
    "requests.py",  # fulfilment: the requests behind a commitment on demand
    "at_risk.py",  # fulfilment: open windows that call for somebody
    "at_risk_schemas.py",
}
BANNED_NAMES = {"util", "utils", "common", "helpers", "helper", "admin", "manager", "managers", "misc"}
CLOCK_CALLS = re.compile(
    r"(datetime\.(now|utcnow|today|fromtimestamp)|date\.(today|fromtimestamp)"
    r"|time\.(time|time_ns|monotonic|perf_counter|localtime|gmtime)|func\.(now|current_timestamp))"
)
CHINESE = re.compile(r"[\u3400-\u9fff]")
LONGEST_FUNCTION, LONGEST_FILE = 40, 400


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _where(path: Path, node: ast.AST | None = None) -> str:
    line = f":{getattr(node, 'lineno', 0)}" if node else ""
    return f"{path.relative_to(ROOT)}{line}"


def _calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def test_only_the_clock_reads_the_clock() -> None:
    offenders = [
        _where(path, call)
        for path in FILES
        if path != SERVER / "clock.py"
        for call, name in _calls(path)
        if CLOCK_CALLS.search(name)
    ]
    assert offenders == []
    assert any(CLOCK_CALLS.search(name) for _, name in _calls(SERVER / "clock.py"))


def test_the_clock_is_not_imported_from_time_either() -> None:
    offenders = [
        _where(path, node)
        for path in FILES
        for node in ast.walk(_tree(path))
        if (isinstance(node, ast.ImportFrom) and node.module == "time")
        or (isinstance(node, ast.Import) and any(alias.name == "time" for alias in node.names))
    ]
    assert offenders == []


def test_commits_stand_at_the_edge() -> None:
    """In web/ alone: commands and the demo county end their work with `Application.finish`, as requests do,
    so that events have their effects before every commit."""
    found = {
        path.relative_to(SERVER).parts[0]
        for path in FILES
        for _, name in _calls(path)
        if name.endswith(".commit")
    }
    assert found == {"web"}


def test_who_is_signed_in_is_asked_at_the_edge_only() -> None:
    """Services and queries are told who acts; a name from the request may not slip in below."""
    allowed = {SERVER / "accounts" / "signin.py"}
    offenders = [
        _where(path, node)
        for path in FILES
        if path.relative_to(SERVER).parts[0] not in ("web", "auth")
        and path.name != "api.py"
        and path not in allowed
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").split(".")[0] in ("flask", "flask_login")
        and {alias.name for alias in node.names} & {"current_user", "g", "request", "session", "current_app"}
    ]
    assert offenders == []


def test_no_module_is_named_for_nothing() -> None:
    assert [
        _where(path)
        for path in (*FILES, *(ROOT / "tests").rglob("*.py"))
        if BANNED_NAMES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ] == []


@pytest.mark.parametrize("feature", FEATURES)
def test_files_of_a_feature_mean_the_same_everywhere(feature: str) -> None:
    names = {path.name for path in (SERVER / feature).glob("*.py")}
    assert names - FEATURE_FILES == set()
    empty = [name for name in names - {"__init__.py"} if not _tree(SERVER / feature / name).body[1:]]
    assert empty == []


def test_functions_and_files_can_be_read() -> None:
    long_functions = [
        f"{_where(path, node)} {node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for path in FILES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    ]
    long_files = [
        _where(path)
        for path in (*FILES, *(ROOT / "tests").rglob("*.py"))
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE
    ]
    assert (long_functions, long_files) == ([], [])


def _docstrings(tree: ast.Module) -> set[int]:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }


def test_texts_for_people_live_in_data_files() -> None:
    """The demo county is a story in Chinese; docstrings may quote."""
    offenders = [
        _where(path, node)
        for path in FILES
        if path.relative_to(SERVER).parts[0] != "demo"
        for documentation in [_docstrings(_tree(path))]
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
        if CHINESE.search(node.value)
    ]
    assert offenders == []


def _rule_modules() -> list[Path]:
    return [path for path in FILES if path.name == "rules.py" or path.parent.name == "rules"]


@pytest.mark.parametrize("path", _rule_modules(), ids=_where)
def test_rules_are_pure(path: Path) -> None:
    """Rules import the standard library, other rules, and the values of refusals: nothing that reads a
    database, a request or the clock."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        for module in modules:
            own = module == "server.errors" or re.fullmatch(r"server\.\w+\.rules(\.\w+)?", module)
            assert own or module.split(".")[0] in sys.stdlib_module_names, _where(path, node)


def test_there_are_rules_to_check() -> None:
    assert len(_rule_modules()) > 12
