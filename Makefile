# Everything runs in its own environment, .venv, made from requirements.lock. The plain commands stand in README.md.
PYTHON ?= python3
BIN := .venv/bin
# Bytecode makes the start of every process three times faster.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo bench bench-statline bench-marts bench-pages test test-fast test-bi test-scale test-spark lint format dagster dagster-demo sample screenshots docs lock clean

demo: .venv/.ready  ## the whole way once, on published figures and synthetic deliveries, into data/demo
	$(BIN)/zicht refresh --sample

test: .venv/.ready  ## all tests but those of other people's tools and of another engine
	$(BIN)/python -m pytest -n 2 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder -m "not bi and not scale"

test-bi: .venv/.ready  ## other people's tools on the published file, in environments of their own (docs/bi.md)
	$(BIN)/python -m pytest -n 2 --max-worker-restart 0 --dist loadfile -m bi

test-scale: .venv/.scale  ## a refresh on Spark's engine, Sail, through a directory and an object store
	$(BIN)/python -m pytest -m scale

test-spark: .venv-spark/.ready  ## the models on Spark itself (Java 17), a cluster of two workers that loses one
	.venv-spark/bin/python -m pytest tests/scale/test_lost_worker.py

test-fast: .venv/.ready  ## unit and contract tests
	$(BIN)/python -m pytest -n 2 --max-worker-restart 0 --dist worksteal tests/unit tests/contract

lint: .venv/.ready  ## style, types, SQL, definitions
	$(BIN)/ruff check pipelines tests
	$(BIN)/ruff format --check pipelines tests
	$(BIN)/mypy
	$(BIN)/sqlfluff lint -q dbt_project/models
	$(BIN)/python -m dagster definitions validate -m pipelines.definitions

format: .venv/.ready
	$(BIN)/ruff check --fix pipelines tests
	$(BIN)/ruff format pipelines tests

dagster: .venv/.ready  ## Dagster on your own data, http://localhost:3000
	mkdir -p data/dagster && $(BIN)/zicht status && DAGSTER_HOME=$(CURDIR)/data/dagster $(BIN)/dg dev

dagster-demo: demo  ## Dagster on the demo
	ZICHT_SAMPLE=1 DAGSTER_HOME=$(CURDIR)/data/demo/dagster $(BIN)/dg dev

# PySpark, with Java, lives in an environment of its own: make bench SPARK=/path/to/its/python. Takes half an hour.
SPARK ?= none
bench: .venv/.ready  ## measure reading, pseudonyms and the full path against pandas and PySpark, and growth to a country
	$(BIN)/python -m tests.benchmarks --persons 1000000 --runs 3 --growth 100000 1000000 5000000 18000000 --spark-python $(SPARK)

bench-statline: .venv/.ready  ## measure reading the largest table of StatLine
	$(BIN)/python -m tests.benchmarks.statline

bench-pages: .venv/.ready  ## measure writing the pages of the demo, from nothing and unchanged
	$(BIN)/python -m tests.benchmarks.pages

bench-marts: .venv/.ready  ## measure the models for the whole country, and the answers of the published file
	$(BIN)/python -m tests.benchmarks.marts

sample: .venv/.ready  ## make the tracked sample again
	$(BIN)/zicht sample --out data/sample

screenshots: .venv/.ready  ## pictures of the pages: those of the README, and those that the tests compare with
	$(BIN)/python -m tests.pages.screenshots

docs: .venv/.ready  ## pages that are made from the product
	$(BIN)/python -c "from pathlib import Path; from pipelines.records import as_markdown; Path('docs/records.md').write_text(as_markdown(), encoding='utf-8')"

COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --no-annotate --no-header
lock: .venv/.ready  ## pin everything anew
	$(COMPILE) --extra postgres --group dev -o requirements.lock
	$(COMPILE) --extra postgres --extra spark --group dev --group scale -c requirements.lock -o requirements-scale.lock

clean:
	rm -rf .venv .venv-spark data/demo dbt_project/target

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

.venv/.scale: .venv/.ready requirements-scale.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-scale.lock
	touch $@

.venv-spark/.ready: .venv/.ready
	$(PYTHON) -m venv .venv-spark
	.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.lock 'pyspark[connect]==4.0.1'
	.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@
