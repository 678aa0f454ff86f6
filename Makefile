# `make` alone lists the words. Needs Python 3.11 or newer; uv is used where it is installed.

VENV := .venv
PY := $(VENV)/bin/python
# Tried in this order until one is new enough.
PYTHONS := $(PYTHON) python3 python3.15 python3.14 python3.13 python3.12 python3.11
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),uv pip install --quiet --python $(PY),$(PY) -m pip install --quiet --disable-pip-version-check)
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-sources --no-annotate --no-header
MANAGE := $(PY) manage.py
# What a production place has: nothing of this machine's .env, fresh secrets, TLS in front.
PLACE = env -i PATH="$$PATH" HOME="$$HOME" VEREDA_ENV_FILE=/dev/null DATABASE_URL=sqlite://:memory: \
	ALLOWED_HOSTS=vereda.example BEHIND_TLS_PROXY=1 $$($(PY) -m config.bootstrap secrets)
WORKERS ?= 2
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test check fix bench migrate translations figures lock clean \
	lint types imports templates migrations deploy texts files

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: $(VENV)/.run ## start Vereda with demonstration data; PORT=8001 chooses another port
	@$(PY) -m config.bootstrap env
	@$(PY) -m config.bootstrap run

test: $(VENV)/.dev ## all tests; DATABASE_URL= and REDIS_URL= choose the engines, ARGS= goes to pytest
	$(PY) -m pytest -n $(WORKERS) --dist loadgroup -m "not bench" $(ARGS)

check: lint types imports templates migrations deploy texts files ## everything that needs no test; changes nothing

fix: $(VENV)/.dev ## put right what can be put right by itself
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	find templates -name '*.html' -exec $(VENV)/bin/djade --target-version 5.2 {} +
	$(PY) -m config.translations sync

bench: $(VENV)/.dev ## measure weight, statements and times
	$(PY) -m benchmarks $(ARGS)

migrate: $(VENV)/.run ## bring the database and the reference lists up to date
	$(MANAGE) migrate

translations: $(VENV)/.run ## bring the message catalogues in step with the code
	$(PY) -m config.translations sync
	$(PY) -m config.translations compile

figures: $(VENV)/.run ## the published figures, from the records
	$(MANAGE) figures --from 2025-01-01 --to 2025-10-31 --format table $(ARGS)
	$(MANAGE) figures --from 2020-01-01 --to 2020-12-31 --format table $(ARGS)

lock: $(VENV)/.dev ## renew the versions and hashes of requirements; UPGRADE=1 takes newer ones
	PATH="$(VENV)/bin:$$PATH" $(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml -o requirements.txt
	PATH="$(VENV)/bin:$$PATH" $(LOCK) $(if $(UPGRADE),--upgrade) pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt

clean: ## remove what was made, except .env and var/ (the data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The parts of check.
lint: $(VENV)/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: $(VENV)/.dev
	$(PLACE) VEREDA_DEMO=1 $(PY) -m mypy

imports: $(VENV)/.dev
	$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint()"

templates: $(VENV)/.dev
	find templates -name '*.html' -exec $(VENV)/bin/djade --target-version 5.2 --check {} +

migrations: $(VENV)/.dev
	$(PLACE) VEREDA_DEMO=1 $(MANAGE) makemigrations --check --dry-run

deploy: $(VENV)/.dev
	$(PLACE) $(MANAGE) check --deploy --fail-level WARNING

texts: $(VENV)/.dev
	$(PY) -m config.translations check

files: $(VENV)/.dev
	$(PY) -m check_jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(PY) -m pytest -q -p no:cacheprovider tests/config/test_files.py

# Stamps: a second start must not ask the package index anything.
$(VENV)/.run: requirements.txt | $(PY)
	@echo "Installing what Vereda needs (a minute or two) ..."
	@$(INSTALL) --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(PY)
	@echo "Installing what checks and tests need (a minute or two) ..."
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.run

$(PY):
	@for python in $(PYTHONS); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			found=$$python; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Vereda needs Python 3.11 or newer; here is $$(python3 --version 2>&1)." >&2; \
		echo "Install one, or name it: make run PYTHON=/path/to/python3.11" >&2; \
		exit 1; \
	fi; \
	if [ -n "$(UV)" ]; then \
		uv venv --quiet --seed --python "$$found" $(VENV); \
	elif "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		"$$found" -m venv $(VENV); \
	else \
		package=$$("$$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
		echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt install $$package" >&2; \
		exit 1; \
	fi
