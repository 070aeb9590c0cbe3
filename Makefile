# Everything a fresh machine needs is Python ≥ 3.11 with venv, and make; uv is used when it is there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := bot cogs tests benchmarks

.PHONY: demo test lint types architecture unit chaos clean

demo: $(VENV)/.demo
	$(BIN)/jimeng-bot demo $(ARGS)

test: lint types architecture unit

lint: $(VENV)/.test
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(VENV)/.test
	$(BIN)/basedpyright

architecture: $(VENV)/.test
	$(BIN)/lint-imports

unit: $(VENV)/.test
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

# A thousand requests on a bad day; a short form of it is among the tests. Some minutes.
chaos: $(VENV)/.test
	$(BIN)/pytest -n 0 -s tests/chaos/full_chaos.py $(ARGS)

clean:
	rm -rf $(VENV) build *.egg-info

$(VENV)/.demo: pyproject.toml constraints.txt
	$(call install,demo)

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
