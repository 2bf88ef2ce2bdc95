import pytest
from plan import SUITES
from suites import describe


@pytest.mark.parametrize(
    ("code", "is_filtered", "is_fine"),
    [
        (0, False, True),
        (1, False, False),
        (5, False, False),  # an empty suite hides that it tests nothing
        (5, True, True),  # a filter may choose nothing of one suite
        (-9, True, False),
    ],
)
def test_outcome_of_a_suite(code: int, *, is_filtered: bool, is_fine: bool) -> None:
    assert describe(code, is_filtered=is_filtered)[0] is is_fine


def test_every_suite_has_a_title_of_its_own() -> None:
    titles = [suite.title for suite in SUITES]
    assert len(set(titles)) == len(titles)
