# `make demo` and `make test` are all a newcomer needs: each makes its own environment first.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
PEERS  ?= .venv-peers

.PHONY: install demo test test-peers lint pictures storm faults bench lock clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install  ## seven datasets from raw scans to a pinned set and back, in demo/
	@$(BIN)/medreg demo demo

test: install  ## the project's tests
	$(BIN)/python -m pytest -n 2 -m "not peers"

test-peers: install $(PEERS)/.installed $(PEERS)/.azurite  ## nnU-Net, MONAI, TorchIO and servers as witnesses
	$(PEERS)/bin/python -m pytest -m peers --ignore=tests/sources
	$(PEERS)/bin/python -m pytest -m peers -n 2 tests/sources  # they mostly wait
	$(PEERS)/bin/python -m pytest tests/test_audit.py -k "camelyon or hest or echonet"  # slides, video

$(PEERS)/.installed: requirements.lock requirements-peers.txt pyproject.toml
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-peers.txt
	$(PEERS)/bin/python -m pip uninstall --quiet --yes torchvision  # has no build for this torch; nobody here imports it
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(PEERS)/.azurite: $(PEERS)/.installed  # Azure's store, which only npm has
	if type npm > /dev/null; then \
		npm install --silent --no-save --no-audit --no-fund --prefix $(PEERS)/npm azurite@3; fi
	@touch $@

lint: install  ## formatting, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pictures: demo $(PEERS)/.installed  ## draw docs/pictures anew, of the demo
	$(PEERS)/bin/python -m tests.site.pictures demo

storm: install $(PEERS)/.installed  ## 5,000 mutated files; 500 times kill -9, and every mishap
	$(BIN)/python -m bench.fuzz --count 5000
	$(PEERS)/bin/python -m bench.storm --kills 500 --minutes 90

faults: install $(PEERS)/.installed $(PEERS)/.azurite  ## every kind of source: killed at 20 points, and every fault of real servers
	MEDREG_KILLS=20 $(PEERS)/bin/python -m pytest -n 2 tests/sources \
		-k "killed or faults or stores or real or hostile"

bench: install  ## ratios against named peers; never fails
	$(BIN)/python -m bench.startup

lock:  ## resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet -o requirements.lock

clean:  ## remove the environments and the demo
	rm -rf $(VENV) $(PEERS) demo
