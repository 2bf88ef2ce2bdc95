"""Call something as another user: what root can write says nothing about nova."""

import os
import pwd


def as_user(uid, call):
    """What ``call`` returns, a str or None, when the user ``uid`` calls it.

    In a fork, which gives the rights of this user away for good; only root can do that
    for another than itself.
    """
    if uid == os.geteuid():
        return call()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            _become(uid)
            answer = call() or ""
        except Exception as exc:
            answer = "%s: %s" % (type(exc).__name__, exc)
        os.write(writing, answer.encode("utf-8"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode("utf-8")
    os.waitpid(child, 0)
    return answer or None


def _become(uid):
    try:
        user = pwd.getpwuid(uid)
        os.initgroups(user.pw_name, user.pw_gid)
        gid = user.pw_gid
    except KeyError:  # of a container's own list of users
        gid = uid
        os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
