from vifcast.doctor.refused import line_of
from vifcast.ingest.recent import MINUTES, Recent


def test_minutes_are_added_up_and_old_ones_are_gone():
    now = [0.0]
    recent = Recent(lambda: now[0])
    for minute in range(MINUTES + 5):
        now[0] = minute * 60.0
        recent.took(10, 1)
        recent.took(2, 1)
    assert recent.counts() == {"minutes": 15, "received": 180, "dead_letters": 30}
    now[0] += 600
    assert recent.counts()["received"] == 60
    now[0] += 600
    assert recent.counts() == {"minutes": 15, "received": 0, "dead_letters": 0}


def test_only_most_of_what_arrives_is_a_failure():
    def level(received, dead_letters):
        line = line_of({"minutes": 15, "received": received, "dead_letters": dead_letters})
        return line and line.level

    assert level(0, 0) is None
    assert level(2, 2) is None
    assert level(6, 3) is None
    assert level(5, 3) == "FAIL"
    assert level(1000, 400) is None
