"""What runs beside us, for a person to read."""

import platform

UNKNOWN = "unknown"


def of_python():
    """``3.11.7``."""
    return platform.python_version()


def of_nova():
    """``34.0.0``."""
    from nova import version

    return version.version_string()


def nova_major():
    """17 for Queens, 34 for 2026.2; 0 where that is no number."""
    major = of_nova().split(".")[0]
    return int(major) if major.isdigit() else 0


def of_distribution(name):
    """The version of an installed distribution; ``unknown`` where it has no metadata."""
    try:
        from importlib import metadata  # novermin: Python 3.8; before that, the other one
    except ImportError:
        return _of_old(name)
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return UNKNOWN


def _of_old(name):
    try:
        import pkg_resources

        return pkg_resources.get_distribution(name).version
    except Exception:
        return UNKNOWN
