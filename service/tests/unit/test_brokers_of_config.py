"""``[ingest] enabled_brokers`` and the sections that it names."""

import pytest

from vifcast.bus.configured import configured_brokers
from vifcast.config import load_settings
from vifcast.errors import ConfigError

TWO = """
[ingest]
enabled_brokers = cell1, cell2
queue = mine
batch_size = 7
[cell1]
transport_url = rabbit://u:p@one/
region = north
[cell2]
transport_url = rabbit://u:p@two/
region = south
queue = theirs
topics = a, b
"""


@pytest.fixture
def load(tmp_path):
    def read(text, **overrides):
        path = tmp_path / "vifcast.conf"
        path.write_text(text)
        return load_settings(path, overrides)

    return read


def test_without_names_there_is_one_broker_without_a_name(load):
    settings = load("[ingest]\ntransport_url = rabbit://u:p@one/\nqueue = mine\n")
    (only,) = settings.brokers
    assert only is settings.ingest
    assert (only.name, only.region, only.queue, only.queue_key) == (None, None, "mine", "mine")
    assert (only.label, settings.regions) == ("default", ())
    assert load("[ingest]\nenabled_brokers =\n").brokers[0].name is None


def test_section_of_a_broker_says_what_of_ingest_is_otherwise(load):
    settings = load(TWO)
    one, two = settings.brokers
    assert (one.name, one.region, one.queue, one.batch_size) == ("cell1", "north", "mine", 7)
    assert (two.name, two.region, two.queue, two.batch_size) == ("cell2", "south", "theirs", 7)
    assert one.topics == ("notifications", "versioned_notifications")
    assert two.topics == ("a", "b")
    assert (one.queue_key, two.queue_key) == ("cell1:mine", "cell2:theirs")
    assert settings.regions == ("north", "south")
    assert [str(broker) for _, broker in configured_brokers(settings)] == ["one:5672", "two:5672"]


def test_default_queues_of_another_topic_are_taken_only_by_name_also_in_a_section(load):
    one, two = load(TWO.replace("queue = mine", "consume_default_queue = true")).brokers
    assert one.topics == ("notifications",)
    assert two.topics == ("a", "b")


def test_environment_and_overrides_are_as_for_every_section(load, monkeypatch):
    monkeypatch.setenv("OS_CELL1__TRANSPORT_URL", "rabbit://u:a$b@env/")
    monkeypatch.setenv("OS_CELL2__QUEUE", "env")
    one, two = load(TWO, **{"cell2.region": "east"}).brokers
    assert one.transport_url == "rabbit://u:a$b@env/"
    assert (two.queue, two.region) == ("env", "east")


@pytest.mark.parametrize("written", ["p$$q", "p\\$q", "p$q"])
def test_secret_of_a_section_is_read_as_that_of_ingest(load, written):
    settings = load(TWO.replace("u:p@one", f"u:{written}@one"))
    assert settings.brokers[0].transport_url == "rabbit://u:p$q@one/"
    assert "p$q" not in repr(settings)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("cell1, cell2", "cell1, cell2, cell3", r"names cell3, but there is no section \[cell3\]"),
        ("transport_url = rabbit://u:p@two/", "", r"no section \[cell2\] with a transport_url"),
        ("cell1, cell2", "cell1", r"unknown section \[cell2\]; there are .*enabled_brokers names"),
        ("cell1, cell2", "cell1, cell2, cell1", "names cell1 2 times"),
        ("cell1, cell2", "cell1, cell2, Cell1", "names cell1 2 times"),
        ("cell1, cell2", "cell1, cell2, ingest", "names ingest, which is a name of vifcast's own"),
        ("cell1, cell2", "cell1, cell2, cache", "names cache, which is a name of vifcast's own"),
        ("cell1, cell2", "cell1, cell2, Default", "names Default, which is a name of vifcast's"),
        ("cell1, cell2", "cell1, cell2, 2nd", "begins with a letter .*: 2nd$"),
        ("cell1, cell2", "cell1, rabbit://u:pass@h", r"begins with a letter .*\(not shown\)$"),
        ("cell1, cell2", "cell1, $cell", r"enabled_brokers in \[ingest\]: a \$ that no option"),
        (
            "region = south",
            "regoin = south",
            r"unknown option regoin in \[cell2\]; there are .*topi",
        ),
        ("region = south", "enabled_brokers = x", r"unknown option enabled_brokers in \[cell2\]"),
        ("region = south", "prefetch = many", r"option prefetch in \[cell2\]: "),
        ("region = south", f"region = {'x' * 256}", r"region in \[cell2\] is longer than 255"),
        ("queue = theirs", "queue = notifications.info", r"queue in \[cell2\] is notifications.in"),
        ("queue = mine", "queue = notifications.info", r"queue in \[ingest\] is notifications.inf"),
        ("queue = theirs", "lane_exchange = nova", r"lane_exchange in \[cell2\] is nova, which is"),
        (
            "queue = theirs",
            f"queue = {'q' * 250}",
            r"queue in \[cell2\] is too long: with the name",
        ),
        ("topics = a, b", "topics =", r"topics in \[cell2\] is empty"),
        ("queue = mine", "transport_url = rabbit://u@h", "names another one, which would not be"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(load, old, new, sentence):
    with pytest.raises(ConfigError, match=sentence) as refused:
        load(TWO.replace(old, new, 1))
    assert "\n" not in str(refused.value)
    assert "pass" not in str(refused.value)


def test_broker_of_the_command_line_is_refused_beside_others(load):
    with pytest.raises(ConfigError, match="--transport-url, VIFCAST_TRANSPORT_URL"):
        load(TWO, **{"ingest.transport_url": "rabbit://u:p@h/"})


@pytest.mark.parametrize(
    "url", ["rabbit://u:p@one/", "rabbit://other:user@three,u:p@one:5672/", "amqp://one//"]
)
def test_two_brokers_that_read_one_queue_are_refused(load, url):
    text = TWO.replace("rabbit://u:p@two/", url).replace("queue = theirs\n", "")
    text = text.replace("topics = a, b\n", "")
    with pytest.raises(ConfigError, match="cell1 and cell2 are the same: both read queue mine"):
        configured_brokers(load(text))


@pytest.mark.parametrize(
    ("old", "new"),
    [("@two/", "@one/"), ("@two/", "@one/vhost"), ("@two/", "@two:5671/"), ("rabbit", "memory")],
)
def test_two_queues_of_one_broker_are_two_brokers(load, old, new):
    assert len(configured_brokers(load(TWO.replace(old, new)))) == 2


def test_url_that_cannot_be_read_is_refused_by_its_section(load):
    with pytest.raises(ConfigError, match=r"^section \[cell2\]: option transport_url: http://"):
        configured_brokers(load(TWO.replace("rabbit://u:p@two/", "http://two/")))


def test_cloud_is_that_of_the_region(load):
    given = "[reconcile]\nafter_gap = true\ncloud = all\n"
    assert load(TWO + given).reconcile.clouds == {"north": "all", "south": "all"}
    text = TWO.replace("region = south", "region = south\ncloud = of-south")
    assert load(text + given).reconcile.clouds == {"north": "all", "south": "of-south"}
    without = "[reconcile]\nafter_gap = true\n"
    with pytest.raises(ConfigError, match=r"no cloud is set, there or in \[cell1\]: set cloud"):
        load(text + without)
    both = text.replace("region = north", "region = south\ncloud = of-north")
    with pytest.raises(ConfigError, match=r"cloud in \[cell2\] is of-south, and that of another"):
        load(both)


def test_cloud_without_regions_is_that_of_all(load):
    given = "[reconcile]\nafter_gap = true\ncloud = all\n"
    assert load(given).reconcile.clouds == {None: "all"}
