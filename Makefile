# Two commands do everything: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	pyproject.toml --group build

.PHONY: lock
lock:  ## Renew both lock files from pyproject.toml.
	$(LOCK) --group dev --output-file requirements-dev.txt $(LOCK_FLAGS)
	$(LOCK) --constraint requirements-dev.txt --output-file requirements.txt $(LOCK_FLAGS)
