# The README's two commands are `make demo` and `make test`; all they need is Python 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help demo test check check-schemas bench scale faults docs format catalog catalog-qbxml clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tieout needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: .venv/ready ## mirror a whole sandbox company, bring orders in as invoices, and tie it out
	$(BIN)/tieout demo

test: .venv/ready ## every test that pip's packages can run
	$(BIN)/python -m pytest -n auto

check: .venv/ready ## style, types, layers, the Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint --no-color --failure-threshold style --disable-ignore-pragma Dockerfile

check-schemas: .venv/ready ## compare the qbXML catalog with the published schemas, every version and message
	$(BIN)/python tools/check_schemas.py $(SCHEMAS)

format: .venv/ready ## let ruff arrange the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/ready ## speed, memory and calls, side by side in one run
	$(BIN)/python -m bench
	$(BIN)/python -m bench.qbxml_tables
	$(BIN)/python -m bench.process_speed
	$(BIN)/python -m bench.mirror_speed

scale: .venv/ready ## 10,000 companies, two workers that are killed now and then, Postgres: nothing lost, nothing twice
	$(BIN)/python -m bench.scale

faults: .venv/ready ## write through kills, dropped answers and throttles: nothing twice, nothing lost
	$(BIN)/python -m bench.faults
	$(BIN)/python -m bench.killed_servers

docs: .venv/ready ## write the reference pages anew from the declarations
	$(BIN)/python tools/write_reference.py

catalog: .venv/ready ## gather the REST catalog anew from a schema folder
	$(BIN)/python tools/gather_rest_catalog.py $(SCHEMAS)

catalog-qbxml: .venv/ready ## gather the qbXML catalog anew from a schema folder
	$(BIN)/python tools/gather_qbxml_catalog.py $(SCHEMAS)

clean: ## remove what was made here
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
