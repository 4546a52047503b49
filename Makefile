# Everything a newcomer runs: `make` alone lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# so many processes share the tests: what is measured there is measured beside others, and no test asserts a time
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -q -n $(WORKERS)
# compiled at the set-up: six processes start with each service, and Python may be told to keep no byte code
PACKAGES := $(dir $(wildcard */__init__.py))
NAME ?= overhead
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev quickstart check test benchmark docs wheel lock clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: Amun needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "error: '$(PYTHON) -m venv' failed. On Debian: apt-get install python3-venv" >&2; exit 2; }

# pip, not uv: it is there in every virtual environment and reads the user's own index settings
$(VENV)/.service: $(BIN)/python requirements/service.txt pyproject.toml setup.py $(wildcard dependency_monkey/native/*.c)
	@echo "setting up $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/service.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q $(PACKAGES)
	@touch $@

$(VENV)/.dev: $(VENV)/.service requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

setup: $(VENV)/.service ## Make .venv with the service in it

setup-dev: $(VENV)/.dev ## The same, with the tools of the tests

quickstart: $(VENV)/.service ## Run a real TensorFlow inspection, from POST to the printed result
	@$(BIN)/python -m amun_local.quickstart $(ARGS)

check: $(VENV)/.dev ## Lint, types, import contracts, unit tests
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/codespell
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache > $(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }
	@$(PYTEST) tests/unit $(ARGS)

test: $(VENV)/.dev ## Everything: check, then integration and acceptance with real servers and engines
	@tests/install-system-packages
	@$(MAKE) --no-print-directory check
	@$(PYTEST) --no-loadscope-reorder tests/acceptance tests/integration $(ARGS)

benchmark: $(VENV)/.dev ## One benchmark: make benchmark NAME=overhead|api|harness|pilot|false_positives|power|judges|loops|stacks|...
	@$(BIN)/python -m benchmarks $(NAME) $(ARGS)

docs: $(VENV)/.dev ## Generate the reference pages from the code
	@$(BIN)/python -m docs.generate

wheel: $(VENV)/.service ## Build the wheel of the distribution into dist/, with the hashed build tools
	@# a module that is gone must not come back from an earlier build
	@rm -rf build
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build
	@ls dist/*.whl

lock: $(VENV)/.dev ## Renew the hashed requirements in requirements/
	@requirements/compile

clean: ## Remove .venv and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
