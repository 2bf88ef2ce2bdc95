"""Pythons that Debian 12 lacks: Debian 11's packages, unpacked below .cache/, not installed.

Nothing outside the repository changes and root is not needed. apt downloads them, with a
configuration and lists of our own, from the mirror that this machine's own sources name,
and checks them with Debian's archive keyring as it does with every package.

What they link with and Debian 12 does not have (OpenSSL 1.1, libffi 7, libmpdec 3) is
unpacked beside, and patchelf writes into their modules where: so no variable has to be set for
them, which every child process would inherit.
"""

import shutil
import subprocess
from pathlib import Path

from errors import SetupError
from places import CACHE, LOGS
from progress import run, say

RELEASE = "bullseye"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
FOLDER = CACHE / "python"
PACKAGES = {
    "2.7": (
        "python2.7",
        "python2.7-minimal",
        "libpython2.7-minimal",
        "libpython2.7-stdlib",
        "libpython2.7-dev",
    ),
    "3.9": (
        "python3.9",
        "python3.9-minimal",
        "libpython3.9-minimal",
        "libpython3.9-stdlib",
        "libpython3.9-dev",
        "python3-distutils",
        "python3-lib2to3",
    ),
}
LIBRARIES = ("libssl1.1", "libffi7", "libmpdec3")


def python(version: str) -> Path:
    """Where the Python of ``version`` is once it has been unpacked."""
    return FOLDER / version / "usr" / "bin" / f"python{version}"


def unpack(version: str) -> Path:
    """Fetch and unpack the Python of ``version``, a key of PACKAGES, anew; returns its program."""
    by_hand = f"Or have a Python {version} in pyenv or, with its headers, in PATH."
    if shutil.which("apt-get") is None or not KEYRING.exists():
        raise SetupError(
            f"There is no Python {version} here, and without apt-get and {KEYRING} (package"
            f" debian-archive-keyring) none can be fetched from Debian. {by_hand}"
        )
    log = LOGS / f"python{version}.log"
    log.unlink(missing_ok=True)
    say(f"Python {version}: Debian 11's, unpacked below {FOLDER}")
    shutil.rmtree(FOLDER / version, ignore_errors=True)
    unfinished = FOLDER / f"{version}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    # patchelf: for _settle alone, so it need not be on this machine.
    packages = (*PACKAGES[version], *LIBRARIES, "patchelf")
    downloaded = _download(packages, unfinished / "apt", log, by_hand)
    unpack = 'for package; do dpkg-deb -x "$package" .; done'
    run("unpacked", ["sh", "-ec", unpack, "sh", *downloaded], log, cwd=unfinished)
    shutil.rmtree(unfinished / "apt")
    _settle(unfinished, version, log)
    unfinished.rename(FOLDER / version)
    return python(version)


def mirrors() -> list[str]:
    """The repositories of this machine's apt that may hold Debian's other releases too."""
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)",
         "Created-By: Packages"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = []
    for line in asked.stdout.splitlines():
        uri, release, component = line.rsplit(" ", 2)
        # No suffix: bookworm-security is another archive, with other folders.
        if component == "main" and "-" not in release and not uri.startswith("cdrom:"):
            found.append(uri)
    return list(dict.fromkeys(found))


def _download(packages: tuple[str, ...], folder: Path, log: Path, by_hand: str) -> list[Path]:
    """Have apt fetch ``packages`` into ``folder``, from the first mirror that has them."""
    for part in ("lists/partial", "archives/partial", "packages"):
        (folder / part).mkdir(parents=True)
    sources = folder / "sources.list"
    # As if nothing were installed: what this machine holds and pins must not matter.
    (folder / "status").touch()
    settings = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State": folder,
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder,
        # Whatever this machine's own apt is set up to let pass.
        "APT::Get::AllowUnauthenticated": "false",
        "Acquire::AllowInsecureRepositories": "false",
        "Acquire::AllowWeakRepositories": "false",
        # apt's user may not be let into the repository.
        "APT::Sandbox::User": "root",
    }
    apt: list[str | Path] = ["apt-get", "--quiet"]
    for name, value in settings.items():
        apt += ["-o", f"{name}={value}"]
    failures = []
    for mirror in mirrors():
        sources.write_text(f"deb [signed-by={KEYRING}] {mirror} {RELEASE} main\n")
        try:
            update = [*apt, "--error-on=any", "update"]
            run(f"Debian 11's package lists from {mirror}", update, log)
            download = [*apt, "download", *packages]
            run(f"{len(packages)} packages", download, log, cwd=folder / "packages")
        except SetupError as error:
            failures.append(str(error))
        else:
            return sorted((folder / "packages").glob("*.deb"))
    raise SetupError(
        "\n".join(failures)
        + "\nNo Debian mirror of this machine's apt sources has Debian 11 (bullseye); add one that"
        + f" does, Debian's archive of old releases at the latest. {by_hand}"
    )


def _settle(root: Path, version: str, log: Path) -> None:
    """Make what was meant for / work below ``root``."""
    include = root / "usr" / "include" / f"python{version}"
    # It includes <x86_64-linux-gnu/…/pyconfig.h>, which a compiler finds in /usr/include only.
    (of_processor,) = include.parent.glob(f"*-linux-gnu*/python{version}/pyconfig.h")
    shutil.copyfile(of_processor, include / "pyconfig.h")
    triplet = of_processor.parent.parent.name
    # distutils asks this file, not where it runs, for the headers.
    for recorded in (root / f"usr/lib/python{version}").glob("**/_sysconfigdata*.py"):
        settled = FOLDER / version / "usr/include" / include.name
        text = recorded.read_text()
        recorded.write_text(text.replace(f"'/usr/include/{include.name}'", f"'{settled}'"))
    modules = sorted((root / f"usr/lib/python{version}/lib-dynload").glob("*.so"))
    # DT_RPATH, not DT_RUNPATH: libssl has to find its libcrypto by it too.
    run(
        "where its modules find their libraries",
        [root / "usr/bin/patchelf", "--force-rpath", "--set-rpath", f"$ORIGIN/../../{triplet}",
         *modules],
        log,
    )  # fmt: skip
