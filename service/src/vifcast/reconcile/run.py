"""One comparison of the ledger with the cloud, from first to last."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vifcast import times
from vifcast.errors import ReconcileError
from vifcast.reconcile.compare import Difference, Disagreement, agree, compare
from vifcast.reconcile.correct import correcting_events
from vifcast.reconcile.ledger import Ledger, Moved, knows_project, moved_since, read_ledger
from vifcast.reconcile.nic import Cloud
from vifcast.store import Store


class AnyCloudReader(Protocol):
    """Who reads the cloud."""

    name: str

    def read(self, project: str | None = None) -> Cloud:
        """Everything, or CloudError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found. ``changing`` are NICs that moved while they were read, and are left out.

    ``seen_at`` is when the cloud began to be read: what is said here was so then or later.
    ``project_id`` is the only project that was compared, None for all of them; ``region`` the only
    region of the ledger, as in a query.
    """

    cloud: str
    region: str | None
    project_id: str | None
    sees_all: bool
    seen_at: dt.datetime
    servers: int
    cloud_nics: int
    ledger_nics: int
    in_common: int
    differences: list[Difference]
    disagreements: list[Disagreement]
    changing: list[str]


def find_differences(
    store: Store,
    reader: AnyCloudReader,
    project: str | None,
    settle: Callable[[], None],
    region: str | None = None,
) -> Report:
    """Read the ledger, the cloud, and what came into the ledger since.

    ``settle`` is called where something differs, and waits: what the cloud said a moment ago may
    still be on its way to the ledger. Raises CloudError, StoreError, and ReconcileError where
    neither knows the project.
    """
    before = read_ledger(store, project, region)
    seen_at = times.now()
    cloud = reader.read(project)
    if project is not None and not cloud.servers and not knows_project(store, project):
        raise ReconcileError(
            f"cloud {reader.name} has no server of project {project}, and the ledger never had "
            "one; give the id of a project, not its name (openstack project list); nothing was "
            "compared"
        )
    if cloud.project_id != project:
        # The credentials show their own project only: so is the ledger's side cut down.
        before = Ledger(
            {
                nic: each
                for nic, each in before.attachments.items()
                if each.project_id == cloud.project_id
            },
            before.last_event_id,
        )
    ledger = before.nics
    nics, disagreements = agree(cloud)
    differences = compare(ledger, nics, {each.port_id for each in disagreements})
    if cloud.project_id is not None:
        disagreements = [
            each
            for each in disagreements
            if each.port_id in ledger or each.instance_id in cloud.servers
        ]
    moved = Moved()
    if differences or disagreements:
        settle()
        moved = moved_since(store, before)
    moved.instances.update(
        cloud.gone, (key for key, server in cloud.servers.items() if server.task_state)
    )
    still, changing = _split(differences, moved)
    return Report(
        cloud=reader.name,
        region=region,
        project_id=cloud.project_id,
        sees_all=cloud.sees_all,
        seen_at=seen_at,
        servers=len(cloud.servers),
        cloud_nics=len(nics),
        ledger_nics=len(ledger),
        in_common=len(ledger.keys() & nics.keys()),
        differences=still,
        disagreements=[
            each
            for each in disagreements
            if each.port_id not in moved.ports and each.instance_id not in moved.instances
        ],
        changing=changing,
    )


def _split(differences: list[Difference], moved: Moved) -> tuple[list[Difference], list[str]]:
    still, changing = [], []
    for each in differences:
        if each.nic in moved.ports or each.instances & moved.instances:
            changing.append(each.nic)
        else:
            still.append(each)
    return still, changing


def fix(store: Store, report: Report) -> int:
    """Write the events that correct the ledger; how many. Raises ReconcileError, StoreError.

    They are dated when the cloud began to be read: what happened since is newer, and wins.
    """
    if not report.sees_all:
        raise ReconcileError(
            f"cloud {report.cloud}: nothing was fixed: these credentials do not show the ports of "
            "every project, and one that is not shown looks like one that is gone; use "
            "credentials of an administrator or of a system reader"
        )
    if report.ledger_nics and report.cloud_nics and not report.in_common:
        raise ReconcileError(
            f"cloud {report.cloud}: nothing was fixed: not one of the {report.ledger_nics} NICs "
            "in the ledger is in this cloud; name the cloud and region that vifcast listens to"
        )
    events = correcting_events(report.differences, report.seen_at, report.region or None)
    # A transaction each, so that whoever ingests waits for none of them long.
    for start in range(0, len(events), _AT_ONCE):
        store.write(events[start : start + _AT_ONCE], [])
    return len(report.differences)


_AT_ONCE = 500
