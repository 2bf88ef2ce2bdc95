from vifcast.ingest.backoff import Backoff


def test_pauses_double_up_to_the_longest_with_half_of_each_random():
    backoff = Backoff(max_s=5)
    for longest in (0.5, 1, 2, 4, 5, 5):
        assert longest / 2 <= backoff.next_s() <= longest


def test_success_starts_over():
    backoff = Backoff(max_s=60)
    for _ in range(6):
        backoff.next_s()
    backoff.reset()
    assert backoff.next_s() <= 0.5
