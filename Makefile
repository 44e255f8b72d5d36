# Two commands do everything on a fresh machine: `make demo` and `make test`.
# `make` alone lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ECOM := $(BIN)/ecom
PIP := $(BIN)/pip --disable-pip-version-check
UV := $(BIN)/uv
DBT := cd dbt_project && ../$(BIN)/dbt
# A lock file, complete as it is. uv does not read pip's settings: it is handed the index that pip has.
# Where uv cannot reach it (a certificate or proxy that only pip knows), pip does the work.
INDEX = $${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(PIP) config get global.index-url 2>/dev/null)}}
INSTALL = UV_DEFAULT_INDEX="$(INDEX)" $(UV) pip install --python $(1)/python --no-deps $(2) \
	|| $(PIP) --python $(1)/python install --quiet --no-deps $(2)
INSTALL_US = $(call INSTALL,$(1),--no-build-isolation --editable .)
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	pyproject.toml --group build

HAS_COMPOSE := docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1
# Without the file, every password is in the environment.
COMPOSE = docker compose $(if $(wildcard .env),--env-file .env) --file docker/docker-compose.yml

# The demo's shop: make demo SHOP="--customers 500 --orders 2000".
SHOP ?=
# The number of days: make day DAYS=7.
DAYS ?= 1
# The selection of `make bench`: make bench BENCH="--section build --orders 500000 --runs 5".
BENCH ?=

export DBT_SEND_ANONYMOUS_USAGE_STATS := false
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help

.PHONY: help
help:  ## List the commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup  ## Make a shop, load it, build and test the warehouse, write its report.
	@started=$$(date +%s); \
	$(ECOM) clear \
	&& $(ECOM) generate --replace $(SHOP) \
	&& $(ECOM) load \
	&& $(ECOM) build --full-refresh \
	&& $(ECOM) report \
	&& $(ECOM) summary --since $$started

.PHONY: day
day: setup  ## Let the shop live for a day, and run the daily job on what it brought.
	$(ECOM) advance --days $(DAYS)
	@$(ECOM) freshness >/dev/null
	$(ECOM) build --selector daily
	$(ECOM) report

.PHONY: test
test: setup-dev  ## Run the whole test suite: lint, types, parse, build, data, unit and Python tests.
	@$(MAKE) --jobs 2 lint types
	@$(MAKE) parse
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder \
		--durations 30 --durations-min 10

.PHONY: check
check: setup-dev  ## What daily work needs, in two minutes: lint, types, parse, a small shop with all its dbt tests.
	@$(MAKE) --jobs 2 lint types build-small

.PHONY: lint
lint: setup-dev  ## Check style: Python, SQL, YAML.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/yamllint --strict .
	@# sqlfluff's dbt holds saved queries to a schema that does not know all their keys.
	cd dbt_project && DBT_WARN_ERROR_OPTIONS='{}' ECOM_WAREHOUSE=:memory: ../$(BIN)/sqlfluff lint --processes 0 .

.PHONY: types
types: setup-dev  ## Check the Python types.
	$(BIN)/mypy

.PHONY: parse
parse: setup-dev  ## Parse the dbt project; a warning is an error.
	unset DBT_TARGET && $(DBT) parse --no-partial-parse --show-all-deprecations

# A parse and a warehouse of their own; the parse goes first, and shows every warning.
SMALL := --customers 300 --orders 1000
BUILD_SMALL = cd dbt_project && ../$(1)/dbt parse --no-partial-parse --show-all-deprecations && cd .. \
	&& $(1)/ecom generate --replace --out data/check/shop $(SMALL) \
	&& $(1)/ecom clear \
	&& $(1)/ecom load --from data/check/shop \
	&& $(1)/ecom build --full-refresh
build-small dbt-oldest: export ECOM_WAREHOUSE := $(CURDIR)/data/check/warehouse.duckdb
build-small dbt-oldest: export DBT_TARGET_PATH := target/check

.PHONY: build-small
build-small: setup
	@$(call BUILD_SMALL,$(BIN))

OLDEST := $(VENV)/dbt-oldest
# dbt 1.11 does not know what dbt_project.yml silences: the variable takes the setting's place.
dbt-oldest: export DBT_WARN_ERROR_OPTIONS := {"error": "all", "warn": ["LogTestResult"]}
.PHONY: dbt-oldest
dbt-oldest: $(OLDEST)/.made setup  ## Parse and build a small shop on the oldest dbt, in an environment of its own.
	@$(OLDEST)/bin/dbt --version
	@$(call BUILD_SMALL,$(OLDEST)/bin)

V2 := $(VENV)/dbt-v2
.PHONY: dbt-v2
dbt-v2: export ECOM_WAREHOUSE := $(CURDIR)/data/check/warehouse.duckdb
dbt-v2: build-small  ## Build the small shop on dbt 2 (alpha) as well, and compare the rows.
	@[ -e $(V2)/.made ] || { $(PYTHON) -m venv $(V2) && $(V2)/bin/pip --disable-pip-version-check install --quiet --no-deps \
		--require-hashes --requirement requirements/dbt-v2.txt && touch $(V2)/.made; } \
		|| echo "dbt 2 could not be installed"
	@$(BIN)/python tools/dbt_v2.py data/check/shop $(ECOM_WAREHOUSE)

$(OLDEST)/.made: requirements/dbt-oldest.txt pyproject.toml | $(UV)
	@$(PYTHON) -m venv --without-pip $(OLDEST)
	@$(call INSTALL,$(OLDEST)/bin,--require-hashes --requirement requirements/dbt-oldest.txt)
	@$(call INSTALL_US,$(OLDEST)/bin)
	@touch $@

.PHONY: setup
setup: $(VENV)/.runtime dbt_project/dbt_packages/dbt_utils/dbt_project.yml  ## Set up what the demo needs.

.PHONY: postgres
postgres: setup  ## Start PostgreSQL with the shop in it, in a container where an engine runs.
	@ls data/shop/orders.* >/dev/null 2>&1 || $(ECOM) generate $(SHOP)
	@$(ECOM) postgres env
	@$(ECOM) postgres mock-data
	@if $(HAS_COMPOSE); then $(MAKE) postgres-compose; else $(MAKE) postgres-embedded; fi

.PHONY: postgres-compose
postgres-compose:
	@echo "Docker Compose starts PostgreSQL"
	@$(COMPOSE) up --detach --wait

.PHONY: postgres-embedded
postgres-embedded: setup-postgres
	@echo "No container engine with Compose answers: PostgreSQL starts without one"
	@$(ECOM) postgres start

.PHONY: postgres-stop
postgres-stop:  ## Stop PostgreSQL, whichever way it was started; its data stays.
	@if $(HAS_COMPOSE); then $(COMPOSE) stop; fi
	@if [ -d data/postgres ]; then $(ECOM) postgres stop; fi

.PHONY: spark
spark: setup-spark  ## The demo on Spark with Iceberg tables, in one process.
	@DBT_TARGET=spark $(MAKE) --no-print-directory demo

.PHONY: setup-spark
setup-spark: $(VENV)/.spark setup  ## Set up what Spark needs, with its Java: 500 MB.

.PHONY: setup-postgres
setup-postgres: $(VENV)/.postgres setup  ## Set up what a PostgreSQL server without a container needs.

.PHONY: setup-semantic
setup-semantic: $(VENV)/.semantic setup  ## Set up MetricFlow: mf, which asks the metrics.

.PHONY: setup-clv
setup-clv: $(VENV)/.clv setup  ## Set up SciPy: ecom fit-clv, which predicts lifetime values.

.PHONY: setup-dev
setup-dev: $(VENV)/.dev setup  ## Set up what the tests need.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: $(PYTHON) is older than 3.11; name a newer one: make demo PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up $(VENV) (once, half a minute)"
	@$(PYTHON) -m venv $(VENV)

$(UV): requirements/uv.txt | $(BIN)/python
	@$(PIP) install --quiet --require-hashes --requirement requirements/uv.txt
	@touch $@

$(VENV)/.runtime: requirements.txt pyproject.toml $(UV)
	@$(call INSTALL,$(BIN),--require-hashes --requirement requirements.txt)
	@$(call INSTALL_US,$(BIN))
	@touch $@

$(VENV)/.%: requirements/%.txt $(VENV)/.runtime
	@$(call INSTALL,$(BIN),--require-hashes --requirement $<)
	@touch $@

dbt_project/dbt_packages/dbt_utils/dbt_project.yml: dbt_project/packages.yml $(VENV)/.runtime
	@$(ECOM) deps
	@touch $@

.PHONY: lock
lock: $(UV)  ## Renew the lock files from pyproject.toml; LOCK_FLAGS="--upgrade-package NAME" for newer ones.
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --no-emit-index-url --group install --output-file requirements/uv.txt $(LOCK_FLAGS)
	$(LOCK) --group postgres --group spark --group semantic --group clv --group dev \
		--output-file requirements/dev.txt $(LOCK_FLAGS)
	$(LOCK) --constraint requirements/dev.txt --output-file requirements.txt $(LOCK_FLAGS)
	for group in postgres spark semantic clv; do \
		$(LOCK) --group $$group --constraint requirements/dev.txt \
			--output-file requirements/$$group.txt $(LOCK_FLAGS) || exit 1; done
	$(LOCK) --group dbt-oldest --output-file requirements/dbt-oldest.txt $(LOCK_FLAGS)

.PHONY: bench
bench: setup setup-postgres  ## Measure speed beside what the engine itself needs: benchmarks/RESULTS.md.
	$(BIN)/python benchmarks/run.py $(BENCH)

# What is drawn: make mutants SEED=7 MODELS="fact_orders orders_weekly" PER_MODEL=5.
SEED ?= 1
PER_MODEL ?= 20
MODELS ?=
.PHONY: mutants
mutants: setup-dev  ## Change each model a little, list what no test notices: docs/mutants.md; 15 minutes.
	@PYTHONPATH=tools $(BIN)/python -m mutants --seed $(SEED) --per-model $(PER_MODEL) \
		--models "$(MODELS)" $(MUTANTS)

.PHONY: site
site: setup  ## Write the report with the documentation beside it: site/index.html.
	$(ECOM) site

.PHONY: screenshots
screenshots: setup-dev  ## Take the documentation's pictures of the report anew; needs Chromium.
	$(BIN)/python tests/report/screenshots.py

.PHONY: clean
clean:  ## Remove what the commands made; a warehouse with a shop of your own stays.
	@if [ -x $(ECOM) ]; then $(ECOM) clean; elif [ -d data ]; then \
		echo "Left as it is: data, because without $(VENV) nothing can look into it"; fi
	rm -rf $(VENV)
