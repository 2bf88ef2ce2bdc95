"""Which region of the ledger a cloud is compared with."""

from vifcast.config import Settings
from vifcast.errors import ReconcileError


def refuse_unknown_region(settings: Settings, region: str | None) -> None:
    """Raise ReconcileError where no broker has the region that was asked for."""
    if region is None or region in settings.regions:
        return
    if not settings.regions:
        raise ReconcileError(
            f"no broker has a region, so there is none of the name {region} to compare; leave "
            "--region out, or see [ingest] enabled_brokers; nothing was compared"
        )
    raise ReconcileError(
        f"no broker has the region {region}; there are {', '.join(settings.regions)}; nothing was "
        "compared"
    )


def region_to_compare(settings: Settings, cloud: str, cloud_region: str | None) -> str | None:
    """That of the cloud, as in a query. Raises ReconcileError where no broker has it."""
    if not settings.regions:
        return None
    if cloud_region in settings.regions:
        return cloud_region
    if any(each.region is None for each in settings.brokers):
        return ""
    raise ReconcileError(
        f"cloud {cloud} is region {cloud_region or '(none)'} in clouds.yaml, and no broker has "
        f"that region; there are {', '.join(settings.regions)}; name one of them with --region; "
        "nothing was compared"
    )
