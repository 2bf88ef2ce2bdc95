"""Why a Nova tree is left as it is; each class has its exit code of ``vifcast-nova``."""


class PatchError(Exception):
    """Refused, nothing was changed: what happened, to which file, what to do."""

    exit_code = 1


class HalfPatched(PatchError):
    """Some of the eight lines are there, others are not."""

    exit_code = 4


class NotUnderstood(PatchError):
    """Not a Nova, or not one in which the eight places are certain."""

    exit_code = 5
