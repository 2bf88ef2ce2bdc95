# Front door. Every target does its own set-up: Python environments in .venv/ and,
# where they are needed, Debian's RabbitMQ, MariaDB and PostgreSQL, of which the tests
# run private ones.
# Progress goes to stderr; stdout belongs to the command.

PYTHON ?= python3
ARGS ?=
NAMES ?=
RELEASES ?=
JOBS ?= 2

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

# Beside a Nova; demo and benchmarks borrow the plug-in tests' lab, a real ComputeManager.
NOVA := PYTHONPATH=$(CURDIR)/nova-plugin/tests:$(CURDIR)/tests/support .venv/nova-2026.2/bin/python
DEV := .venv/dev/bin
ENV := $(PYTHON) tools/env.py
# For the listener in Go of docs/listen.md.
GO := golang-go golang-github-rabbitmq-amqp091-go-dev
WITH_RABBITMQ := $(PYTHON) tests/support/rabbitmq.py run --

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## A real Nova attaches and detaches NICs; watch it. ARGS="--once", ARGS="--once --json"
	@$(ENV) nova-2026.2
	@$(NOVA) -m demo $(ARGS)

.PHONY: test
test: ## All tests: service, plug-in, tools, patch, cross. ARGS="-k attach" goes to every pytest
	@$(PYTHON) tools/debian.py rabbitmq-server mariadb-server-core postgresql-15 openssl patch \
		$(GO)
	@$(ENV) dev nova-2026.2 nova-zed nova-queens pip-9
	@$(PYTHON) tools/trees.py
	@$(PYTHON) tools/nova_samples.py
	@$(WITH_RABBITMQ) $(PYTHON) tools/suites.py service plugin tools patch cross -- $(ARGS)

.PHONY: test-service
test-service: ## Tests of the service, on SQLite, MariaDB and PostgreSQL
	@$(PYTHON) tools/debian.py rabbitmq-server mariadb-server-core postgresql-15 openssl
	@$(ENV) dev
	@$(PYTHON) tools/nova_samples.py
	@$(WITH_RABBITMQ) $(PYTHON) tools/suites.py service -- $(ARGS)

.PHONY: kills
kills: ## 200 ingesters killed over 20,000 notifications on each database; make test has 20
	@$(PYTHON) tools/debian.py rabbitmq-server mariadb-server-core postgresql-15
	@$(ENV) dev
	@$(WITH_RABBITMQ) env VIFCAST_TEST_KILLS=200 $(PYTHON) tools/suites.py service -- -k killed_at_any_moment

.PHONY: restarts
restarts: ## 40 broker restarts while a real Nova moves NICs: none lost, none doubled (half an hour)
	@$(PYTHON) tools/debian.py rabbitmq-server
	@$(ENV) nova-2026.2
	@$(NOVA) -W ignore -m tests.restarts $(ARGS)

.PHONY: distribution
distribution: ## The plug-in beside Debian 12's packaged Nova, as docs/nova.md says; root, 1 GB below .cache/
	@$(PYTHON) tools/debian.py rabbitmq-server debootstrap
	@$(PYTHON) tools/dist.py
	@$(WITH_RABBITMQ) $(PYTHON) -m tests.distribution

.PHONY: test-plugin
test-plugin: ## Tests of the plug-in on Nova 2026.2, Zed and Queens (Python 2.7)
	@$(PYTHON) tools/debian.py rabbitmq-server openssl
	@$(ENV) nova-2026.2 nova-zed nova-queens
	@$(WITH_RABBITMQ) $(PYTHON) tools/suites.py plugin -- $(ARGS)

.PHONY: test-tools
test-tools: ## Tests of the set-up scripts and of the tests' own servers
	@$(PYTHON) tools/debian.py rabbitmq-server mariadb-server-core postgresql-15
	@$(ENV) dev pip-9
	@$(WITH_RABBITMQ) $(PYTHON) tools/suites.py tools -- $(ARGS)

.PHONY: test-patch
test-patch: ## Tests of the source patch, on the sources of every release of Nova
	@$(PYTHON) tools/debian.py patch
	@$(ENV) dev
	@$(PYTHON) tools/trees.py
	@$(PYTHON) tools/suites.py patch -- $(ARGS)

.PHONY: test-cross
test-cross: ## Tests that cross both distributions
	@$(PYTHON) tools/debian.py rabbitmq-server $(GO)
	@$(ENV) nova-2026.2
	@$(WITH_RABBITMQ) $(PYTHON) tools/suites.py cross -- $(ARGS)

.PHONY: releases
releases: ## The plug-in on every release of Nova, or RELEASES="queens zed"; writes docs/releases.md
	@$(PYTHON) tools/releases.py $(RELEASES)
	@$(PYTHON) tools/debian.py rabbitmq-server build-essential python3-dev
	@$(WITH_RABBITMQ) $(PYTHON) tools/try_releases.py --jobs $(JOBS) $(RELEASES)

.PHONY: lint
lint: ## ruff, mypy, Python 2.7, 3.6 and 3.14 for the plug-in, and what must not be in the repository
	@$(ENV) dev
	@$(PYTHON) tools/lint.py

.PHONY: docs
docs: ## The documentation as a site, in dist/docs; a warning is an error
	@$(ENV) docs
	@.venv/docs/bin/python -m sphinx --quiet --fresh-env --nitpicky --fail-on-warning --keep-going \
		--conf-dir docs --doctree-dir .cache/doctrees . dist/docs
	@echo "dist/docs/docs/index.html" >&2

.PHONY: format
format: ## Have ruff put the sources into shape
	@$(ENV) dev
	@$(DEV)/ruff format
	@$(DEV)/ruff check --fix

.PHONY: bench
bench: ## Benchmarks, all or NAMES="attach_path ingest_skip_vs_oslo"
	@$(PYTHON) tools/debian.py rabbitmq-server mariadb-server-core postgresql-15
	@$(ENV) nova-2026.2 ceilometer
	@$(WITH_RABBITMQ) env $(NOVA) -m bench $(NAMES)

.PHONY: screenshot
screenshot: ## The picture of the page in the README
	@$(PYTHON) tools/debian.py chromium fonts-dejavu-core
	@$(ENV) nova-2026.2
	@$(NOVA) -m demo.screenshot

.PHONY: wheels
wheels: ## The wheels of vifcast-nova and vifcast, in dist/
	@$(PYTHON) tools/dist.py

.PHONY: lock
lock: ## Resolve locks/*.txt anew
	@$(PYTHON) tools/lock.py
	@$(PYTHON) tools/trees.py --lock
	@$(PYTHON) tools/nova_samples.py --lock

.PHONY: clean
clean: ## Remove what make has made: environments, wheels, caches
	@$(PYTHON) tools/clean.py
