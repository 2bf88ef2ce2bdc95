"""``vifcast dead-letters``."""

import json
from collections import Counter
from itertools import islice

import click
from rich.text import Text

from vifcast import display, times
from vifcast.cli.lines import print_line
from vifcast.cli.options import json_option, region_option
from vifcast.cli.output import Form, Output, output_options
from vifcast.cli.source import Source
from vifcast.cli.source_options import Origin, source_options
from vifcast.errors import NotFoundError
from vifcast.model import DeadLetter
from vifcast.representation import dead_letter_json
from vifcast.retried import Outcome, Retried
from vifcast.store import MAX_INTEGER

_ID = click.IntRange(1, MAX_INTEGER)

_OUTCOME_TEXT = {
    Outcome.STORED: "stored",
    Outcome.KNOWN: "removed: its message had been stored already",
    Outcome.REPORT: "stored: a report of a compute host",
    Outcome.PASSED_OVER: "removed: it is about something that is not read",
    Outcome.KEPT: "kept",
}

reason_option = click.option(
    "--reason", metavar="CODE", help="Only dead letters with this reason code."
)


def _none(reason: str | None) -> str:
    if reason is None:
        return "No dead letters."
    return (
        f"No dead letters with the reason {reason}; vifcast dead-letters count lists the reasons."
    )


@click.group("dead-letters")
def dead_letters() -> None:
    """List, retry or remove notifications that could not be read."""


@dead_letters.command("list")
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="List at most this many.",
)
@reason_option
@region_option
@output_options()
@source_options
def list_letters(
    limit: int, reason: str | None, region: str | None, *, output: Output, origin: Origin
) -> None:
    """List dead letters, newest first."""
    with origin.open() as answers:
        asked = answers.dead_letters(reason=reason, region=region)
        letters = list(islice(asked, limit))
    if not output.is_text:
        output.records(DeadLetter, letters)
        return
    with output.screen() as screen:
        if not letters:
            screen.print(Text("No such dead letters." if region is not None else _none(reason)))
        for letter in letters:
            line = (
                f"{letter.id:>6}  {display.moment(letter.received_at, output.zone)}  "
                f"{display.visible(letter.routing_key)}  {letter.size} bytes  "
                f"{letter.reason_code}: {display.visible(letter.reason)}{_origin(letter)}"
            )
            print_line(screen, Text(line))


def _origin(letter: DeadLetter) -> str:
    """From which broker, where they have names."""
    if letter.broker is None:
        return ""
    of_region = f", region {display.visible(letter.region)}" if letter.region else ""
    return f"  from broker {display.visible(letter.broker)}{of_region}"


@dead_letters.command()
@output_options()
@source_options
def count(*, output: Output, origin: Origin) -> None:
    """Count dead letters by reason code, the most frequent first."""
    with origin.open() as answers:
        counts = answers.dead_letters_by_reason()
    if output.form is Form.JSON:
        click.echo(json.dumps(counts))
        return
    if output.form is Form.CSV:
        rows = ({"reason_code": code, "count": number} for code, number in counts.items())
        output.rows(("reason_code", "count"), rows)
        return
    for code, number in counts.items():
        click.echo(f"{number:>8}  {code}")
    if not counts:
        click.echo("No dead letters.")


@dead_letters.command("show")
@click.argument("letter_id", type=_ID)
@output_options(csv=False)
@source_options
def show_letter(letter_id: int, *, output: Output, origin: Origin) -> None:
    """Show one dead letter and its body.

    Control characters are shown as backslash escapes. Of a large body only the beginning is kept.
    """
    with origin.open() as answers:
        letter = answers.dead_letter(letter_id)
    shown = dead_letter_json(letter)
    if not output.is_text:
        click.echo(json.dumps(shown))
        return
    body = shown.pop("body")
    with output.screen() as screen:
        for name, value in shown.items():
            screen.print(Text(f"{name + ':':<14}{display.visible(str(value))}"))
        kept = "whole" if letter.is_whole else f"{len(letter.body)} bytes kept"
        lines = [display.visible(line) for line in body.split("\n")]
        screen.print(Text("\n".join([f"body ({kept}):", *lines])))


@dead_letters.command("retry")
@click.argument("letter_ids", type=_ID, nargs=-1)
@click.option("--all", "takes_all", is_flag=True, help="Retry all dead letters.")
@reason_option
@region_option
@json_option
@source_options
def retry_letters(
    letter_ids: tuple[int, ...],
    takes_all: bool,
    reason: str | None,
    region: str | None,
    as_json: bool,
    origin: Origin,
) -> None:
    """Read dead letters again with this release, or with that of the API which is asked.

    Give ids, --reason or --all. Those that it can read are stored and removed, the others are
    kept. Exit code 1 if any is kept.
    """
    if sum((bool(letter_ids), takes_all, reason is not None)) != 1:
        raise click.UsageError("give either ids, or --reason, or --all")
    outcomes: Counter[Outcome] = Counter()
    with origin.open() as source:
        _refuse_missing(source, letter_ids)
        for each in source.retry_dead_letters(ids=letter_ids, reason=reason, region=region):
            outcomes[each.outcome] += 1
            _show_retried(each, as_json=as_json)
    if not outcomes and not as_json:
        click.echo(_none(reason))
    if outcomes[Outcome.KEPT]:
        click.get_current_context().exit(1)


def _show_retried(retried: Retried, *, as_json: bool) -> None:
    if as_json:
        found = {"id": retried.letter_id, "outcome": retried.outcome, "why": retried.why}
        click.echo(json.dumps(found))
        return
    why = f": {display.visible(retried.why)}" if retried.why else ""
    click.echo(f"{retried.letter_id:>6}  {_OUTCOME_TEXT[retried.outcome]}{why}")


@dead_letters.command("purge")
@click.argument("letter_ids", type=_ID, nargs=-1)
@click.option(
    "--older-than",
    metavar="TIME",
    help="Only those received before this time: 30d ago, or 2026-11-03T14:03:00Z.",
)
@reason_option
@region_option
@source_options
def purge_letters(
    letter_ids: tuple[int, ...],
    older_than: str | None,
    reason: str | None,
    region: str | None,
    origin: Origin,
) -> None:
    """Remove the dead letters that meet every given condition; give at least one."""
    if not (letter_ids or older_than or reason or region):
        raise click.UsageError("give ids, --older-than, --reason or --region, or several of them")
    before = times.from_person(older_than) if older_than else None
    with origin.open() as source:
        _refuse_missing(source, letter_ids)
        removed = source.purge_dead_letters(
            ids=letter_ids, reason=reason, region=region, received_before=before
        )
    click.echo(f"{removed} dead letters removed.")


def _refuse_missing(source: Source, letter_ids: tuple[int, ...]) -> None:
    missing = []
    for each in letter_ids:
        try:
            source.dead_letter(each)
        except NotFoundError:
            missing.append(str(each))
    if missing:
        raise NotFoundError(f"there is no dead letter {', '.join(missing)}")
