"""A client of the REST API: ``Client``.

    from vifcast.client import Client

    client = Client("https://vifcast.example:8733", token="vfc_...")
    for each in client.attachments(ip="192.0.2.7", at="2026-11-03T14:03:00Z"):
        print(each.instance_id, each.port_id)

Answers are the values of ``vifcast.model``, ``vifcast.host`` and ``vifcast.gap``; errors are those
of ``vifcast.errors``, and their text is the API's sentence.
"""

from vifcast.client.client import SERVICE_TYPE, Client
from vifcast.client.paged import Page
from vifcast.client.stream import StreamGap, StreamItem

__all__ = ["SERVICE_TYPE", "Client", "Page", "StreamGap", "StreamItem"]
