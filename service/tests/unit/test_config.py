import re
from pathlib import Path

import pytest

from vifcast.api_settings import Address
from vifcast.config import load_settings
from vifcast.errors import ConfigError
from vifcast.options import OPTIONS


@pytest.fixture
def config(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "vifcast.conf"
        path.write_text(text)
        return path

    return write


def test_defaults_are_enough():
    settings = load_settings()
    assert settings.api.address == Address("127.0.0.1", 8733)
    assert settings.ingest.queue == "vifcast"
    assert settings.data_dir.name == "vifcast"


def test_file_is_read_and_the_command_line_wins(config):
    path = config("[ingest]\nqueue = mine\ntopics = a, b\n[api]\nlisten = 127.0.0.1:1\n")
    settings = load_settings(path, {"api.listen": "127.0.0.1:2", "ingest.queue": None})
    assert settings.ingest.queue == "mine"
    assert settings.ingest.topics == ("a", "b")
    assert settings.api.address.port == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[ingest]\nprefetch = many\n", "prefetch"),
        ("[ingest]\nprefetch = 0\n", "prefetch"),
        ("[ingest]\nqueue_type = stream\n", "queue_type"),
        ("[ingest]\nquue = x\n", r"unknown option quue in \[ingest\]; there are"),
        ("[ingst]\nqueue = x\n", r"unknown section \[ingst\]"),
        (
            "[oslo_polcy]\nx = y\n",
            r"there are .*\[keystone_authtoken\], \[oslo_policy\], and those",
        ),
        ("[ingest]\ntopics =\n", "topics .*is empty"),
        ("[ingest]\nqueue = notifications.info\n", "queue .* is notifications.info, which is a"),
        ("[ingest]\nqueue = x\nexchange = x.dropped\n", "makes the exchange x.dropped, which"),
        (
            "[ingest]\nlane_exchange = nova\n",
            "lane_exchange .* is nova, which is one of OpenStack's",
        ),
        ("[ingest]\nlane_exchange = cinder\n", "is cinder, which is one of OpenStack's"),
        ("[ingest]\nlane_exchange = amq.topic\n", "begin with amq. are RabbitMQ's own"),
        ("[ingest]\nlane_exchange = vifcast.bound\n", "is what goes with queue vifcast"),
        ("[DEFAULT]\nlog_level = loud\n", "log_level"),
        ("[api]\nlisten = 8733\n", "is not HOST:PORT"),
        ("[api]\nlisten = 127.0.0.1:99999\n", "is not HOST:PORT"),
        ("[api]\nlisten = 0.0.0.0:8733\n", "is not a loopback address, and with auth = none"),
        ("no option at all", "vifcast.conf"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(config, text, sentence):
    with pytest.raises(ConfigError, match=sentence) as refused:
        load_settings(config(text))
    assert "\n" not in str(refused.value)


def non_secret_options():
    return [
        (group, option.dest)
        for group, options in OPTIONS.items()
        for option in options
        if not option.secret
    ]


@pytest.mark.parametrize("written", ["$SECRET", "${SECRET}/v", "a$SECRET.b", "$ingest.x"])
@pytest.mark.parametrize(("group", "name"), non_secret_options())
def test_dollar_before_what_is_no_option_is_one_sentence(config, group, name, written):
    path = config(f"[{group}]\n{name} = {written}\n")
    with pytest.raises(ConfigError, match=rf"{name}.*write \$\$ for a literal \$") as refused:
        load_settings(path)
    assert "SECRET" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_invalid_value_is_refused_without_words_of_the_library(config):
    with pytest.raises(ConfigError) as refused:
        load_settings(config("[ingest]\nretry_max_s = soon\n"))
    assert re.fullmatch(
        r"configuration file .*/vifcast\.conf: option retry_max_s in \[ingest\]: could not convert "
        "string to float: 'soon'",
        str(refused.value),
    )


def test_invalid_value_in_the_environment_is_refused_by_its_variable(monkeypatch):
    monkeypatch.setenv("OS_INGEST__RETRY_MAX_S", "soon")
    with pytest.raises(ConfigError, match=r"^OS_INGEST__RETRY_MAX_S in the environment: could"):
        load_settings()


def test_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.conf does not exist"):
        load_settings(tmp_path / "gone.conf")


def test_file_that_is_no_text_is_refused_by_name(tmp_path):
    path = tmp_path / "vifcast.conf"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"vifcast\.conf"):
        load_settings(path)


def test_directory_is_no_configuration_file(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot be read|does not exist"):
        load_settings(tmp_path)


def test_override_that_makes_no_sense_is_refused_by_name():
    with pytest.raises(ConfigError, match="option log_level"):
        load_settings(overrides={"DEFAULT.log_level": "loud"})


def test_every_option_has_a_help_text():
    assert all(option.help for options in OPTIONS.values() for option in options)


def test_lane_is_none_where_its_name_is_empty(config):
    assert load_settings(config("[ingest]\nlane_exchange =\n")).ingest.lane_exchange is None


def test_default_queues_of_another_topic_are_taken_only_by_name(config):
    topics = ("notifications", "versioned_notifications")
    assert load_settings().ingest.topics == topics
    alone = "[ingest]\nconsume_default_queue = true\n"
    assert load_settings(config(alone)).ingest.topics == ("notifications",)
    named = f"{alone}topics = {', '.join(topics)}\n"
    assert load_settings(config(named)).ingest.topics == topics


def test_option_without_effect_is_a_notice(config):
    assert load_settings().notices == ()
    (notice,) = load_settings(config("[ingest]\namqp_durable_queues = false\n")).notices
    assert "amqp_durable_queues in [ingest] no longer has an effect" in notice
