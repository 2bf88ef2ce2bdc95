"""Which messages the expression of a subscription chooses, and what is none."""

import re

import pytest

from ledger_events import make_event, make_sighting
from vifcast.errors import InvalidValueError
from vifcast.subscription.expression import FIELDS, parse

EVENT = make_event(
    phase="error",
    project_id="p1",
    region="east",
    network_label="front end",
    instance_name="web, 1",
    cause=None,
)


WANTED = [
    "",
    "  ",
    "action=attach",
    "action=detach,attach",
    "action=attach  outcome=failed",
    "action!=detach",
    "host=compute-*",
    "host!=compute-9*",
    "host=x,compute-*",
    'network="front end"',
    'network="front e"*',
    'network=x,"front e"*,y host="compute-"*',
    'type="interface."*',
    "network=network-1",
    'instance_name="web, 1"',
    "type=interface.attach_failed",
    "type=interface.*",
    "event_type=compute.instance.interface_attach.*",
    "phase=error source=vifcast-nova region=east project=p1 instance=instance-1 port=port-1",
    "cause!=api",
]


@pytest.mark.parametrize("text", WANTED)
def test_wanted(text):
    assert parse(text).matches(EVENT)


@pytest.mark.parametrize(
    "text",
    [
        "action=detach",
        "action!=attach",
        "action=attach outcome=succeeded",
        "host=compute",
        "host!=compute-*",
        "cause=api",
        "cause=*",
        "region!=east",
        "type=attachment.*",
        "network=front*  network!=front*",
        'network="front*"',
        'network!="front e"*',
    ],
)
def test_not_wanted(text):
    assert not parse(text).matches(EVENT)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("colour=red", "unknown field 'colour'; the fields are type, event_type"),
        ("action=steal", "compares action with 'steal'; its values are attach, detach"),
        ("cause=bogus", "compares cause with 'bogus'; its values are api, port_deleted"),
        ("cause!=api,bogus", "compares cause with 'bogus'; its values are api, port_deleted"),
        ("phase=ended", "compares phase with 'ended'; its values are start, end, error"),
        ("outcome=ok", "compares outcome with 'ok'; its values are succeeded, failed, overdue"),
        ("source=nova", "compares source with 'nova'; its values are vifcast-nova"),
        ("type=bogus.*", "compares type with 'bogus.*'"),
        ('type="bogus."*', "compares type with 'bogus.*'"),
        ('type="interface.*"', "in double quotes * is no more than itself; write interface.*"),
        ('type!="interface.*"', "in double quotes * is no more than itself; write interface.*"),
        ("action", "not understood from 'action' on"),
        ("action=", "not understood"),
        ("action=attach or action=detach", "not understood from 'or action=detach' on"),
        ("action==attach", "compares action with '=attach'"),
        ('host="a', "not understood"),
        ("action=attach;drop", "'attach;drop'"),
        ("host=" + "x" * 5000, "5005 characters long; at most 4096"),
    ],
)
def test_refused(text, why):
    with pytest.raises(InvalidValueError) as error:
        parse(text)
    assert why in str(error.value)


def test_a_star_in_quotes_is_itself():
    starred = make_event(instance_name="<img*")
    assert parse('instance_name="<img*"').matches(starred)
    assert not parse('instance_name="<img*"').matches(make_event(instance_name="<img>"))
    assert parse('instance_name="<img"*').matches(make_event(instance_name="<img>"))


def test_instances_and_sighted_ports_are_for_who_names_them():
    created = make_sighting(action="create", project_id="p1")
    assert not parse("").matches(created)
    assert not parse("project=p1 action!=attach").matches(created)
    assert parse("action=create").matches(created)
    assert parse("event_type=compute.*").matches(created)


def test_text_is_kept_as_it_is_read():
    assert parse("  action=attach   host=a ").text == "action=attach host=a"
    assert (
        parse(parse('network="a  b"  host=a').text).conditions
        == parse('network="a  b" host=a').conditions
    )


def test_every_field_is_tried():
    assert set(re.findall(r"(\w+)!?=", " ".join(WANTED))) == set(FIELDS)


@pytest.mark.parametrize("text", ["cause=bogus", 'type="interface.*"'])
def test_kept_filter_with_a_value_that_is_refused_now_is_read_and_matches_nothing(text):
    with pytest.raises(InvalidValueError):
        parse(text)
    assert not parse(text, is_kept=True).matches(EVENT)
