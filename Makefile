# Two commands do everything on a fresh machine: `make demo` and `make test`.
# `make` alone lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ECOM := $(BIN)/ecom
PIP := $(BIN)/pip --disable-pip-version-check --quiet
DBT := cd dbt_project && ../$(BIN)/dbt
UV := $(BIN)/uv
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
spark: setup-spark  ## The demo on Spark with Iceberg tables, in one process; needs Java 17.
	@DBT_TARGET=spark $(MAKE) --no-print-directory demo

.PHONY: setup-spark
setup-spark: $(VENV)/.spark setup  ## Set up what Spark needs, 400 MB.

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

$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	@$(PIP) install --require-hashes --requirement requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.postgres: requirements-postgres.txt $(VENV)/.runtime
	@$(PIP) install --require-hashes --requirement requirements-postgres.txt
	@touch $@

$(VENV)/.spark: requirements-spark.txt $(VENV)/.runtime
	@$(PIP) install --require-hashes --requirement requirements-spark.txt
	@touch $@

$(VENV)/.semantic: requirements-semantic.txt $(VENV)/.runtime
	@$(PIP) install --require-hashes --requirement requirements-semantic.txt
	@touch $@

$(VENV)/.clv: requirements-clv.txt $(VENV)/.runtime
	@$(PIP) install --require-hashes --requirement requirements-clv.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@

dbt_project/dbt_packages/dbt_utils/dbt_project.yml: dbt_project/packages.yml $(VENV)/.runtime
	@$(ECOM) deps
	@touch $@

.PHONY: lock
lock: setup-dev  ## Renew the lock files from pyproject.toml.
	$(LOCK) --group postgres --group spark --group semantic --group clv --group dev \
		--output-file requirements-dev.txt $(LOCK_FLAGS)
	$(LOCK) --constraint requirements-dev.txt --output-file requirements.txt $(LOCK_FLAGS)
	$(LOCK) --group postgres --constraint requirements-dev.txt \
		--output-file requirements-postgres.txt $(LOCK_FLAGS)
	$(LOCK) --group spark --constraint requirements-dev.txt \
		--output-file requirements-spark.txt $(LOCK_FLAGS)
	$(LOCK) --group semantic --constraint requirements-dev.txt \
		--output-file requirements-semantic.txt $(LOCK_FLAGS)
	$(LOCK) --group clv --constraint requirements-dev.txt \
		--output-file requirements-clv.txt $(LOCK_FLAGS)

.PHONY: bench
bench: setup setup-postgres  ## Measure speed beside what the engine itself needs: benchmarks/RESULTS.md.
	$(BIN)/python benchmarks/run.py $(BENCH)

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
