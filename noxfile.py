"""What make calls: environments, checks, suites, the matrix of Nova's releases, locks, wheels.

``make help`` lists the front door, ``python3 tools/run_nox.py --list`` every session. What is
run on what is data: tools/environments.py, plan.py and releases.py. A session says what it
requires; nox builds that first, runs in parallel what may, and sums up.

The environments are uv's, in place (.venv/<name>), not nox's own: those cannot be named
``nova-2026.2``, nor take the first of several Pythons that this machine has, nor be of
Python 2.7.
"""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import nox
from nox.command import CommandFailed

sys.path.insert(0, str(Path(__file__).with_name("tools")))
import lock
import venvs
from alone import alone
from command import interruptible
from environments import DEV as FOR_SERVICE
from environments import ENVIRONMENTS, FOR_RELEASE, PIP_9, Environment
from errors import SetupError
from nova_sources import fetch_samples, fetch_trees
from places import ENVIRONMENTS as FOLDER
from places import LOCKS, LOGS, REPOSITORY
from plan import PYTHON_3_ALONE, SUITES, Suite, behaviour_suites
from progress import say
from releases import RELEASES, Release
from suites import NOTHING_COLLECTED, STOP_TIMEOUT_S, command_of, session_of
from trial import UNKNOWN, Outcome, locked_version, read_report, unite, with_row
from wheels import put_into_dist

nox.needs_version = ">=2026.10"
nox.options.sessions = []
nox.options.default_venv_backend = "none"
nox.options.allow_parallel = True
interruptible()

DEV = FOLDER / "dev" / "bin"
PLUGIN = ("nova-plugin/vifcast_nova", "nova-plugin/tests")
CHECKS: dict[str, Sequence[str | Path]] = {
    "lint-ruff": (DEV / "ruff", "check", "--quiet", "--output-format=concise"),
    "lint-format": (DEV / "ruff", "format", "--check", "--quiet"),
    "lint-mypy": (DEV / "mypy",),
    # The library alone: vermin passes over a file that it cannot parse.
    "lint-oldest-pythons": (
        DEV / "vermin", "--quiet", "--violations", "--no-tips", "--processes=1",
        "--target=2.7-", "--target=3.6-", PLUGIN[0],
    ),
    # The grammar, also of the tests, which run on all of Nova's Pythons; ruff knows Python 3's.
    "lint-python2": (
        FOLDER / PIP_9.name / "bin" / "python", "tools/check_python2.py", *PLUGIN,
        "--except", *PYTHON_3_ALONE,
    ),
    # B012, W605: newer Pythons warn of a return in a finally and of "\d", and will refuse them.
    "lint-newest-python": (
        DEV / "ruff", "check", "--isolated", "--quiet", "--output-format=concise", "--no-cache",
        "--target-version=py314", "--select=E9,B012,W605", *PLUGIN,
    ),
    "lint-repository": (sys.executable, "tools/check_repository.py"),
}  # fmt: skip
ADVICE = {"lint-format": "make format puts these files into shape"}
SPHINX = (
    FOLDER / "docs" / "bin" / "python", "-m", "sphinx", "--quiet", "--fresh-env", "--nitpicky",
    "--fail-on-warning", "--keep-going", "--conf-dir", "docs", "--doctree-dir",
    ".cache/doctrees", ".",
)  # fmt: skip
MAN = (DEV / "python", "tools/man_pages.py", "dist/man")
MESSAGES = (DEV / "python", "tools/translations.py")
SITE = (*SPHINX, "dist/docs")
LINKS = (*SPHINX, "--builder", "linkcheck", ".cache/linkcheck")
# What a group of suites needs beside its suites' environments.
NEEDS = {
    "service": ["nova-samples", "env-keystone"],
    "patch": ["nova-trees"],
    "tools": ["env-pip-9", "env-keystone"],
}
# For one suite; a single test that hangs is ended by pytest-timeout before.
WITHIN = ("timeout", "--signal=INT", f"--kill-after={STOP_TIMEOUT_S}", "30m")


def add(
    name: str,
    about: str,
    work: Callable[[nox.Session], object],
    requires: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> None:
    """Have nox know a session."""

    def call(session: nox.Session) -> None:
        try:
            work(session)
        except SetupError as error:
            say(f"\n{error}")
            session.error(str(error).partition("\n")[0])

    call.__doc__ = about
    nox.session(call, name=name, requires=requires, tags=tags)


def build(environment: Environment, _: nox.Session) -> None:
    """Bring an environment up to date."""
    venvs.ensure(environment)


def run(command: Sequence[str | Path], session: nox.Session) -> None:
    """Run a command, with its output as it comes."""
    try:
        session.run(*command)
    except CommandFailed:
        if session.name in ADVICE:
            session.error(ADVICE[session.name])
        raise


def format_sources(session: nox.Session) -> None:
    """Have ruff put the sources into shape."""
    session.run(DEV / "ruff", "format")
    session.run(DEV / "ruff", "check", "--fix")


def run_suite(suite: Suite, session: nox.Session) -> None:
    """Run pytest; its output goes to a log first where others run beside it."""
    command, variables = command_of(suite, session.posargs)
    log = LOGS / f"{session.name}.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    pytest = partial(session.run, *command, env=variables, interrupt_timeout=STOP_TIMEOUT_S)
    try:
        if session.parallel:
            with log.open("w") as output:
                pytest(stdout=output)
        else:
            pytest()
    except CommandFailed as failure:
        # A filter (-k, -m) may leave a suite without tests, but not all (tools/run_sessions.py);
        # without a filter that is a failure.
        if failure.return_code == NOTHING_COLLECTED and session.posargs:
            session.skip("no test chosen")
        raise
    finally:
        if session.parallel:
            sys.stdout.write(log.read_text(errors="replace"))


def try_release(release: Release, session: nox.Session) -> None:
    """Build a release's environment, run its behaviour suite, record the row of the table."""
    environment = FOR_RELEASE[release.name]
    try:
        venvs.ensure(environment)
    except SetupError:
        record(release, UNKNOWN, Outcome("nothing", "**failed**: environment not built"))
        raise
    program = str(FOLDER / environment.name / "bin" / "python")
    asked = "import platform; print(platform.python_version())"
    python = str(session.run(program, "-c", asked, silent=True, log=False)).strip()
    suites = behaviour_suites(release)
    outcome = unite({suite.threads: test_release(suite, session) for suite in suites})
    record(release, python, outcome)
    if not outcome.is_fine:
        session.error(f"{outcome.result}; the whole log: {LOGS}/{session.name}-<threads>.log")


def record(release: Release, python: str, outcome: Outcome) -> None:
    """Write the row of ``release`` into docs/releases.md."""
    messaging = locked_version("oslo-messaging", LOCKS / f"nova-{release.name}.txt")
    cells = [release.name, release.nova, python, messaging, outcome.checked, outcome.result]
    page = REPOSITORY / "docs" / "releases.md"
    with alone():
        page.write_text(with_row(page.read_text(), [*cells, f"{datetime.now(UTC):%Y-%m-%d}"]))


def test_release(suite: Suite, session: nox.Session) -> Outcome:
    """Run a release's behaviour suite, its output in a log alone."""
    log, report = (LOGS / f"{session.name}-{suite.threads}.{end}" for end in ("log", "xml"))
    report.write_text("")
    command, variables = command_of(suite, [f"--junitxml={report}"])
    code = 0
    with log.open("w") as output:
        try:
            session.run(*WITHIN, *command, env=variables, stdout=output)
        except CommandFailed as failure:
            code = failure.return_code or 1
    return read_report(report.read_text(), code)


for environment in ENVIRONMENTS.values():
    add(f"env-{environment.name}", environment.holds, partial(build, environment))

for name, check in CHECKS.items():
    about = " ".join([Path(check[0]).name, *map(str, check[1:])])
    holder = PIP_9 if name == "lint-python2" else FOR_SERVICE
    add(name, about, partial(run, check), [f"env-{holder.name}"], ["lint"])

for suite in SUITES:
    requires = [f"env-{suite.environment}", *NEEDS.get(suite.group, ())]
    add(session_of(suite), suite.title, partial(run_suite, suite), requires, [suite.group])

for release in RELEASES:
    about = f"The behaviour suite on Nova {release.nova}, and its row in docs/releases.md"
    add(f"release-{release.name}", about, partial(try_release, release), tags=["releases"])

add("nova-samples", "Nova's notification samples", lambda _: fetch_samples())
add("nova-trees", "What the source patch changes in each Nova", lambda _: fetch_trees())
add("lock", "All locks anew, or those named after --", lambda s: lock.write_locks(s.posargs))
add("wheels", "The wheels of both distributions, in dist/", lambda _: put_into_dist())
add("docs", "The documentation as a site, in dist/docs", partial(run, SITE), ["env-docs"])
add("man", "The man pages of vifcast's commands, in dist/man", partial(run, MAN), ["env-dev"])
add("messages", "The texts of the pages, in each catalog", partial(run, MESSAGES), ["env-dev"])
add("linkcheck", "Links of the documentation to other sites", partial(run, LINKS), ["env-docs"])
add("format", "The sources, put into shape by ruff", format_sources, ["env-dev"])
