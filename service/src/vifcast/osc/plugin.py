"""What openstackclient asks of a plug-in: how the client is made, and its options."""

import argparse
from typing import Any

from osc_lib import utils

from vifcast.client import SERVICE_TYPE, Client

API_NAME = "nic_ledger"
API_VERSION_OPTION = "os_nic_ledger_api_version"
API_VERSIONS = {"1": "vifcast.client.Client"}

_DEFAULT_VERSION = "1"


def make_client(instance: Any) -> Client:
    """The client, with the credentials and the catalogue that openstackclient has."""
    options = instance.get_configuration()
    url = options.get("nic_ledger_endpoint") or options.get("nic_ledger_endpoint_override")
    return Client.from_session(
        instance.session,
        url=url,
        region_name=instance.region_name,
        interface=instance.interface,
    )


def build_option_parser(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The plug-in's global options."""
    parser.add_argument(
        "--os-nic-ledger-api-version",
        metavar="<nic-ledger-api-version>",
        default=utils.env("OS_NIC_LEDGER_API_VERSION", default=_DEFAULT_VERSION),
        choices=sorted(API_VERSIONS),
        help=f"API version of vifcast ({SERVICE_TYPE}), default: {_DEFAULT_VERSION} "
        "(Env: OS_NIC_LEDGER_API_VERSION)",
    )
    parser.add_argument(
        "--os-nic-ledger-endpoint",
        dest="nic_ledger_endpoint",
        metavar="<url>",
        default=utils.env("OS_NIC_LEDGER_ENDPOINT") or None,
        help="Address of vifcast, if it is not in the catalogue (Env: OS_NIC_LEDGER_ENDPOINT)",
    )
    return parser
