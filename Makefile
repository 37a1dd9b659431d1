# Everything is set up by the targets themselves: `make demo` and `make test` work on a fresh machine.
# Needs Python 3.11 or later and make; the tests also use Node.js (Azurite), a JDK and Chromium where they are there.

.DEFAULT_GOAL := help
SHELL := /bin/bash

UV_VERSION := 0.13.9
PORT ?= 8057

export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS ?= automatic
export UV_PROJECT_ENVIRONMENT := .venv

UV := $(shell command -v uv 2>/dev/null || echo .tools/uv/bin/uv)
PYTHON := .venv/bin/python

.PHONY: help
help:  ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- set-up ---------------------------------------------------------------------------------------------------------

.PHONY: dev
dev: .venv/dev.stamp  ## set up .venv with the `lineage` command and everything that the tests need

# uv from the package index where the machine has none; it stays inside the project.
.tools/uv/bin/uv:
	@python3 -m venv .tools/uv
	@.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/local.stamp: pyproject.toml uv.lock scripts/find-python | $(UV)
	@$(UV) sync --frozen --quiet --no-default-groups --group local --inexact --python "$$(scripts/find-python)"
	@touch $@

.venv/dev.stamp: pyproject.toml uv.lock scripts/find-python | $(UV)
	@$(UV) sync --frozen --quiet --inexact --python "$$(scripts/find-python)"
	@touch $@ .venv/local.stamp

.venv/spark.stamp: .venv/local.stamp
	@$(UV) sync --frozen --quiet --no-default-groups --group local --group spark --inexact --python "$$(scripts/find-python)"
	@touch $@

tests/node/node_modules/.stamp: tests/node/package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests/node && touch $@; \
	else echo "npm is missing: the tests on Azurite will be skipped"; fi

# --- run ------------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: $(if $(LIVE),.venv/spark.stamp,.venv/local.stamp)  ## replay a recorded lakehouse and serve its lineage (ONCE=1 ends; LIVE=1 runs Spark; PORT=8057; CATALOGUE=URL of a real one, asks first: YES=1 answers)
	@$(PYTHON) -m demo $(if $(ONCE),--once) $(if $(LIVE),--live) $(if $(CATALOGUE),--catalogue '$(CATALOGUE)') $(if $(YES),--yes) --port $(PORT)

.PHONY: record
record: .venv/spark.stamp  ## rewrite demo/recording.json from local Spark with the agent (SPLINE_AGENT_JAR, or fetched by its Maven coordinates)
	@$(PYTHON) -m demo --record --port $(PORT)

.PHONY: picture
picture: .venv/dev.stamp  ## take the README's picture (docs/lineage.png) of the demo's lineage page
	@$(PYTHON) -m demo --once --port $(PORT) >/dev/null
	@$(PYTHON) -m tests.page.picture build/demo/lineage.html docs/lineage.png

# --- deploy ---------------------------------------------------------------------------------------------------------

INFRA := .venv-infra/bin/python

# An environment of its own: Pulumi's SDKs for Azure have 400 MB.
.venv-infra/infra.stamp: pyproject.toml uv.lock scripts/find-python | $(UV)
	@UV_PROJECT_ENVIRONMENT=.venv-infra UV_COMPILE_BYTECODE=0 $(UV) sync --frozen --quiet --no-default-groups \
		--group infra --inexact --python "$$(scripts/find-python)"
	@touch $@

.venv-infra/dev.stamp: .venv-infra/infra.stamp
	@UV_PROJECT_ENVIRONMENT=.venv-infra UV_COMPILE_BYTECODE=0 $(UV) sync --frozen --quiet --no-default-groups \
		--group infra --group dev --inexact --python "$$(scripts/find-python)"
	@touch $@

.PHONY: ready
ready:
	@infra/run ready

.PHONY: package
package: .venv-infra/infra.stamp  ## build what the Function runs: build/package/function.zip
	@UV="$(UV)" $(INFRA) -m infra.package

.PHONY: preview
preview: ready package  ## show what `make deploy` would change
	@infra/run preview

.PHONY: deploy
deploy: ready package .venv/local.stamp  ## make or update everything: Azure, Purview, Databricks (PREFLIGHT=no skips the look before)
	@if [ "$(PREFLIGHT)" != no ]; then .venv/bin/lineage preflight; fi
	@infra/run up

.PHONY: destroy
destroy: ready package  ## take everything away; the stored lineage only with DELETE_LINEAGE=yes
	@infra/run destroy

.PHONY: rehearse
rehearse: .venv-infra/dev.stamp package  ## the whole deployment against stand-ins on this machine, a line a phase
	@$(INFRA) -m tests.infra.rehearse

.PHONY: test-infra
test-infra: .venv-infra/dev.stamp  ## the deployment's tests, and types over every nested argument of Azure's
	@.venv-infra/bin/mypy --no-error-summary --hide-error-context --cache-dir .mypy_cache/infra -p infra
	@$(INFRA) -m pytest tests/infra

# --- check ----------------------------------------------------------------------------------------------------------

.PHONY: fmt
fmt: .venv/dev.stamp  ## format the code
	@.venv/bin/ruff format --quiet . && .venv/bin/ruff check --quiet --fix .

.PHONY: check
check: .venv/dev.stamp  ## format, lint, types and the quick unit tests: the loop to live in
	@.venv/bin/ruff format --check --quiet . && .venv/bin/ruff check --quiet .
	@.venv/bin/mypy --no-error-summary
	@.venv/bin/pytest -q -m "unit and not long" -n auto

.PHONY: test
test: .venv/dev.stamp .venv/spark.stamp .venv-infra/dev.stamp tests/node/node_modules/.stamp  ## all tests, on real storage, the real Functions runtime, a real browser
	@.venv/bin/ruff format --check --quiet . && .venv/bin/ruff check --quiet .
	@.venv/bin/mypy --no-error-summary
	@scripts/install-test-tools
	@.venv/bin/pytest -q -m unit -n auto
	@.venv/bin/pytest -q -m browser
	@.venv/bin/pytest -m "not unit and not browser"
	@$(INFRA) -m pytest -q tests/infra

.PHONY: e2e
e2e: .venv/dev.stamp .venv/spark.stamp tests/node/node_modules/.stamp  ## real Spark with the real agent (SPLINE_AGENT_JAR, or fetched by its Maven coordinates); part of `make test`
	@.venv/bin/pytest -m "spark or e2e" -n 2 --dist loadfile --no-loadscope-reorder tests/databricks_init

.PHONY: bench
bench: .venv/dev.stamp .venv-infra/infra.stamp  ## ratios, side by side in one run (build/bench.json)
	@$(PYTHON) -m bench

.PHONY: lock
lock: | $(UV)  ## renew uv.lock and what is generated from it
	@$(UV) lock --quiet && $(MAKE) --no-print-directory function/requirements.txt

function/requirements.txt: uv.lock | $(UV)
	@$(UV) export --frozen --quiet --no-default-groups --no-emit-project --no-hashes --no-header --no-annotate -o $@

.PHONY: clean
clean:  ## remove everything that the targets made
	@rm -rf .venv .venv-infra .tools build .cache tests/node/node_modules
