"""Options of the API and the page."""

from oslo_config import cfg

API: list[cfg.Opt] = [
    cfg.StrOpt(
        "listen",
        default="127.0.0.1:8733",
        help="Address of the API and the web page. An address other than loopback needs auth "
        "= keystone or token. Also --listen.",
    ),
    cfg.StrOpt(
        "auth",
        default="none",
        choices=[
            ("keystone", "by the tokens of OpenStack, as [keystone_authtoken] says"),
            ("token", "by tokens that vifcast token create makes"),
            ("none", "not at all; only on loopback"),
        ],
        help="How the API finds out who asks.",
    ),
    cfg.StrOpt(
        "ssl_cert_file",
        help="PEM file with the certificate of the API and its chain. If set, the API is "
        "served over TLS 1.2 or later only. Read when vifcast starts.",
    ),
    cfg.StrOpt(
        "ssl_key_file",
        help="PEM file with the key of ssl_cert_file, without a password. Default: the key is "
        "in ssl_cert_file.",
    ),
    cfg.StrOpt(
        "path_prefix",
        help="Path below which a proxy offers the API, such as /nic-ledger. The proxy may pass "
        "the prefix on or remove it.",
    ),
    cfg.ListOpt(
        "trusted_proxies",
        default=[],
        help="Addresses and networks of proxies, such as 10.0.0.5, 10.1.0.0/16. Of requests "
        "from there, Forwarded names the client, the scheme and the host, or, if it is not "
        "sent, X-Forwarded-For the client and X-Forwarded-Proto the scheme; from anywhere "
        "else these headers are ignored.",
    ),
    cfg.IntOpt(
        "stream_readers",
        default=1000,
        min=0,
        max=100_000,
        help="How many clients may read GET /v1/stream at once from one process. Others are "
        "refused with 503.",
    ),
    cfg.IntOpt(
        "stream_readers_per_caller",
        default=20,
        min=0,
        max=100_000,
        help="How many of these one caller may have: a user of a project, or a token. More "
        "are refused with 429. 0: as many as there may be. Without effect with auth = none, "
        "because all are one caller then.",
    ),
    cfg.StrOpt(
        "rate_limit",
        help="How many requests a caller may send in a time, such as 600/minute (or second, "
        "hour); more are refused with 429. A caller is a user of a project, or a token; with "
        "auth = none all are one. Each process counts for itself. Default: no limit.",
    ),
    cfg.IntOpt(
        "session_idle_s",
        default=3600,
        min=60,
        max=604_800,
        help="Seconds after which a browser that signed in to the pages, and was not used "
        "since, has to sign in again. A page that is left open is no use.",
    ),
    cfg.IntOpt(
        "session_max_s",
        default=43_200,
        min=60,
        max=2_592_000,
        help="Seconds after which a browser has to sign in again, however much it is used. With "
        "auth = keystone that is also so when Keystone's token expires.",
    ),
]
