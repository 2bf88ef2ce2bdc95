"""``vifcast reconcile``."""

import time
from pathlib import Path

import click

from vifcast import times
from vifcast.cli.options import config_options, json_option, open_store, read_settings
from vifcast.config import Settings
from vifcast.errors import VifcastError
from vifcast.store import Store

_DIFFERS = 1


class _FailedError(click.ClickException):
    exit_code = 2


@click.command()
@click.option(
    "--cloud", required=True, metavar="NAME", help="Entry of clouds.yaml with the credentials."
)
@click.option("--project", metavar="ID", help="Compare only the servers of this project.")
@click.option(
    "--region",
    metavar="NAME",
    help="Compare with this region of the cloud. Default, where the brokers have regions: "
    "region_name in clouds.yaml.",
)
@click.option("--fix", "fixes", is_flag=True, help="Correct the ledger.")
@click.option(
    "--settle-s",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0, 600),
    help="If something differs, wait this many seconds for notifications under way, and compare "
    "again.",
)
@json_option
@config_options
@click.pass_context
def reconcile(
    context: click.Context,
    cloud: str,
    project: str | None,
    region: str | None,
    *,
    fixes: bool,
    settle_s: float,
    as_json: bool,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Compare the ledger with what Nova and Neutron list now.

    Exit code 0: nothing differs, or --fix corrected everything; 1: something differs; 2: they
    could not be compared, and nothing was changed.
    """
    if project is not None and not project.strip():
        raise click.UsageError("--project is empty; leave it out for all projects")
    try:
        settings = read_settings(config_file, data_dir)
        store = open_store(config_file, data_dir)
        try:
            code = _reconcile(
                settings, store, cloud, project, region,
                fixes=fixes, settle_s=settle_s, as_json=as_json,
            )  # fmt: skip
        finally:
            store.close()
    except VifcastError as error:
        raise _FailedError(str(error)) from error
    context.exit(code)


def _reconcile(
    settings: Settings,
    store: Store,
    cloud: str,
    project: str | None,
    region: str | None,
    *,
    fixes: bool,
    settle_s: float,
    as_json: bool,
) -> int:
    # openstacksdk takes a second to import, for which the other commands need not wait.
    from vifcast.cli.differences import show  # noqa: PLC0415
    from vifcast.reconcile.cloud import CloudReader  # noqa: PLC0415
    from vifcast.reconcile.region import (  # noqa: PLC0415
        refuse_unknown_region,
        region_to_compare,
    )
    from vifcast.reconcile.run import find_differences, fix  # noqa: PLC0415

    refuse_unknown_region(settings, region)
    reader = CloudReader(cloud, region)
    try:
        of_ledger = region or region_to_compare(settings, cloud, reader.region)
        report = find_differences(store, reader, project, lambda: time.sleep(settle_s), of_ledger)
    finally:
        reader.close()
    fixed: int | None = 0
    try:
        fixed = fix(store, report) if fixes else 0
        if fixes and report.project_id is None and not report.changing:
            store.mark_gaps_reconciled(report.seen_at, times.now(), of_ledger)
    except VifcastError:
        fixed = None
        raise
    finally:
        show(report, fixed, as_json=as_json)
    return _DIFFERS if len(report.differences) > fixed or report.disagreements else 0
