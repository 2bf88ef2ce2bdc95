"""What every page has: the bar, keys, times, languages, and a policy that forbids inline code."""

import pytest
from playwright.sync_api import expect

from ledger_events import attach_or_detach


def test_every_page_has_a_search_that_slash_reaches(serve, open_page):
    page = open_page(serve("memory://").url).page
    page.keyboard.press("/")
    expect(page.locator("[data-seek]").first).to_be_focused()


def test_question_mark_shows_the_keys_and_escape_closes_them(serve, open_page):
    page = open_page(serve("memory://").url).page
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_unknown_page_says_so_without_a_violation(serve, open_page):
    watched = open_page(serve("memory://").url, "nothing")
    expect(watched.page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    assert watched.violations() == []


@pytest.mark.parametrize("width", [360, 2560])
def test_no_page_scrolls_sideways_however_long_a_name_is(serve, open_page, width):
    server = serve("memory://")
    names = {"instance_name": "x" * 255, "network_label": "n" * 255, "compute_host": "h" * 255}
    server.store.write(attach_or_detach(1, **names, instance_id="i", port_id="p"), [])
    page = open_page(server.url, viewport={"width": width, "height": 740}).page
    for path in ("", "find?q=i", f"find?q={'x' * 255}", "servers/i", "ports/p", f"no{'x' * 90}"):
        page.goto(path)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, path
