"""Subscriptions as they are printed: a line each, all fields of one, and a test of one."""

import json
from typing import Any

import click
from rich.text import Text

from vifcast import display, times
from vifcast.cli.lines import Zone
from vifcast.cli.output import Form, Output
from vifcast.subscription.subscription import Circuit, SubscriptionState

_STYLE = {
    SubscriptionState.ACTIVE: "green",
    SubscriptionState.PAUSED: "yellow",
    SubscriptionState.DISABLED: "bold red",
}


def what_it_sends(found: dict[str, Any]) -> str:
    """Whose messages, and which."""
    of = "all projects" if found["project_id"] is None else f"project {found['project_id']}"
    wanted = f" that meets {found['filter']}" if found["filter"] else ""
    return display.visible(f"what happens in {of}{wanted}")


def subscription_line(found: dict[str, Any], zone: Zone) -> Text:
    """One in a list."""
    line = Text(f"{found['id']}  ")
    line.append(f"{found['state']:<8}  ", _STYLE[SubscriptionState(found["state"])])
    line.append(f"{display.visible(found['url'])}  ", "bold")
    line.append(f"{found['format']}  ")
    line.append(display.visible(found["filter"] or "everything"), "cyan")
    if found["project_id"] is not None:
        line.append(f"  of project {display.visible(found['project_id'])}")
    if found["description"]:
        line.append(f"  {display.visible(found['description'])}", "dim")
    if found["state_reason"]:
        line.append(f"  ({display.visible(found['state_reason'])})", "dim")
    how = found["destination"]
    if how["failures"]:
        since = display.moment(times.from_person(how["failing_since_at"]), zone)
        circuit = "" if how["circuit"] == Circuit.CLOSED else f", circuit {how['circuit']}"
        error = display.visible(how["last_error"] or "")
        line.append(f"  failing since {since}{circuit}: {error}", "red")
    return line


def print_fields(found: dict[str, Any], output: Output) -> None:
    """All that is known of one."""
    if output.form is Form.JSON:
        click.echo(json.dumps(found))
        return
    with output.screen() as screen:
        for name, value in found.items():
            text = value if isinstance(value, str) else json.dumps(value)
            screen.print(Text(f"{name + ':':<20}{display.visible(text)}"))


def lines_of_test(found: dict[str, Any]) -> list[str]:
    """What was sent or published, and what came of it."""
    published = found["publication"]
    sent = published or found["request"]
    if published is None:
        lines = [f"POST {sent['url']}"]
    else:
        to = f"exchange {sent['exchange']}, routing key {sent['routing_key']}"
        lines = [f"PUBLISH to {to}, at {sent['url']}", f"content-type: {sent['content_type']}"]
    lines += [f"{name}: {value}" for name, value in sent["headers"].items()]
    lines += ["", sent["body"], ""]
    answer = found["broker_answer"] or found["status_code"]
    if answer is not None:
        where = f" from {found['address']}" if found["address"] else ""
        lines.append(f"{answer}{where} in {display.duration(found['duration_ms'])}")
        if found["answer"]:
            lines += found["answer"].splitlines()
    lines.append("Delivered." if found["is_delivered"] else f"Not delivered: {found['error']}")
    return [display.visible(line) for line in lines]
