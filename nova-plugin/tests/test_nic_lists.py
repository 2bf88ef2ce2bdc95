"""What is known of Nova's lists, without a Nova."""

from vifcast_nova.hooks import nic_lists, recent


def vif(port_id):
    return {"id": port_id, "address": "fa:16:3e:00:00:01"}


def ids(nics):
    return [nic["port_id"] for nic in nics]


def test_new_list_is_compared_with_the_one_before():
    lists = nic_lists.NicLists()
    assert lists.replace("server", [vif("one"), vif("two")]) == ([], [])
    lost, gained = lists.replace("server", [vif("two"), vif("three")])
    assert (ids(lost), ids(gained)) == (["one"], ["three"])
    assert lists.replace("server", [vif("two"), vif("three")]) == ([], [])


def test_known_list_is_not_learnt_again():
    lists = nic_lists.NicLists()
    lists.learn("server", [vif("one")])
    lists.learn("server", [])
    assert lists.has("server", "one")


def test_forgotten_list_is_unknown():
    lists = nic_lists.NicLists()
    lists.learn("server", [vif("one")])
    assert lists.has("server", "two") is False
    lists.forget("server")
    assert lists.has("server", "one") is None
    lists.add("server", {"port_id": "one"})
    assert lists.remove("server", "one") is None
    assert lists.replace("server", []) == ([], [])


def test_list_is_kept_as_it_was():
    lists, one = nic_lists.NicLists(), vif("one")
    lists.learn("server", [one])
    one["address"] = "another"
    assert lists.remove("server", "one")["mac_address"] == "fa:16:3e:00:00:01"
    assert lists.has("server", "one") is False


def test_number_of_lists_is_bounded(monkeypatch):
    monkeypatch.setattr(nic_lists, "_INSTANCES_KEPT", 10)
    lists = nic_lists.NicLists()
    for number in range(25):
        lists.replace(number, [vif("one")])
    assert [n for n in range(25) if lists.has(n, "one")] == list(range(15, 25))


def test_recent_ends_after_its_time():
    now = [100.0]
    board = recent.Recent(lambda: now[0], 60.0, 10)
    board.note("key")
    now[0] += 60.0
    assert "key" in board
    now[0] += 0.1
    assert "key" not in board
