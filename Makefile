# The recipes that people, README.md and .ci/run share. They need python3 (3.11 or newer), make
# and the package index; each sets up what it needs, and does so again only when a pin changed.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.done

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test lint bench docs check

help:  ## list these recipes
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

setup: $(READY)  ## install govgate and its tools into .venv

demo: $(READY)  ## the main job on a real registry: refused, explained, signed, promoted, verified
	$(BIN)/govgate demo --folder demo

test: $(READY)  ## run the tests
	$(BIN)/python -m pytest

lint: $(READY)  ## style, format, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## run every benchmark
	@for file in $(sort $(wildcard benchmarks/*.py)); do \
		echo "$$file"; $(BIN)/python "$$file" || exit 1; \
	done

docs: $(READY)  ## build the pages into site/; a broken link is an error
	$(BIN)/zensical build --strict --clean

check: lint test docs demo  ## everything that must hold before a change is merged

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'govgate needs Python 3.11 or newer; name one: make setup PYTHON=python3.12'; exit 1; }
	@echo 'setting up .venv; the first time takes a few minutes'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt \
		--build-constraint constraints.txt --editable . --group dev
	@touch $(READY)
