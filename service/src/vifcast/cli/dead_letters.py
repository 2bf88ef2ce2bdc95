"""``vifcast dead-letters``."""

import json
from pathlib import Path

import click
from rich.console import Console

from vifcast import display
from vifcast.cli.options import config_options, json_option, open_store
from vifcast.errors import InvalidValueError
from vifcast.representation import dead_letter_json


@click.group("dead-letters")
def dead_letters() -> None:
    """Bodies from the bus that could not be understood."""


@dead_letters.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@json_option
@config_options
def list_letters(limit: int, as_json: bool, config_file: Path | None, data_dir: str | None) -> None:
    """The newest first."""
    store = open_store(config_file, data_dir)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    try:
        letters = store.dead_letters(limit=limit).items
    finally:
        store.close()
    for letter in letters:
        if as_json:
            click.echo(json.dumps(dead_letter_json(letter)))
            continue
        console.print(
            f"{letter.id:>6}  {display.moment(letter.received_at)}  "
            f"{display.visible(letter.routing_key)}  "
            f"{letter.size} bytes  {display.visible(letter.reason)}"
        )
    if not letters and not as_json:
        console.print("No dead letters.")


@dead_letters.command("show")
@click.argument("letter_id", type=int)
@json_option
@config_options
def show_letter(
    letter_id: int, as_json: bool, config_file: Path | None, data_dir: str | None
) -> None:
    """One of them, with what was kept of its body."""
    store = open_store(config_file, data_dir)
    try:
        letter = store.dead_letter(letter_id)
    finally:
        store.close()
    if letter is None:
        raise InvalidValueError(f"there is no dead letter {letter_id}")
    shown = dead_letter_json(letter)
    if as_json:
        click.echo(json.dumps(shown))
        return
    body = shown.pop("body")
    for name, value in shown.items():
        click.echo(f"{name + ':':<14}{display.visible(str(value))}")
    kept = len(letter.body)
    body = "\n".join(map(display.visible, body.split("\n")))
    click.echo(f"body ({'whole' if kept == letter.size else f'{kept} bytes kept'}):\n{body}")
