"""The policy: what each role may do unless /etc/vifcast/policy.yaml says otherwise.

Names, roles and scopes are those of OpenStack's services (the ``reader``, ``member`` and ``admin``
of Keystone; Nova's policies take an admin of any project for one of the cloud, and so do these).
"""

from oslo_policy import policy

ALL_PROJECTS = "vifcast:all_projects"
HOST_DETAILS = "vifcast:host_details"

_SYSTEM_READER = "rule:system_reader"
_PROJECT_READER = "rule:project_reader"
_PROJECT_MEMBER = "rule:project_member"
_ADMIN = "rule:admin"
_SCOPES = ["system", "project"]

_BASE = [
    policy.RuleDefault("admin", "role:admin", description="An admin of the cloud."),
    policy.RuleDefault(
        "system_reader",
        "rule:admin or (role:reader and system_scope:all)",
        description="Whoever may see the whole system: an admin, or a reader of the system.",
    ),
    policy.RuleDefault(
        "project_reader",
        "rule:system_reader or (role:reader and project_id:%(project_id)s)",
        description="Whoever may see one project's NICs: its readers, or who sees the system.",
    ),
    policy.RuleDefault(
        "project_member",
        "rule:admin or (role:member and project_id:%(project_id)s and not system_scope:all)",
        description="Whoever may have one project's NICs sent somewhere: its members, or an admin.",
    ),
]

# By the last part of its name: the default, what it allows, and where it is asked.
_RULES: list[tuple[str, str, str, tuple[tuple[str, str], ...]]] = [
    ("event:list", _PROJECT_READER, "List events.", (("GET", "/v1/events"),)),
    ("operation:list", _PROJECT_READER, "List operations.", (("GET", "/v1/operations"),)),
    (
        "stream:read",
        _PROJECT_READER,
        "Read events and operations as they are stored.",
        (("GET", "/v1/stream"),),
    ),
    ("attachment:list", _PROJECT_READER, "List attachments.", (("GET", "/v1/attachments"),)),
    ("statistics:get", _PROJECT_READER, "See statistics.", (("GET", "/v1/statistics"),)),
    (
        "timeline:get",
        _PROJECT_READER,
        "See the timeline of an instance or a port.",
        (("GET", "/v1/instances/{instance_id}/timeline"), ("GET", "/v1/ports/{port_id}/timeline")),
    ),
    ("gap:list", _PROJECT_READER, "List gaps.", (("GET", "/v1/gaps"),)),
    ("host:list", _SYSTEM_READER, "List compute hosts.", (("GET", "/v1/hosts"),)),
    (
        "dead_letter:list",
        _SYSTEM_READER,
        "List and show dead letters.",
        (("GET", "/v1/dead-letters"), ("GET", "/v1/dead-letters/{letter_id}")),
    ),
    (
        "process:list",
        _SYSTEM_READER,
        "List the processes of vifcast.",
        (("GET", "/v1/processes"),),
    ),
    (
        "dead_letter:retry",
        _ADMIN,
        "Read dead letters again.",
        (
            ("POST", "/v1/dead-letters/retry"),
            ("POST", "/v1/dead-letters/{letter_id}/retry"),
        ),
    ),
    (
        "dead_letter:delete",
        _ADMIN,
        "Remove dead letters.",
        (("DELETE", "/v1/dead-letters/{letter_id}"), ("POST", "/v1/dead-letters/purge")),
    ),
    (
        "reconciliation:create",
        _ADMIN,
        "Compare the ledger with the cloud, and correct it.",
        (("POST", "/v1/reconciliations"),),
    ),
    (
        "reconciliation:list",
        _SYSTEM_READER,
        "See comparisons of the ledger with the cloud.",
        (
            ("GET", "/v1/reconciliations"),
            ("GET", "/v1/reconciliations/{reconciliation_id}"),
        ),
    ),
    (
        "subscription:list",
        _PROJECT_READER,
        "List subscriptions.",
        (("GET", "/v1/subscriptions"),),
    ),
    (
        "subscription:show",
        _PROJECT_READER,
        "See one subscription.",
        (("GET", "/v1/subscriptions/{subscription_id}"),),
    ),
    (
        "subscription:create",
        _PROJECT_MEMBER,
        "Have what happens to one project's NICs sent somewhere.",
        (("POST", "/v1/subscriptions"),),
    ),
    (
        "subscription:create_amqp",
        _ADMIN,
        "Have it sent to a broker, whose address is not checked against forbidden ranges.",
        (
            ("POST", "/v1/subscriptions"),
            ("PATCH", "/v1/subscriptions/{subscription_id}"),
        ),
    ),
    (
        "subscription:update",
        _PROJECT_MEMBER,
        "Change, pause or resume a subscription, or rotate its secret.",
        (
            ("PATCH", "/v1/subscriptions/{subscription_id}"),
            ("POST", "/v1/subscriptions/{subscription_id}/pause"),
            ("POST", "/v1/subscriptions/{subscription_id}/resume"),
            ("POST", "/v1/subscriptions/{subscription_id}/rotate-secret"),
        ),
    ),
    (
        "subscription:delete",
        _PROJECT_MEMBER,
        "Remove a subscription.",
        (("DELETE", "/v1/subscriptions/{subscription_id}"),),
    ),
    (
        "subscription:test",
        _PROJECT_MEMBER,
        "Have a test message sent, and see the receiver's answer.",
        (("POST", "/v1/subscriptions/{subscription_id}/test"),),
    ),
    (
        "delivery:list",
        _PROJECT_READER,
        "List deliveries, and see their attempts.",
        (
            ("GET", "/v1/deliveries"),
            ("GET", "/v1/deliveries/{delivery_id}"),
            ("GET", "/v1/deliveries/{delivery_id}/attempts"),
        ),
    ),
    (
        "delivery:redeliver",
        _PROJECT_MEMBER,
        "Have deliveries sent once more.",
        (
            ("POST", "/v1/deliveries/redeliver"),
            ("POST", "/v1/deliveries/{delivery_id}/redeliver"),
            ("POST", "/v1/subscriptions/{subscription_id}/recover"),
        ),
    ),
    (
        "replay:list",
        _PROJECT_READER,
        "See replays, and how far they are.",
        (
            ("GET", "/v1/subscriptions/{subscription_id}/replays"),
            ("GET", "/v1/replays/{replay_id}"),
        ),
    ),
    (
        "replay:create",
        _PROJECT_MEMBER,
        "Have a time of the past sent to a subscription, or cancel that.",
        (
            ("POST", "/v1/subscriptions/{subscription_id}/replays"),
            ("DELETE", "/v1/replays/{replay_id}"),
        ),
    ),
    (
        "health:get",
        _SYSTEM_READER,
        "See how broker and database are; others see only whether all is well.",
        (("GET", "/healthz"), ("GET", "/readyz")),
    ),
    (
        "token:list",
        _ADMIN,
        "See which tokens of vifcast there are, without their secrets.",
        (("GET", "/ui/settings"),),
    ),
    ("metrics:get", _SYSTEM_READER, "Read the metrics.", (("GET", "/metrics"),)),
    (
        "page:get",
        _PROJECT_READER,
        "Open the web pages; what they show and do is decided by the other policies.",
        (("GET", "/ui/"),),
    ),
]


def list_rules() -> list[policy.RuleDefault]:
    """All of them: an entry point of ``oslo.policy.policies``."""
    asked = [
        policy.DocumentedRuleDefault(
            f"vifcast:{name}",
            check,
            about,
            [{"method": method, "path": path} for method, path in paths],
            scope_types=_SCOPES,
        )
        for name, check, about, paths in _RULES
    ]
    seen = [
        policy.RuleDefault(
            ALL_PROJECTS,
            _SYSTEM_READER,
            scope_types=_SCOPES,
            description="See the rows of every project, and those that name none. Others see "
            "those of the project that their token is for.",
        ),
        policy.RuleDefault(
            HOST_DETAILS,
            _SYSTEM_READER,
            scope_types=_SCOPES,
            description="See what Nova shows to admins only: compute host, publisher_id, device "
            "name and payload, and search by compute host.",
        ),
    ]
    return [*_BASE, *asked, *seen]
