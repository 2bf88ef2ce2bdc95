"""docs/webhooks.md: its requests are what is sent, and its programs verify them.

After a wanted change, VIFCAST_WRITE_EXAMPLES=1 writes the requests into the page.
"""

import base64
import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from messages import announcement_of, message_of
from msgspec.structs import replace
from subscribed import make_subscription

from notifications import INSTANCE, PORT, body
from vifcast.delivery.formats import request_of
from vifcast.delivery.receiver import receiver_of
from vifcast.delivery.request import Request
from vifcast.identity.policy import View
from vifcast.notification.interpret import interpret
from vifcast.subscribing.signing_keys import new_secret, public_key
from vifcast.subscription.message import MessageType
from vifcast.subscription.secrets import Secrets, SignatureKind, SigningSecret
from vifcast.subscription.subscription import Format

PAGE = Path(__file__).parents[3] / "docs" / "webhooks.md"
AT = dt.datetime(2026, 11, 22, 13, 32, 9, tzinfo=dt.UTC)
SUBSCRIPTION = "7f3a2c1e-9b4d-4e57-8a60-2d1c5b7e9f04"
SECRET = SigningSecret(
    kind=SignatureKind.HMAC, secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", created_at=AT
)


def attach_end():
    sent = body(message_id="0b9f7c1d-52a7-4f6e-9c52-0a6a1d6f8e11", _unique_id="")
    event = interpret(sent, AT, 1024 * 1024)
    return replace(event, id=4711, duration_ms=812)


def examples():
    """By format, the messages of its example."""
    attached = attach_end()
    tests = [
        replace(
            message_of(MessageType.TEST),
            message_id=message_id,
            occurred_at=AT,
            instance_id=None,
            port_id=None,
            project_id=None,
            data=json.dumps({"subscription_id": SUBSCRIPTION}),
        )
        for message_id in (
            "1a1d6cf5-8e0a-5b6f-9a39-0d7a1f2b3c4d",
            "e2d0b7a4-41f6-5c8e-8b7d-6f5e4d3c2b1a",
        )
    ]
    opened = replace(
        announcement_of(MessageType.OPENED, attached),
        message_id="c3b8a0c9-7a51-5b0e-b5d2-93f4f1a7e620",
    )
    return {
        Format.CLOUDEVENTS: [attached],
        Format.CLOUDEVENTS_BINARY: [opened],
        Format.CLOUDEVENTS_BATCH: tests,
        Format.PLAIN: [opened],
        Format.NOVA: [attached],
    }


def shown(form, messages):
    subscription = make_subscription(id=SUBSCRIPTION, format=form)
    request = request_of(subscription, messages, View(None, has_details=True))
    headers = receiver_of(Secrets(signing=(SECRET,))).headers_of(request, AT)
    lines = ["POST /hooks/nic HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    laid_out = json.dumps(json.loads(request.body), indent=2, ensure_ascii=False)
    return "\n".join([*lines, "", laid_out, ""])


@pytest.mark.parametrize("form", Format)
def test_request_on_the_page_is_what_is_sent(form):
    page = PAGE.read_text()
    sent = shown(form, examples()[form])
    block = re.compile(rf"(### `{form}`\n.*?```http\n)(.*?)(```)", re.DOTALL)
    (found,) = block.finditer(page)
    if os.environ.get("VIFCAST_WRITE_EXAMPLES"):
        PAGE.write_text(page[: found.start(2)] + sent + page[found.end(2) :])
    else:
        assert found[2] == sent


def test_every_type_is_on_the_page():
    page = PAGE.read_text()
    assert [kind for kind in MessageType if f"`{kind}`" not in page] == []


def test_page_is_about_the_instance_of_its_examples():
    assert f'"subject": "{INSTANCE}/{PORT}"' in PAGE.read_text()


# What stands beside the program: reads cases, and writes for each the id, or nothing.
USED = {
    "python": (
        "example.py",
        """
import json, sys
for case in json.load(sys.stdin):
    try:
        print(verify(case["secret"], case["headers"], base64.b64decode(case["body"])))
    except ValueError:
        print("")
""",
    ),
    "javascript": (
        "example.mjs",
        """
import { readFileSync } from "node:fs";
for (const { secret, headers, body } of JSON.parse(readFileSync(0))) {
  try {
    console.log(verify(secret, headers, Buffer.from(body, "base64")));
  } catch {
    console.log("");
  }
}
""",
    ),
    "go": (
        "main.go",
        """package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	var cases []struct {
		Secret  string
		Headers map[string]string
		Body    []byte
	}
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	for _, each := range cases {
		header := http.Header{}
		for name, value := range each.Headers {
			header.Set(name, value)
		}
		id, _ := Verify(each.Secret, header, each.Body, 5*time.Minute)
		fmt.Println(id)
	}
}
""",
    ),
}


def command_of(language, folder):
    (example,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    name, used = USED[language]
    if language == "go":
        (folder / "verify.go").write_text(example)
        (folder / name).write_text(used)
        return ["go", "run", "verify.go", name]
    (folder / name).write_text(example + used)
    return [{"python": sys.executable, "javascript": "node"}[language], name]


def cases():
    """What may be taken, and what must not; the id of each that may."""
    now = dt.datetime.now(dt.UTC)
    old, new, strange = (new_secret(SignatureKind.HMAC, now) for _ in range(3))
    asymmetric, other = (new_secret(SignatureKind.ED25519, now) for _ in range(2))
    sent = '{"label":"Zürich"}'.encode()

    def signed(*secrets, at=now, content=sent):
        request = Request("message-1", {}, content)
        return receiver_of(Secrets(signing=secrets)).headers_of(request, at)

    def case(secret, headers, content=sent):
        return {
            "secret": secret,
            "headers": headers,
            "body": base64.b64encode(content).decode(),
        }

    def without(name, headers):
        return {key: value for key, value in headers.items() if key != name}

    whpk = public_key(asymmetric)
    hour = dt.timedelta(hours=1)
    good = [
        case(new.secret, signed(new)),
        case(old.secret, signed(new, old)),
        case(new.secret, signed(asymmetric, old, new)),
        case(whpk, signed(asymmetric)),
        case(whpk, signed(new, other, asymmetric)),
        case(new.secret, signed(new, content=b""), b""),
    ]
    bad = [
        case(strange.secret, signed(new, old)),
        case(public_key(other), signed(asymmetric)),
        case(new.secret, signed(new), sent + b" "),
        case(whpk, signed(asymmetric), sent + b" "),
        case(new.secret, signed(new, at=now - hour)),
        case(new.secret, signed(new, at=now + hour)),
        case(whpk, signed(asymmetric, at=now - hour)),
        case(new.secret, signed(new) | {"webhook-id": "message-2"}),
        case(new.secret, signed(new) | {"webhook-timestamp": str(int(time.time()) - 1)}),
        case(new.secret, signed()),
        case(new.secret, without("webhook-timestamp", signed(new))),
        case(new.secret, signed(new) | {"webhook-signature": "v1,"}),
        case(new.secret, signed(new) | {"webhook-signature": "v1"}),
        case(new.secret, signed(new) | {"webhook-signature": "v9,AAAA"}),
    ]
    return good, bad


@pytest.mark.parametrize("language", USED)
def test_program_takes_what_vifcast_signed_and_nothing_else(language, tmp_path):
    command = command_of(language, tmp_path)
    good, bad = cases()
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        input=json.dumps(good + bad),
        text=True,
        capture_output=True,
        check=False,
        timeout=240,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split("\n")[:-1] == ["message-1"] * len(good) + [""] * len(bad)
