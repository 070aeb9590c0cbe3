# Everything a fresh machine needs is Python ≥ 3.11 with venv, and make; uv is used when it is there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := bot cogs tests benchmarks website
FLOWS := tests/acceptance/browser tests/acceptance/wire/recovery
# A file stays on one worker, whose fixtures it shares; slow tiers come first (testpaths).
PYTEST = $(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

# Even where the environment says otherwise: compiling the tests anew takes each worker seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo docs docs-serve test fast flows gallery fuzz fuzz-short soak chaos chaos-short lint format types architecture unit clean

demo: $(VENV)/.demo
	$(BIN)/jimeng-bot demo $(ARGS)

# The documentation as a site, in build/documentation/site. Broken links and missing anchors fail it.
docs: $(VENV)/.docs
	$(BIN)/python -m website.build

# The same at http://127.0.0.1:8000, renewed while pages are edited.
docs-serve: $(VENV)/.docs
	$(BIN)/python -m website.build --serve

# Every check, with the type checker beside the tests. tests/README.md describes the tiers.
test: $(VENV)/.test
	@$(MAKE) --no-print-directory --jobs=2 lint types architecture unit

unit: $(VENV)/.test
	$(PYTEST) $(FLOWS:%=--ignore %) $(ARGS)

# Units and stores on SQLite: no browser, no processes, no PostgreSQL, no simulated Discord or relay. A minute.
fast: $(VENV)/.test
	$(PYTEST) -m "not postgres and not processes" tests/unit tests/integration/store $(ARGS)

# Whole flows in the browser, on several screens and in every language, and processes that are killed or share
# their work. Four minutes.
flows: $(VENV)/.test
	$(PYTEST) $(FLOWS) $(ARGS)

# Every card in every language. SCREENSHOTS=docs/images renews the pictures of docs/cards.md.
gallery: $(VENV)/.test
	$(if $(SCREENSHOTS),SCREENSHOTS=$(SCREENSHOTS) $(BIN)/pytest -n 0,$(PYTEST)) tests/gallery $(ARGS)

# Property tests with many new random examples. Some minutes.
fuzz: $(VENV)/.test
	$(PYTEST) -m hypothesis --hypothesis-profile=fuzz --timeout 1800 $(ARGS)

# Five targets that take input from outside, each for SECONDS with examples of a new seed. Some three minutes.
fuzz-short: $(VENV)/.test
	$(BIN)/python -m tests.fuzz.run --seconds $(or $(SECONDS),30) $(ARGS)

# Ten minutes at one request a second: what grows?
soak: $(VENV)/.test
	$(BIN)/python -m benchmarks.soak $(ARGS)

# A thousand requests with faults throughout, and 200 stops, on both databases. CHAOS_SEED=… selects another run. An hour.
chaos: $(VENV)/.test
	$(BIN)/pytest -n 0 -s tests/chaos/full_chaos.py tests/chaos/full_stops.py tests/chaos/full_providers.py $(ARGS)

# The same in short: forty requests on each database, a pause and an outage. Some three minutes.
chaos-short: $(VENV)/.test
	$(BIN)/pytest -n 0 -s tests/chaos $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

format: $(VENV)/.test
	$(BIN)/ruff check --fix-only $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

types: $(VENV)/.test
	$(BIN)/basedpyright

architecture: $(VENV)/.test
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/.demo: pyproject.toml constraints.txt
	$(call install,demo)

$(VENV)/.docs: pyproject.toml constraints.txt
	$(call install,docs)

$(VENV)/.test: pyproject.toml constraints.txt
	$(call install,test)

define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $@")'
@if command -v uv >/dev/null; then \
	echo "Setting up $(VENV) with uv…"; \
	{ [ -x $(BIN)/python ] || uv venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV); } && \
	uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[$(1)]'; \
else \
	echo "Setting up $(VENV)… (about a minute)"; \
	{ [ -x $(BIN)/pip ] || $(PYTHON) -m venv $(VENV); } && \
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(1)]'; \
fi
@touch $@
endef
