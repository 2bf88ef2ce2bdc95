from vifcast.repeats import Repeats


def test_problem_is_new_until_it_goes_on_and_again_once_it_was_away():
    clock = iter((0.0, 30.0, 60.0, 90.0, 91.0, 151.0))
    repeats = Repeats(lambda: next(clock))
    assert repeats.is_new("refused")
    for _ in range(3):
        assert not repeats.is_new("refused")
    assert repeats.is_new("starting up")
    assert repeats.is_new("refused")


def test_what_differs_each_time_does_not_make_it_new():
    repeats = Repeats()
    assert repeats.is_new("<Connection object at 0x7f00> failed (req-1a2b)")
    assert not repeats.is_new("<Connection object at 0x7f88> failed (req-3c4d)")


def test_problem_that_is_over_is_new():
    repeats = Repeats()
    assert repeats.is_new("refused")
    repeats.over()
    assert repeats.is_new("refused")
