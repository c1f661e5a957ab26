# make compare   the main job on real images, in all three frameworks
# make train     the three frameworks on scanned digits, a few minutes; curves in runs/digits
# make docs      the page of the networks, and these documents beside it, in site/
# make bench     what our own code costs: beside bare frameworks, at the start of commands, in the suite (long)
# make test      lint and the test suite
# make test-all  the same with the largest networks, which take long
# make mutants   put every known trap back, one at a time, and see that a test dies (long)
# make fuzz      bad input without end, held to what is promised of it (SECONDS=600)
# make oldest    a short part of the suite with the oldest versions that pyproject.toml allows, in .venv-oldest
# Each makes its environment first, once: .venv for all others.

CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
export CHROMIUM
CXX_FOUND := $(shell command -v "$${CXX:-g++}")

# The suite starts hundreds of processes, which would compile the packages anew each time.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.10; do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
READY := .venv/ready

.PHONY: compare train test test-all mutants fuzz clean

compare: $(READY)
	$(BIN)/googlenet compare d2l --images digits --image-size 96 --gradients
	$(BIN)/googlenet compare d2l --images digits --image-size 96 --gradients --dtype float32
	$(BIN)/googlenet compare imagenet_aux --images photos --image-size 224 --training --gradients --dtype float32
	$(BIN)/googlenet compare imagenet_aux --images photos --image-size 224 --training --gradients
	$(BIN)/googlenet compare inception_resnet_v2 --images photos --image-size 139 --gradients
	$(BIN)/googlenet summary d2l --against alexnet vgg11 vgg16 nin

.PHONY: docs
docs: $(READY)
	$(BIN)/googlenet page --docs docs --out site

train: $(READY)
	$(BIN)/googlenet train d2l_bn --data digits --recipe quick --backend all --out runs/digits

.PHONY: bench
bench: $(READY)
	$(BIN)/googlenet bench d2l --train
	$(BIN)/python tests/bench/starts.py
	$(BIN)/python -m pytest -n 2 --dist loadfile -q --durations 20 -m "not long and not gpu and not browser"

# A file is the work of one process: its tests share what they have computed. In the order of their names the long ones
# come early, so that neither process waits for the other at the end. A test that hangs ends the run after ten
# minutes, with its name and the lines at which every thread stood.
test: lint
	@test -n "$(CHROMIUM)" || echo "NOT TESTED: the page in a browser, for there is no Chromium (apt-get install chromium)"
	@test -n "$(CXX_FOUND)" || echo "NOT TESTED: compiled predictors, for there is no C++ compiler (apt-get install g++)"
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
		-m "not long and not gpu$(if $(CHROMIUM),, and not browser)$(if $(CXX_FOUND),, and not compiler)" \
		--max-worker-restart 0 -o faulthandler_timeout=600 -o faulthandler_exit_on_timeout=true

# The largest networks need up to 17 GiB: one process, with all threads.
test-all: test
	OMP_NUM_THREADS=2 $(BIN)/python -m pytest -m long

# Skipped with the reason where there is no GPU: that is no success.
.PHONY: gpu
gpu: $(READY)
	$(BIN)/python -m pytest -m gpu -rs

.PHONY: lint
lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

mutants: $(READY)
	$(BIN)/python tests/mutants/run.py

SECONDS ?= 600
fuzz: $(READY)
	$(BIN)/python tests/hostile/fuzz.py --seconds $(SECONDS)

# The oldest versions that pyproject.toml allows (constraints-oldest.txt), and what is written, compared and read there.
# The two files that are left out need the publishers' models, and ruff.
OLDEST := .venv-oldest/bin
OLDEST_READY := .venv-oldest/ready
.PHONY: oldest
oldest: $(OLDEST_READY)
	OMP_NUM_THREADS=1 $(OLDEST)/python -m pytest -m "not long and not gpu" -o faulthandler_timeout=600 \
		tests/base tests/contract tests/cli --ignore tests/cli/test_predict.py --ignore tests/cli/test_write.py \
		tests/compare/test_passes.py tests/packages/test_names.py tests/runs/test_events.py tests/weights/test_formats_*.py

$(OLDEST_READY): pyproject.toml constraints-oldest.txt
	python3.11 -m venv .venv-oldest
	$(OLDEST)/pip install --quiet "$$(grep '^torch==' constraints-oldest.txt)"
	$(OLDEST)/pip install --quiet --constraint constraints-oldest.txt --editable '.[all,tensorboard]' \
		pytest hypothesis --config-settings editable_mode=compat
	touch $(OLDEST_READY)

# PyTorch first and by itself: asked for together with others it may come in another build.
$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.10, 3.11 or 3.12 is needed: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet "$$(grep '^torch==' constraints.txt)"
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[all,test]' --config-settings editable_mode=compat
	touch $(READY)

clean:
	rm -rf .venv .venv-oldest build *.egg-info
