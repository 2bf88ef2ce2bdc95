"""Are the values in ``[vifcast]`` of nova.conf valid?"""

from vifcast_nova import options
from vifcast_nova.cli.check.line import ok, warn

NAME = "[vifcast]"


def look(host):
    """A line for each invalid option, with the default that nova-compute uses instead."""
    options.register(host.conf)
    wrong = options.wrong(host.conf)
    if wrong:
        return [
            warn(
                NAME,
                "%s is invalid; using the default, %s. (%s)" % (name, default, why),
                "Correct it in nova.conf and restart nova-compute.",
            )
            for name, default, why in wrong
        ]
    return [ok(NAME, ", ".join(_described(host.conf)) + ".")]


def _described(conf):
    for option in options.OPTIONS:
        if option.name != "outbox_dir":
            value = options.value(conf, option.name)
            text = str(value).lower() if isinstance(value, bool) else value
            yield "%s = %s" % (option.name, text)
