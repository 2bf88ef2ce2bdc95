"""What every page has: the bar, keys, times, languages, and a policy that forbids inline code."""

from playwright.sync_api import expect


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
