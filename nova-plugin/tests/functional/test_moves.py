"""What Nova sends once a server is on another host, and which of it vifcast can rely on.

The service reads these event types (vifcast/notification/event_types.py); here is what they say.
"""

from moving import MovingTestCase

SAY_IT = {
    "resize": ("finish_resize.end", "resize_finish.end"),
    "revert_resize": ("resize.revert.end", "resize_revert.end"),
    "live_migrate": ("live_migration.post.dest.end", "live_migration_post_dest.end"),
    "shelve": ("shelve_offload.end", "shelve_offload.end"),
    "unshelve": ("unshelve.end", "unshelve.end"),
    "rebuild": ("rebuild.end", "rebuild.end"),
    "evacuate": ("rebuild.end", "rebuild.end"),
}
MOVES = {
    "%s.%s" % (prefix, name)
    for names in SAY_IT.values()
    for prefix, name in zip(("compute.instance", "instance"), names)
}


def said(notifications):
    """(event type, publishing host, host in the payload) of those that say it."""
    return [
        (
            n["event_type"],
            n["publisher_id"].replace(":", ".").split(".", 1)[1],
            n["payload"].get("nova_object.data", n["payload"])["host"],
        )
        for n in notifications
        if n["event_type"] in MOVES
    ]


class TestMoves(MovingTestCase):
    def test_server_that_moves_is_where_the_last_of_them_says(self):
        self.check("resize")
        self.check("revert_resize")
        self.check("resize")
        assert said(self.confirm_resize()) == []
        self.check("live_migrate")
        self.check("shelve")
        self.check("unshelve")
        self.check("rebuild")

    def test_evacuation_is_said_by_the_new_host_and_its_payload_names_the_old_one(self):
        old = self.host()
        reported = said(self.evacuate())
        assert {host for _, host, _ in reported} == {self.host()} != {old}
        assert {host for _, _, host in reported} == {old}

    def test_evacuation_that_fails_says_nothing(self):
        self.live_migrate()
        host = self.host()
        assert said(self.evacuate(fails=True)) == []
        assert self.host() == host

    def check(self, action):
        before = self.host()
        reported = said(getattr(self, action)())
        legacy, versioned = SAY_IT[action]
        assert [name for name, _, _ in reported] == [
            "compute.instance." + legacy,
            "instance." + versioned,
        ]
        assert {host for _, _, host in reported} == {self.host()}
        # Whoever is left with nothing says so; else it is the one that has it.
        assert {host for _, host, _ in reported} == {self.host() or before}
        assert action == "rebuild" or self.host() != before or action == "unshelve"
