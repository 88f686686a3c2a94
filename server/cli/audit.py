"""`xunyue audit`: checking the chains of the trail, taking one away, and what is kept outside."""

import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
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
from server.cli.running import changing, running
from server.db import db
from server.jobs.queries import mailed_at
from server.organisations.models import Organisation
from server.trail.heads import latest_day, sent_text, sheet
from server.trail.rules import heads_in
from server.trail.service import add_recipient, last_sent, recipients, remove_recipient
from server.web.application import Application

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


@group.command("recipients")
@click.argument("organisation", required=False)
@click.option("--add", "added", multiple=True, help="An address that gets the heads every night from now on.")
@click.option("--remove", "removed", multiple=True)
def list_recipients(organisation: str | None, added: tuple[str, ...], removed: tuple[str, ...]) -> None:
    """Who gets the heads every night: all, or those of ORGANISATION (id or name), after these changes.

    A regulator's addresses get the heads of its region, an institution's its own. The operator's, which the
    settings name, get all.
    """
    if not organisation and (added or removed):
        raise click.UsageError("whose addresses?")
    with running() as app:
        chosen = _organisation(db.session(), organisation) if organisation else None
        db.session.rollback()  # what changes is opened as a writer's
        if chosen:
            with changing(app) as session:
                _change_recipients(session, chosen, added, removed)
        for name, address, sent in _recipients(app, chosen):
            click.echo(f"{name}  {address}  {sent or '-'}")


def _organisation(session: Session, named: str) -> UUID:
    organisation_id = _named(session, named).chain_id
    if organisation_id == NO_ORGANISATION:
        raise click.ClickException("no such organisation")
    return organisation_id


def _change_recipients(
    session: Session, organisation_id: UUID, added: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    organisation = session.get_one(Organisation, organisation_id)
    for address in removed:
        remove_recipient(session, None, organisation, address, clock.now())
    for address in added:
        add_recipient(session, None, organisation, address, clock.now())


def _recipients(app: Application, chosen: UUID | None) -> Iterator[tuple[str, str, date | None]]:
    """Names, addresses and the last nights whose heads they got; `*` is the operator, who gets all."""
    for row in recipients(db.session()):
        if chosen in (None, row.organisation.id):
            yield row.organisation.name, row.address, row.sent
    if chosen is None and app.settings.mail:
        sent = last_sent(db.session(), NO_ORGANISATION)
        yield from (("*", address, sent.get(address)) for address in app.settings.mail.to)


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
