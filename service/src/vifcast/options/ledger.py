"""Options of what is kept, for how long, and of its comparison with the cloud."""

from oslo_config import cfg

LEDGER: list[cfg.Opt] = [
    cfg.IntOpt(
        "overdue_after_s",
        default=600,
        min=1,
        help="An operation that has been running for more than this many seconds is overdue.",
    ),
]

RETENTION: list[cfg.Opt] = [
    cfg.IntOpt(
        "events_days",
        default=0,
        min=0,
        help="How many days events are kept, at least 14; 0: for ever. Events of attached "
        "NICs are kept longer.",
    ),
    cfg.IntOpt(
        "operations_days",
        default=0,
        min=0,
        help="How many days operations are kept after their end; 0: for ever. At least "
        "events_days.",
    ),
    cfg.IntOpt(
        "attachments_days",
        default=0,
        min=0,
        help="How many days attachments are kept after the detach; 0: for ever. At least "
        "operations_days.",
    ),
    cfg.IntOpt(
        "dead_letters_days",
        default=90,
        min=0,
        help="How many days dead letters are kept; 0: for ever.",
    ),
    cfg.IntOpt(
        "deliveries_days",
        default=30,
        min=0,
        help="How many days deliveries of subscriptions and their attempts are kept once they "
        "are delivered, dead or cancelled; 0: for ever.",
    ),
    cfg.IntOpt(
        "undelivered_days",
        default=30,
        min=0,
        help="How many days a delivery may wait, as for a subscription that is paused or "
        "disabled, before it is given up (dead); 0: for ever.",
    ),
]

RECONCILE: list[cfg.Opt] = [
    cfg.StrOpt(
        "cloud",
        help="The cloud of clouds.yaml that the ledger is compared with, as in vifcast "
        "reconcile --cloud.",
    ),
    cfg.BoolOpt(
        "after_gap",
        default=False,
        help="vifcast serve compares and corrects the ledger when a gap has closed. Needs "
        "cloud. If several services share a database, set it in one of them.",
    ),
    cfg.FloatOpt(
        "settle_s",
        default=10.0,
        min=0.0,
        max=600.0,
        help="How many seconds vifcast serve waits before it reads the cloud, and again "
        "before it corrects a difference, so that notifications under way can arrive.",
    ),
]
