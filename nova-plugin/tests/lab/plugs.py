"""Where Nova's fake virt driver keeps what is plugged in; here it can refuse.

``nova.virt.fake.FakeDriver`` keeps its NICs in the dict ``_interfaces``, refuses
to plug in one that is there, and to pull out one that is not, each with Nova's
own exception.
"""


class Plugs(dict):
    """Put this in the place of ``driver._interfaces``.

    ``attach_raises`` and ``detach_raises`` are exceptions, raised as they are;
    ``refuse_attach`` makes the driver raise Nova's InterfaceAttachFailed;
    ``during_attach`` and ``during_detach`` are called in the middle.
    """

    attach_raises = None
    detach_raises = None
    refuse_attach = False
    during_attach = None
    during_detach = None

    def __contains__(self, port_id):
        if self.during_attach:
            self.during_attach()
        if self.attach_raises is not None:
            raise self.attach_raises
        return self.refuse_attach or dict.__contains__(self, port_id)

    def __delitem__(self, port_id):
        if self.during_detach:
            self.during_detach()
        if self.detach_raises is not None:
            raise self.detach_raises
        dict.__delitem__(self, port_id)
