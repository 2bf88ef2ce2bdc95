# Front door. Every target does its own set-up: nox (noxfile.py) and uv, which run_nox.py
# installs first, Python environments in .venv/ and, where they are needed, Debian's RabbitMQ,
# MariaDB and PostgreSQL, of which the tests run private ones.
# Progress goes to stderr; stdout belongs to the command.

PYTHON ?= python3
ARGS ?=
NAMES ?=
RELEASES ?= $(NOVAS)
JOBS ?= 2
# So many suites of make test at a time: they wait for brokers, databases and clocks mostly.
LANES ?= 4

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# Beside a Nova; demo and benchmarks borrow the plug-in tests' lab, a real ComputeManager.
NOVA := PYTHONPATH=$(CURDIR)/nova-plugin/tests:$(CURDIR)/tests/support .venv/nova-2026.2/bin/python
NOVAS := $(patsubst locks/nova-%.in,%,$(wildcard locks/nova-*.in))
NOX := $(PYTHON) tools/run_nox.py
DEBIAN := $(PYTHON) tools/debian.py
DATABASES := mariadb-server-core postgresql-15
# For what vifcast completion prints.
SHELLS := zsh fish
# For the pages: a browser, and letters for Chinese.
BROWSER := chromium fonts-dejavu-core fonts-noto-cjk
# For the listener in Go of docs/listen.md.
GO := golang-go golang-github-rabbitmq-amqp091-go-dev
WITH_RABBITMQ := $(PYTHON) tests/support/rabbitmq.py run --

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## A real Nova attaches and detaches NICs; watch it. ARGS="--once", ARGS="--once --json"
	@$(NOX) --session env-nova-2026.2
	@$(NOVA) -m demo $(ARGS)

.PHONY: test
test: ## All tests: service, plug-in, tools, patch, cross. ARGS="-k attach" goes to every pytest
	@$(DEBIAN) rabbitmq-server $(DATABASES) openssl nodejs patch groff-base memcached $(SHELLS) $(BROWSER) $(GO)
	@$(WITH_RABBITMQ) $(NOX) --parallel $(LANES) --tags service plugin tools patch cross -- $(ARGS)

.PHONY: test-service
test-service: ## Tests of the service, on SQLite, MariaDB and PostgreSQL
	@$(DEBIAN) rabbitmq-server $(DATABASES) openssl nodejs groff-base memcached $(SHELLS) $(BROWSER)
	@$(WITH_RABBITMQ) $(NOX) --tags service -- $(ARGS)

.PHONY: kills
kills: ## 200 ingesters killed over 20,000 notifications on each database; make test has 20
	@$(DEBIAN) rabbitmq-server $(DATABASES)
	@$(WITH_RABBITMQ) env VIFCAST_TEST_KILLS=200 $(NOX) --tags service -- -k killed_at_any_moment

.PHONY: chaos
chaos: ## 300 kills of ingesters, deliverers, receivers and databases: nothing lost, all in order
	@$(DEBIAN) rabbitmq-server $(DATABASES)
	@$(NOX) --session env-dev
	@$(WITH_RABBITMQ) env PYTHONPATH=tests/support .venv/dev/bin/python -W ignore -m tests.chaos $(ARGS)

.PHONY: restarts
restarts: ## 40 broker restarts while a real Nova moves NICs: none lost, none doubled (half an hour)
	@$(DEBIAN) rabbitmq-server
	@$(NOX) --session env-nova-2026.2
	@$(NOVA) -W ignore -m tests.restarts $(ARGS)

.PHONY: distribution
distribution: ## The plug-in beside Debian 12's packaged Nova, as docs/nova.md says; root, 1 GB below .cache/
	@$(DEBIAN) rabbitmq-server debootstrap
	@$(NOX) --session wheels
	@$(WITH_RABBITMQ) $(PYTHON) -m tests.distribution

.PHONY: test-plugin
test-plugin: ## Tests of the plug-in on Nova 2026.2, Zed and Queens (Python 2.7)
	@$(DEBIAN) rabbitmq-server openssl
	@$(WITH_RABBITMQ) $(NOX) --parallel $(LANES) --tags plugin -- $(ARGS)

.PHONY: test-tools
test-tools: ## Tests of the set-up scripts and of the tests' own servers
	@$(DEBIAN) rabbitmq-server $(DATABASES)
	@$(WITH_RABBITMQ) $(NOX) --tags tools -- $(ARGS)

.PHONY: test-patch
test-patch: ## Tests of the source patch, on the sources of every release of Nova
	@$(DEBIAN) patch
	@$(NOX) --tags patch -- $(ARGS)

.PHONY: test-cross
test-cross: ## Tests that cross both distributions
	@$(DEBIAN) rabbitmq-server $(GO)
	@$(WITH_RABBITMQ) $(NOX) --tags cross -- $(ARGS)

.PHONY: releases
releases: ## The plug-in on every release of Nova, or RELEASES="queens zed"; writes docs/releases.md
	$(if $(filter-out $(NOVAS),$(RELEASES)),\
		$(error No such release: $(filter-out $(NOVAS),$(RELEASES)). Known are: $(NOVAS)))
	@$(DEBIAN) rabbitmq-server build-essential python3-dev
	@$(WITH_RABBITMQ) $(NOX) --parallel $(JOBS) --session $(RELEASES:%=release-%)

.PHONY: lint
lint: ## ruff, mypy, Python 2.7, 3.6 and 3.14 for the plug-in, and what must not be in the repository
	@$(NOX) --parallel $(JOBS) --tags lint

.PHONY: docs
docs: ## The documentation as a site, in dist/docs; a warning is an error
	@$(NOX) --session docs
	@echo "dist/docs/docs/index.html" >&2

.PHONY: man
man: ## The man pages of vifcast and its commands, made from their help, in dist/man
	@$(NOX) --session man
	@echo "man -l dist/man/vifcast.1" >&2

.PHONY: linkcheck
linkcheck: ## Links of the documentation to other sites; needs the internet
	@$(NOX) --session linkcheck

.PHONY: format
format: ## Have ruff put the sources into shape
	@$(NOX) --session format

.PHONY: bench
bench: ## Benchmarks, all or NAMES="attach_path ingest_skip_vs_oslo"
	@$(DEBIAN) rabbitmq-server $(DATABASES) $(BROWSER)
	@$(NOX) --session env-nova-2026.2 env-ceilometer
	@$(WITH_RABBITMQ) env $(NOVA) -m bench $(NAMES)

.PHONY: messages
messages: ## The catalogs of the pages' texts, after a change of these
	@$(NOX) --session messages

.PHONY: screenshots
screenshots: ## Pictures of every page, light, dark and on a phone, in docs/pages/
	@$(DEBIAN) $(BROWSER)
	@$(NOX) --session env-nova-2026.2
	@$(NOVA) -m demo.screenshots

.PHONY: wheels
wheels: ## The wheels of vifcast-nova and vifcast, in dist/
	@$(NOX) --session wheels

.PHONY: lock
lock: ## Resolve locks/*.txt anew
	@$(NOX) --session lock

.PHONY: clean
clean: ## Remove what make has made: environments, wheels, caches
	rm -rf .venv .cache dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -depth '(' -name __pycache__ -o -name '*.egg-info' -o -name '.*_cache' ')' \
		-exec rm -rf {} +
