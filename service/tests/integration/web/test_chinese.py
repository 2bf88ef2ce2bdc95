"""Every page in simplified Chinese: nothing of it is left in English."""

import re
import socket

import httpx
import pytest
from nics_over_time import ago, operation
from playwright.sync_api import expect
from receiver import Receiver
from subscriber_fixtures import clients_of

from host_reports import make_report
from ledger_events import T0, make_event, make_letter, make_sighting
from vifcast import times
from vifcast.gap import Gap, GapNote, GapReason
from vifcast.host import Lane, LaneState, Outbox, PluginState
from vifcast.model import FixedIp, Nic, Source
from vifcast.token import Role

# No language changes these: names, and the words of options, commands and messages.
_NAMES = set(
    re.findall(
        r"\S+",
        """
        vifcast Nova Neutron RabbitMQ OpenStack Keystone CloudEvents Standard Webhooks Webhook
        SQLite Python Go Node API AMQP CMP CSV HMAC HTTP ID IP JSON MAC PEM POST RFC SHA TLS URL
        UTC UTF NIC Enter Esc admin member reader deliver ingest serve plain nova cloudevents json
        ms min KiB MiB PortInUse nic private PRIVATE
        """,
    )
) | {socket.gethostname()}
# What vifcast writes to its log and keeps in its database is English, as errors are.
_KEPT = re.compile(
    r"^token [0-9a-f]{12}$|the broker inside this process"
    r"|exchange \w+ does not exist; .* created it"
    r"|the instance was deleted before an end was reported"
    r"|its last report is older than three of its intervals|vifcast-nova is off there"
)
_WORD = re.compile(r"(?<![A-Za-z0-9_./:@=*-])[A-Za-z]{2,}(?![A-Za-z0-9_./:@=*-])", re.ASCII)
_COMMAND = re.compile(
    r"\bvifcast(-nova)? (serve|ingest|deliver|doctor|gaps|reconcile|status|check|patch revert"
    r"|dead-letters show)\b",
    re.ASCII,
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")

# What a page shows and holds, but for ids, code, moments and names of languages.
_TEXTS = """() => {
  const kept = "script, style, code, pre, kbd, .mono, time, body [lang]";
  const found = [];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    if (!nodes.currentNode.parentElement.closest(kept)) found.push(nodes.currentNode.data);
  }
  for (const each of document.querySelectorAll("body *")) {
    for (const name of ["title", "aria-label", "placeholder", "alt"]) {
      if (!each.closest("code, pre, time, body [lang]")) found.push(each.getAttribute(name) ?? "");
    }
  }
  return [document.title, ...found].map((each) => each.trim()).filter(Boolean);
}"""

_PAGES = [
    "",
    "?outcome=failed",
    "find",
    "find?q=192.0.2.7",
    "find?q=192.0.2.7&from=1h",
    "find?q=192.0.2.77",
    "find?q=192.0.2.250",
    "servers/server-1",
    "servers/server-1?from=1m",
    "ports/port-1",
    "operations/attach-1-1",
    "hosts?open=/off-1&open=/silent-1&open=/memory-1&open=/patched-1&open=/compute-1",
    "hosts?state=unreported&name=1",
    "dead-letters",
    "dead-letters?reason=too_large",
    "dead-letters/1",
    "dead-letters/2",
    "dead-letters/retry",
    "dead-letters/purge",
    "settings",
    "subscriptions",
    "subscriptions?project=project-9",
    "subscriptions/new",
    "subscriptions/{id}",
    "subscriptions/{id}?state=dead",
    "subscriptions/{id}?done=redelivered&count=2",
    "subscriptions/{id}/edit",
    "subscriptions/{id}/replays",
    "deliveries/1",
    "deliveries/1?done=redelivered",
    "nothing",
]


def english(text):
    """Its English words: of a Chinese sentence those that stand beside each other."""
    text = _KEPT.sub("", text)
    if not _CHINESE.search(text):
        text = text.removeprefix("python -m vifcast_nova check")
        return [each for each in _WORD.findall(text) if each not in _NAMES]
    bare = _WORD.sub(lambda word: "·" if word[0] in _NAMES else word[0], _COMMAND.sub("", text))
    return re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]{2,})+", bare)


def fill(store):
    """Something of everything that the pages have a word for."""
    failed = {"phase": "error", "error_class": "PortInUse", "error_code": 409}
    store.write(
        [
            operation("attach", 9, 1, 1, phase="start", network_label="net-1"),
            operation("attach", 8.99999, 1, 1, network_label="net-1"),
            operation("attach", 6, 2, 2, network_label="net-1"),
            operation("attach", 5, 1, 2, ip="192.0.2.8"),
            operation("detach", 4, 1, 2, ip="192.0.2.8", cause="port_deleted"),
            operation("detach", 2, 1, 4, ip="192.0.2.9"),
            operation("attach", 1, 1, 5, phase="start", ip="192.0.2.10"),
            operation("attach", 0.001, 1, 6, ip="192.0.2.77", **failed),
            operation("attach", 0.0001, 1, 7, phase="start", ip="192.0.2.11"),
            operation("attach", 0.001, 1, 8, ip="192.0.2.12", fixed_ips=(), **failed | {
                "error_class": None}),
            make_sighting(
                nics=(Nic(instance_id="server-1", port_id="port-1",
                          fixed_ips=(FixedIp("192.0.2.7", 4, None),)),),
                occurred_at=ago(2), instance_name="web-1",
            ),
            make_sighting(action="delete", occurred_at=ago(0.5), instance_id="server-1"),
        ],
        [
            make_letter(b"{", reason="原因", received_at=ago(1)),
            make_letter(b"\x00\xff" * 3000, reason="原因", received_at=ago(0.1)),
        ],
    )  # fmt: skip
    gap = Gap(
        from_at=ago(7),
        to_at=ago(6.9),
        reason=GapReason.DISCONNECTED,
        detail="原因",
        sources=(Source.VIFCAST_NOVA,),
        hosts=None,
    )
    store.keep_gaps("vifcast", [GapNote("gap", gap)], {})
    age_s = (times.now() - T0).total_seconds()
    lane = Lane(exchange="vifcast", state=LaneState.REFUSED, reason="原因")
    outbox = Outbox(
        directory=None, depth=1290, bytes=4_000_000, oldest_age_s=5403.2, sent=5, dropped=7,
        is_direct=True,
    )  # fmt: skip
    store.write([], [], [
        make_report(host="compute-1", at_s=age_s),
        make_report(host="silent-1", at_s=age_s - 5000),
        make_report(host="off-1", at_s=age_s, state=PluginState.OFF, reason="原因", outbox=None),
        make_report(host="patched-1", at_s=age_s, state=PluginState.HAND_PATCHED),
        make_report(host="memory-1", at_s=age_s, outbox=outbox, lane=lane),
    ])  # fmt: skip


@pytest.fixture(scope="module")
def server(module_serve):
    server = module_serve("memory://", api__auth="token", delivery__allowed_networks="127.0.0.0/8")
    fill(server.store)
    return server


@pytest.fixture(scope="module")
def client(server):
    with clients_of(server, {"令牌": (Role.ADMIN, None)}) as clients:
        yield clients["令牌"]


@pytest.fixture(scope="module")
def subscription(server, client):
    """One to which a message was delivered; its id."""
    with Receiver() as receiver:
        body = {"url": receiver.url, "description": "订阅", "format": "plain"}
        made = client.post("/v1/subscriptions", json=body).json()["id"]
        server.store.write([make_event(operation_id="sent", occurred_at=times.now())], [])
        yield made


@pytest.fixture
def browse(server, client, open_page):
    def start(path, **context):
        token = {"extra_http_headers": {"authorization": client.headers["authorization"]}}
        return open_page(server.url, path, **{"locale": "zh-CN"} | token | context)

    return start


@pytest.mark.parametrize("path", _PAGES)
def test_page_is_in_chinese(browse, client, subscription, until, path):
    until(lambda: client.get("/v1/deliveries").json()["items"])
    watched = browse(path.format(id=subscription))
    page = watched.page
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator("main .skeleton")).to_have_count(0)
    assert {each: english(each) for each in page.evaluate(_TEXTS) if english(each)} == {}
    assert watched.violations() == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize(
    "path", ["", "hosts", "dead-letters", "settings", "subscriptions", "subscriptions/new"]
)
def test_page_without_data_is_in_chinese(serve, open_page, path):
    page = open_page(serve("memory://").url, path, locale="zh-CN").page
    expect(page.locator("main .skeleton")).to_have_count(0)
    assert {each: english(each) for each in page.evaluate(_TEXTS) if english(each)} == {}


def test_sign_in_is_in_chinese(server, open_page):
    watched = open_page(server.url, "settings", locale="zh-CN")
    expect(watched.page.get_by_role("heading", level=1)).to_have_text("登录")
    assert [each for each in watched.page.evaluate(_TEXTS) if english(each)] == []
    assert watched.violations() == []


def test_operations_that_come_while_the_page_is_open_are_in_chinese(server, browse):
    page = browse("").page
    expect(page.locator("[data-live]")).to_have_text("实时")
    now = times.now()
    server.store.write(
        [make_event(operation_id="new", instance_name="vm-new", occurred_at=now, received_at=now)],
        [],
    )
    row = page.locator("[data-feed] tr", has_text="vm-new")
    expect(row).to_contain_text("挂载")
    expect(row).to_contain_text("成功")


def test_language_is_chosen_and_the_page_stays_with_its_query(browse):
    page = browse("find?q=fa:16:3e:00:00:01&kind=mac", locale="en-GB").page
    place = page.url
    for name, language in (("简体中文", "zh-CN"), ("English", "en")):
        page.locator(".menu summary").click()
        page.get_by_role("button", name=name).click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page).to_have_url(place)
    page.goto("hosts")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_english_is_found():
    assert english("Show all hosts") == ["Show", "all", "hosts"]
    assert english("主机 are silent") == ["are silent"]
    assert english("主机: vifcast is silent") == ["is silent"]
    assert english("运行 vifcast doctor 查出原因") == []
    assert english("vifcast-nova") == english("192.0.2.7 MAC") == []


def test_texts_of_pages_are_sent_as_the_language_that_they_are(server):
    with httpx.Client(base_url=f"{server.url}ui/", timeout=60) as client:
        html = client.get("sign-in", headers={"accept-language": "zh-TW, zh;q=0.9"}).text
    assert '<html lang="zh-CN">' in html
