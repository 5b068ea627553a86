# Few words: run test check mcp-check bench load train image image-check. Each installs what it needs into .venv first, once.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# small matrix products are slower on two threads than on one
export OPENBLAS_NUM_THREADS = 1
export OMP_NUM_THREADS = 1
# where the lock was made for, every file that is installed has the hash that was looked at
HERE := $(shell uname -sm) $(shell $(PYTHON) -c "import sys; print(*sys.version_info[:2])")
NEEDS := $(if $(filter Linux_x86_64_3_11,$(subst $() ,_,$(HERE))),--require-hashes -r requirements.lock,-r requirements.txt)

.PHONY: run test check mcp-check bench load train image lock audit image-check

run: $(VENV)/.run  ## start the app at http://localhost:7860
	@$(PY) -m app run

test: $(VENV)/.test  ## every law, page and graph, browser too
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist worksteal

check: $(VENV)/.test  ## style, types, graphs
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy && $(PY) -m app check

mcp-check: $(VENV)/.test  ## the tools of MCP; in an environment over the other, for their pydantic is older
	@test -x $(VENV)/mcp/bin/python || $(PYTHON) -m venv $(VENV)/mcp
	@$(PY) -c "import sysconfig; print(sysconfig.get_path('purelib'))" > $$($(VENV)/mcp/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/beside.pth
	@$(VENV)/mcp/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-mcp.txt
	@$(VENV)/mcp/bin/python -m pytest -n 0 tests/test_mcp.py

bench: $(VENV)/.test  ## the table of numbers in docs/bench.md, measured now
	@$(PY) -m bench

load: $(VENV)/.test  ## a class and others against nginx and two processes; make load SCENARIO="class own"
	@$(PY) -m bench.load $(SCENARIO)

train: $(VENV)/.test  ## make train NAME=unet_digits DATA=../shared/data
	@$(PY) -m models.train $(NAME) $(if $(DATA),--data $(DATA))

image:  ## the container image; make image KIND=gpu for CUDA with TensorRT
	docker build --build-arg KIND=$(or $(KIND),cpu) -t glassbox:$(or $(KIND),cpu) .

image-check: $(VENV)/.test  ## the image's steps without an engine: a clean Debian, user 1000, the page opened (root)
	@$(PY) -m tests.debian debootstrap
	@$(PY) -m ops.image --write

COMPILE = $(PY) -m piptools compile -q --generate-hashes --strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o -

lock: $(VENV)/.run  ## write the three locks and docs/sbom.json anew from requirements.txt
	@$(PY) -m pip install --quiet pip-tools==7.6.2 cyclonedx-bom==7.5.0
	@echo "# Run-time needs with the hashes of their files, for Linux on x86-64 with Python 3.11: make lock writes it anew." > $(VENV)/lock
	@$(COMPILE) requirements.txt >> $(VENV)/lock
	@mv $(VENV)/lock requirements.lock
	@sed -nE 's/^onnxruntime-gpu(==[0-9.]+).*/onnxruntime\1/p' requirements.txt > $(VENV)/cpu.in
	@sed -E 's/ *;.*//' requirements-redis.txt >> $(VENV)/cpu.in
	@$(COMPILE) -c requirements.lock $(VENV)/cpu.in > $(VENV)/lock
	@echo "# What the CPU image takes beside requirements.lock, or in place of a line of it: make lock writes it anew." > requirements-cpu.lock
	@sed -nE '/^(onnxruntime|redis|async-timeout)==/,/[^\\]$$/p' $(VENV)/lock >> requirements-cpu.lock
	@{ grep '^onnxruntime-gpu' requirements-gpu.txt; sed -E 's/ *;.*//' requirements-redis.txt; } > $(VENV)/gpu.in
	@$(COMPILE) -c requirements.lock $(VENV)/gpu.in > $(VENV)/lock
	@echo "# What the NVIDIA image takes beside requirements.lock, but for TensorRT: make lock writes it anew." > requirements-gpu.lock
	@sed -nE '/^(nvidia-[a-z0-9-]+|redis|async-timeout)==/,/[^\\]$$/p' $(VENV)/lock >> requirements-gpu.lock
	@$(PY) -m cyclonedx_py requirements --output-reproducible --of JSON -o docs/sbom.json requirements.lock

audit: $(VENV)/.run  ## known weaknesses of what runs; says of each package where it could not be looked up
	@$(PY) -m pip install --quiet pip-audit==2.10.1
	@$(PY) -m pip_audit --no-deps --disable-pip -r requirements.lock -r requirements-cpu.lock -r requirements-gpu.lock > $(VENV)/audit; found=$$?; cat $(VENV)/audit; \
	if grep -q "could not be audited" $(VENV)/audit; then echo "What could not be looked up is not audited."; exit 1; fi; exit $$found

$(VENV)/.run: requirements.txt requirements.lock
	@echo "Installing what the app needs into $(VENV) (once) …"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check $(NEEDS)
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.txt requirements-triton.txt
	@echo "Installing what the tests and the training need into $(VENV) (once) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(PY) -m tests.browser.chromium
	@$(PY) -m tests.debian
	@$(PY) -m pip install --quiet --disable-pip-version-check --upgrade --no-deps --require-hashes --target $(VENV)/triton -r requirements-triton.txt || echo "No Triton for this machine; tests that start it are skipped"
	@touch $@
