"""`xunyue audit`: checking the chains of the trail, taking one away, and what is kept outside."""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.audit.exporting import Named, NothingSealedError, export as export_lines
from server.audit.files import NotAChainError, verify_lines
from server.audit.rules import NO_ORGANISATION, Broken, chain_of
from server.audit.verifying import verify as verify_stored
from server.cli.running import running
from server.db import db
from server.jobs.queries import mailed_at
from server.organisations.models import Organisation
from server.trail.heads import latest_day, sent_text, sheet
from server.trail.rules import heads_in

_LONGEST_LINE = 1_048_576
_TOLD_EVERY = 100_000
_NONE = "none"
_WORDS = {
    "missing": "there is no entry of this number",
    "repeated": "this number was there before",
    "organisation": "the entry is of another organisation",
    "details": "the details are not those that were sealed",
    "digest": "this entry, or the one before it, is not the one that was sealed",
    "head": "the chain does not end, or pass, as on record",
}


@click.group()
def group() -> None:
    """The trail of acts."""


@group.command()
@click.argument("file", required=False, type=click.File("rb"))
@click.option(
    "--heads", "sheets", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A sheet of heads, as mailed or printed, to compare with (may be repeated).",
)  # fmt: skip
def verify(file: BinaryIO | None, sheets: tuple[Path, ...]) -> None:
    """Check all chains of the database, or the exported FILE, which needs neither server nor database.

    A line a chain; exit 1 when one is broken: the line names its first link that does not hold.
    """
    known = heads_in("\n".join(path.read_text(encoding="utf-8", errors="replace") for path in sheets))
    sound = list(_verify_stored(known) if file is None else _verify_file(file, known))
    if not all(sound):
        sys.exit(1)


def _verify_stored(known: Mapping[UUID, Mapping[int, bytes]]) -> Iterator[bool]:
    with running():
        session = db.session()
        names = dict(iter(session.execute(select(Organisation.id, Organisation.name))))
        session.rollback()  # the check begins a transaction of its own
        unseen = set(known)
        for each in verify_stored(session, known, _tell):
            unseen.discard(each.chain_id)
            named = f"{each.chain_id} {names.get(each.chain_id, '-')}"
            yield _told(named, each.entries, each.erased, each.compared, each.broken)
        for chain_id in sorted(unseen):
            yield _told(f"{chain_id} -", 0, 0, 0, Broken(1, "missing"))


def _verify_file(file: BinaryIO, known: Mapping[UUID, Mapping[int, bytes]]) -> Iterator[bool]:
    def heads_of(organisation: str | None) -> Mapping[int, bytes]:
        return next((heads for chain, heads in known.items() if chain == _chain(organisation)), {})

    try:
        chain = verify_lines(_lines(file), heads_of, lambda seq: _tell(None, seq))
    except NotAChainError as error:
        raise click.ClickException(str(error)) from error
    yield _told(chain.organisation or _NONE, chain.entries, chain.erased, chain.compared, chain.broken)


def _chain(organisation: str | None) -> UUID | None:
    try:
        return chain_of(UUID(organisation) if organisation else None)
    except ValueError:
        return None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines of a file that nobody vouches for: one that is too long is cut, and so no entry."""
    while line := file.readline(_LONGEST_LINE):
        yield line


def _tell(chain_id: UUID | None, seq: int) -> None:
    if seq % _TOLD_EVERY == 0:
        click.echo(f"{chain_id or 'entry'} {seq} ...", err=True)


def _told(named: str, entries: int, erased: int, compared: int, broken: Broken | None) -> bool:
    counts = f"{entries} entries, {erased} with details erased, {compared} heads compared"
    if broken:
        what = f"{broken.differs}: {_WORDS[broken.differs]}"
        click.echo(f"BROKEN {named} at {broken.seq}: {what}; before it {counts}")
    else:
        click.echo(f"ok {named} {counts}")
    return broken is None


@group.command()
@click.argument("organisation")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, writable=True))
@click.option("--since", default=1, type=click.IntRange(min=1), help="The first number to write.")
def export(organisation: str, file: Path, since: int) -> None:
    """Write the chain of ORGANISATION (id, name, or `none` for acts of no organisation) to FILE.

    JSON lines, as docs/audit-chain.md specifies them. FILE is there once all of it is written.
    """
    part = file.with_name(f"{file.name}.part")
    with running():
        session = db.session()
        named = _named(session, organisation)
        session.rollback()  # the export begins a transaction of its own
        try:
            with part.open("w", encoding="utf-8") as output:
                output.writelines(export_lines(session, named, since, clock.now()))
        except NothingSealedError as error:
            part.unlink()
            raise click.ClickException("nothing is sealed there yet") from error
    part.replace(file)


def _named(session: Session, organisation: str) -> Named:
    if organisation == _NONE:
        return Named(NO_ORGANISATION, None)
    found = session.execute(select(Organisation.id, Organisation.name)).all()
    chosen = [Named(*row) for row in found if organisation in (row.name, str(row.id))]
    if len(chosen) != 1:
        raise click.ClickException("several organisations of this name" if chosen else "no such organisation")
    return chosen[0]


@group.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The last one by default.")
def heads(day: datetime | None) -> None:
    """Print the sheet of a day: where each chain ended, to be kept outside."""
    with running():
        session = db.session()
        last = latest_day(session)
        if last is None:
            raise click.ClickException("no heads were taken yet: the worker takes them after midnight")
        chosen = day.date() if day else last
        click.echo(sheet(session, chosen))
        click.echo(sent_text(mailed_at(session, chosen)))
