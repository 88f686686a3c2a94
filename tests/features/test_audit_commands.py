"""`xunyue audit` as an operator uses it, and an exported chain checked elsewhere with nothing of ours."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import update

from server import clock
from server.app import JOBS, ROOT, build
from server.audit.models import AuditEntry
from server.cli import main
from server.db import Base, db
from server.jobs.service import run_pending
from tests.audit_verifier import HASHED, first_broken
from tests.conftest import settings_for
from tests.factories.trail import act, seal_once, write
from tests.factories.world import NOW, World

VERIFIER = Path(__file__).parents[1] / "audit_verifier.py"
DOCUMENT = ROOT / "docs" / "audit-chain.md"


@pytest.fixture
def world(real_world: World) -> World:
    """A county that a command sees, with a visit, sealed."""
    with clock.fixed(NOW):
        real_world.visit(readings=[real_world.ada])
        assert run_pending(real_world.app, JOBS, NOW) == []
    return real_world


def _audit(world: World, *command: str | Path) -> Result:
    settings = world.app.settings
    env = {"DATABASE_URL": settings.database_url, "XUNYUE_KEYS": str(settings.keys_dir)}
    return CliRunner().invoke(main, ["audit", *map(str, command)], env=env)


def _elsewhere(file: Path) -> tuple[int, str]:
    """What the third party's program says of a file, in a Python that finds none of our modules."""
    command = [sys.executable, "-I", str(VERIFIER), str(file)]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


def _offline(file: Path) -> Result:
    """Without a database or any setting; an environment that would be refused is not even read."""
    return CliRunner().invoke(main, ["audit", "verify", str(file)], env={"XUNYUE_ENV": "nonsense"})


def _exported(world: World, folder: Path, *options: str) -> Path:
    file = folder / "chain.jsonl"
    result = _audit(world, "export", str(world.hospital.id), file, *options)
    assert result.exit_code == 0, result.output
    return file


def test_a_sound_database_and_a_tampered_one(world: World) -> None:
    sound = _audit(world, "verify")
    assert sound.exit_code == 0, sound.output
    assert all(line.startswith("ok ") for line in sound.stdout.splitlines())
    assert f"ok {world.hospital.id} {world.hospital.name} " in sound.stdout
    with world.work() as session:
        third = (AuditEntry.chain_id == world.hospital.id, AuditEntry.seq == 3)
        session.execute(update(AuditEntry).where(*third).values(tag="record.voided"))
    broken = _audit(world, "verify")
    assert broken.exit_code == 1
    (line,) = (line for line in broken.stdout.splitlines() if not line.startswith("ok "))
    assert line.startswith(f"BROKEN {world.hospital.id} {world.hospital.name} at 3: digest: ")


def test_an_exported_chain_checks_out_elsewhere(world: World, tmp_path: Path) -> None:
    file = _exported(world, tmp_path)
    head, *lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (head["organisation"], head["name"]) == (str(world.hospital.id), world.hospital.name)
    assert (head["since"], head["seq"], len(lines)) == (1, len(lines), len(lines))
    assert _elsewhere(file) == (0, f"ok {len(lines)}")
    assert _offline(file).stdout.startswith(f"ok {world.hospital.id} {len(lines)} entries")
    assert _offline(file).exit_code == 0

    part = _exported(world, tmp_path, "--since", "3")
    assert _elsewhere(part) == (0, f"ok {len(lines) - 2}")
    assert _offline(part).exit_code == 0
    assert _audit(world, "export", "none", tmp_path / "none.jsonl").exit_code == 0
    assert _offline(tmp_path / "none.jsonl").stdout.startswith("ok none ")


def test_what_cannot_be_exported_is_said(world: World, tmp_path: Path) -> None:
    file = tmp_path / "chain.jsonl"
    for command, said in {
        ("no such hospital",): "no such organisation",
        (str(world.hospital.id), "--since", "99999"): "nothing is sealed there yet",
    }.items():
        organisation, *options = command
        result = _audit(world, "export", organisation, file, *options)
        assert (result.exit_code, said in result.output, list(tmp_path.iterdir())) == (1, True, [])


def test_a_sheet_from_outside_is_compared(world: World, tmp_path: Path) -> None:
    sheet = tmp_path / "mail.txt"
    shown = _audit(world, "heads")
    assert "未发送邮件" in shown.stdout
    sheet.write_text("".join(f"> {line}\n" for line in shown.stdout.splitlines()), encoding="utf-8")
    result = _audit(world, "verify", "--heads", sheet)
    assert result.exit_code == 0, result.output
    assert all("1 heads compared" in line for line in result.stdout.splitlines())

    file = _exported(world, tmp_path)
    text = sheet.read_text(encoding="utf-8")
    digest = next(iter(re.findall(rf"{world.hospital.id} \d+\n> ([0-9a-f]{{64}})", text)))
    sheet.write_text(text.replace(digest, "0" * 64), encoding="utf-8")
    for checked in (
        _audit(world, "verify", "--heads", sheet),
        _audit(world, "verify", file, "--heads", sheet),
    ):
        assert checked.exit_code == 1
        assert f"BROKEN {world.hospital.id}" in checked.stdout
        assert ": head: " in checked.stdout
    sheet.write_text(f"{world.ada.id} 7 {digest}", encoding="utf-8")
    gone = _audit(world, "verify", "--heads", sheet)
    assert (gone.exit_code, f"BROKEN {world.ada.id} - at 1: missing" in gone.stdout) == (1, True)


def test_who_gets_the_heads_is_listed_and_changed_and_stands_in_the_trail(world: World) -> None:
    bureau = world.bureau.name
    assert _audit(world, "recipients").stdout == ""
    added = _audit(world, "recipients", bureau, "--add", "civil@a.cn", "--add", "health@a.cn")
    expected = [f"{bureau}  civil@a.cn  -", f"{bureau}  health@a.cn  -"]
    assert (added.exit_code, added.stdout.splitlines()) == (0, expected), added.output
    assert _audit(world, "recipients", bureau, "--add", "civil@a.cn").stdout == added.stdout
    _audit(world, "recipients", world.hospital.name, "--add", "head@h.cn")
    assert _audit(world, "recipients", bureau).stdout == added.stdout
    assert len(_audit(world, "recipients").stdout.splitlines()) == 3
    gone = _audit(world, "recipients", bureau, "--remove", "civil@a.cn")
    assert gone.stdout.splitlines() == expected[1:]
    kept = world.trail("organisation.heads_recipients", world.bureau.id)
    assert [(each.organisation_id, each.details) for each in kept] == [
        (world.bureau.id, {"added": "civil@a.cn"}),
        (world.bureau.id, {"added": "health@a.cn"}),
        (world.bureau.id, {"removed": "civil@a.cn"}),
    ]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("nowhere", "--add", "a@b.cn"), "no such organisation"),
        (("none", "--add", "a@b.cn"), "no such organisation"),
        (("卫健局", "--remove", "a@b.cn"), "address: not_listed"),
        (("--add", "a@b.cn"), "whose addresses?"),
        *((("卫健局", "--add", wrong), "address: not_an_address") for wrong in ("a", "a@b", "a@b.cn,c@d.cn")),
        (("卫健局", "--add", "a@b.cn\nBcc: c@d.cn"), "address: not_an_address"),
        (("卫健局", "--add", "甲@b.cn"), "address: not_an_address"),
    ],
)
def test_addresses_that_are_none_are_refused(real_world: World, command: tuple[str, ...], said: str) -> None:
    result = _audit(real_world, "recipients", *command)
    assert result.exit_code != 0
    assert said in result.output
    assert _audit(real_world, "recipients").stdout == ""


def _example() -> str:
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    return str(example)


def test_the_documents_example_is_a_chain(tmp_path: Path) -> None:
    file = tmp_path / "example.jsonl"
    file.write_text(_example(), encoding="utf-8")
    assert _elsewhere(file) == (0, "ok 2")
    assert _offline(file).stdout.startswith(
        "ok 0198a000-0000-7000-8000-000000000001 2 entries, 1 with details erased"
    )
    (hashed,) = re.findall(r"```text\n(.*?)\n```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    first = json.loads(_example().splitlines()[1])
    assert sha256(hashed.encode()).hexdigest() == first["digest"]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> list[dict[str, Any]]:
    """The lines of an exported chain of nine entries; of one database, since a file is a file."""
    folder = tmp_path_factory.mktemp("chain")
    app = build(settings_for(f"sqlite:///{folder / 'chain.db'}", keys_dir))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    world = World(app)
    write(app, [act(world.bureau.id, number) for number in range(8)])
    seal_once(app)
    result = _audit(world, "export", str(world.bureau.id), folder / "chain.jsonl")
    assert result.exit_code == 0, result.output
    with app.app_context():
        db.engine.dispose()
    return [json.loads(line) for line in (folder / "chain.jsonl").read_text(encoding="utf-8").splitlines()]


Lines = list[dict[str, Any]]
PLACES = st.integers(1, 8)
FIELDS = "id at tag actor session organisation other subject details salt details_digest digest".split()


def _tampered(chain: Lines, way: str, place: int, other: int, field: str) -> Lines:
    """A copy with one thing wrong; nothing, where the way makes no difference."""
    lines: Lines = json.loads(json.dumps(chain))
    entry, value = lines[place], lines[place][field]
    if way == "change":
        entry[field] = "new" if value is None else value[:-1] + ("0" if value[-1] != "0" else "1")
    elif way == "take over":  # of another entry: it is of the right form
        entry[field] = lines[other][field]
    elif way == "make null" and field in NULLABLE:
        entry[field] = None
    elif way == "swap":
        lines[place], lines[other] = lines[other], lines[place]
    elif way == "repeat":
        lines.insert(place, entry)
    elif way == "delete":
        del lines[place]
    elif way == "cut off":
        del lines[place:]
    return lines


NULLABLE = {"actor", "session", "organisation", "other", "subject", "details", "salt"}
WAYS = ["change", "take over", "make null", "swap", "repeat", "delete", "cut off"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(way=st.sampled_from(WAYS), place=PLACES, other=PLACES, field=st.sampled_from(FIELDS))
def test_our_check_and_the_third_partys_find_the_same(
    chain: Lines, tmp_path: Path, way: str, place: int, other: int, field: str
) -> None:
    lines = _tampered(chain, way, place, other, field)
    file = tmp_path / "tampered.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    verdict = first_broken(file)
    result = _offline(file)
    if lines == chain:
        assert (verdict, result.exit_code) == (len(chain) - 1, 0)
        return
    assert result.exit_code == 1
    assert isinstance(verdict, tuple)
    seq, differs = verdict
    assert f" at {seq}: {differs}: " in result.stdout
    assert seq <= place + 1


def _sealed_anew(chain: Lines, place: int) -> Lines:
    """One act is another one, and whoever did that computed all digests after it, and the head, again."""
    lines: Lines = json.loads(json.dumps(chain))
    lines[place]["tag"] = "record.voided"
    for before, entry in zip(lines[place - 1 :], lines[place:], strict=False):
        previous = before["digest"] if before is not lines[0] else before["previous"]
        said = {name: entry[name] for name in HASHED}
        said |= {"details": entry["details_digest"], "format": "xunyue-audit-1", "previous": previous}
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        entry["digest"] = sha256(text.encode()).hexdigest()
    lines[0]["digest"] = lines[-1]["digest"]
    return lines


@pytest.mark.parametrize("place", [1, 4, 9])
def test_a_file_sealed_anew_contradicts_a_head_that_left_the_house(
    chain: Lines, tmp_path: Path, place: int
) -> None:
    """In itself it holds: only a sheet from outside says where at the latest it was rewritten."""
    file, sheet = tmp_path / "anew.jsonl", tmp_path / "sheet.txt"
    file.write_text("".join(json.dumps(line) + "\n" for line in _sealed_anew(chain, place)), encoding="utf-8")
    assert (first_broken(file), _offline(file).exit_code) == (len(chain) - 1, 0)
    heads = [f"{chain[0]['organisation']} {seq}\n{chain[seq]['digest']}\n" for seq in (3, 9)]
    sheet.write_text("\n".join(heads), encoding="utf-8")
    held = CliRunner().invoke(main, ["audit", "verify", str(file), "--heads", str(sheet)])
    assert held.exit_code == 1
    assert f" at {3 if place <= 3 else 9}: head: " in held.stdout


def test_a_file_cut_off_in_the_middle_of_a_line_says_in_which(chain: Lines, tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl"
    text = "".join(json.dumps(line) + "\n" for line in chain)
    file.write_text(text[: text.index(chain[4]["id"]) + 5], encoding="utf-8")
    result = _offline(file)
    assert (result.exit_code, "line 5: not a JSON object" in result.output) == (1, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: not a JSON object"),
        (b"\xff\xfe", "line 1: not a JSON object"),
        (b'{"format":"other"}\n', "line 1: format: not xunyue-audit-1"),
        (b"[" * 100_000, "line 1: not a JSON object"),
        (b'{"format":"xunyue-audit-1","organisation":7}\n', "line 1: organisation: missing"),
        (b'{"format":"xunyue-audit-1","organisation":null,"previous":"zz"}\n', "line 1: previous: missing"),
    ],
)
def test_a_file_that_is_no_chain_is_said_to_be_none(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "odd.jsonl"
    file.write_bytes(content)
    result = _offline(file)
    assert (result.exit_code, said in result.output) == (1, True), result.output


def test_an_endless_line_is_not_read_into_memory(tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    with file.open("wb") as long:
        long.truncate(200 * 1024 * 1024)
    result = _offline(file)
    assert (result.exit_code, "not a JSON object" in result.output) == (1, True)
