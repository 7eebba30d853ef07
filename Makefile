# Everything that one does here. Each target completes the environment first; nothing has to be installed by hand
# but git, make and Python 3.11+ with venv (Debian: apt install git make python3-venv).
SHELL := /bin/sh
PY := .venv/bin/python
PYTEST := $(PY) -m pytest
JOBS ?= 2
# What a run of all suites leaves out of the longer ones, since `make test` has run it: "and not every_time".
BUT ?=
# Checks that load the settings but reach no server.
NOWHERE := SECRET_KEY=check DATABASE_URL=postgresql://check@127.0.0.1:9/check REDIS_URL=redis://127.0.0.1:9/0 DATABASE_POOLED=0

.PHONY: run test check bench bench-peers e2e faults screens lock web clean dev servers openapi

run:
	@sh deploy/environment.sh run web
	@exec $(PY) -m deploy.embedded

dev:
	@sh deploy/environment.sh dev

web: dev
	@sh deploy/web.sh build

test: web
	$(PYTEST) -q -n $(JOBS) -m "not e2e and not faults" tests
	$(PYTEST) -q -m every_time tests/e2e tests/faults

e2e: web
	$(PYTEST) -q --durations=12 -m "e2e $(BUT)" tests/e2e

faults: web
	$(PYTEST) -q --durations=12 -n $(JOBS) --dist loadfile -m "faults $(BUT)" tests/faults

check: dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(NOWHERE) .venv/bin/mypy .
	.venv/bin/lint-imports --no-cache
	$(NOWHERE) $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	$(NOWHERE) $(PY) -m deploy.openapi --check
	sh deploy/web.sh npm run types -- --check
	sh deploy/web.sh npm run check
	sh deploy/web.sh npm test

# The REST door's description and the web client's types from it.
openapi: dev
	@$(NOWHERE) $(PY) -m deploy.openapi
	@sh deploy/web.sh npm run types

bench: web
	$(PY) -m benchmarks $(ARGS)

# W1 beside ejabberd (Debian) and Synapse (PyPI), which it installs.
bench-peers: web
	@sh benchmarks/peers/install.sh "$(CURDIR)/var/peers"
	$(PY) -m benchmarks.peers $(ARGS)

screens: web
	$(PY) -m tests.e2e.screens

# Only the embedded servers, for manage.py by hand (restore wants the site at rest).
servers:
	@sh deploy/environment.sh run
	@exec $(PY) -m deploy.embedded --only-servers

lock: dev
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url pyproject.toml -o requirements.lock $(LOCKARGS)
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock $(LOCKARGS)
	.venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url benchmarks/peers/requirements.in -o benchmarks/peers/requirements.lock $(LOCKARGS)

# Keeps the data of `make run` (var/data, var/media, var/secrets).
clean:
	rm -rf .venv web/node_modules web/dist var/test var/log test-artefacts build
	find . -name __pycache__ -not -path './web/*' -prune -exec rm -rf {} +
