# Everything that is done with this project is a target here; each works on a fresh Debian 12 with Swift installed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: $(shell sed -nE 's/^([a-z-]+):.*\#\# .*/\1/p' Makefile)

# The Swift runtime is linked statically, so that the program needs nothing but Debian's C libraries.
# What the loader has filled in is read-only afterwards.
RELEASE := -c release --static-swift-stdlib $(addprefix -Xlinker ,-z relro -z now)
# For `job-service version`; to be given where there is no repository: make build BUILD_COMMIT=...
BUILD_COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null)
BINARY := .build/release/job-service
VENV := .venv-test

help: ## Print this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: build ## Build and run the service on 127.0.0.1:8000, with its database under ./data.
	exec $(BINARY) serve

build: deps ## Build the release binary, .build/release/job-service.
	@mkdir -p .build; trap 'rm -f .build/commit.h' EXIT; echo '#define BUILD_COMMIT "$(BUILD_COMMIT)"' >.build/commit.h; \
	touch Sources/CLibraries/CBuild/CBuild.c; set -x; swift build $(RELEASE)

deps: ## Install the Debian packages of apt-packages.txt that are missing.
	@Scripts/install-packages apt-packages.txt

# With TEST_MONGODB_URL the tests also run on that server, and end with a report on it.
test: $(if $(TEST_MONGODB_URL),test-server,test-swift test-black-box) test-own-service ## All tests.

# Tests that run side by side share the cores; more than a few at a time would only make each other late.
SWIFT_TEST := swift test --experimental-maximum-parallelization-width 8

test-swift: deps $(VENV)/.ready ## Unit, conformance and live-socket tests.
	$(SWIFT_TEST)

# Three files at a time: most of their time is spent waiting, for a database that does not answer.
BLACK_BOX := $(VENV)/bin/pytest -q -n 3 --dist loadfile Tests/black-box

test-black-box: build $(VENV)/.ready ## Drive the real binary over HTTP, kill it, stop it.
	@Scripts/install-packages Tests/apt-packages.txt
	$(VENV)/bin/pytest -q Tests/dispatch-model
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) $(BLACK_BOX)
	BLACK_BOX_STORAGE=mongodb JOB_SERVICE_BINARY=$(abspath $(BINARY)) $(BLACK_BOX) --ignore-glob="*/test_mongodb_*"

# The framework is compiled once, for the example and for what is made of it.
test-own-service: deps $(VENV)/.ready ## Build and test Examples/OwnService, and a service made of it by `make service`.
	swift test --package-path Examples/OwnService --scratch-path .build/own-service
	$(VENV)/bin/pytest -q Tests/own-service

test-crash: build $(VENV)/.ready ## kill -9 the service 100 times under load and look for what is lost.
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) CRASH_ROUNDS=100 $(VENV)/bin/pytest -q Tests/black-box -k crash

test-restarts: build $(VENV)/.ready ## Restart the service 50 times under load on a socket that stays; no request may fail.
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) RESTARTS=50 $(VENV)/bin/pytest -q -s Tests/black-box/test_restarts.py

test-instances: build $(VENV)/.ready ## Three processes on one MongoDB database, 64 clients, a kill -9 every second, for a minute.
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) INSTANCES_SECONDS=60 $(VENV)/bin/pytest -q -s Tests/black-box/test_mongodb_instances.py

test-events: build $(VENV)/.ready ## Three instances, writers, followers that come and go, a kill -9 every second, for a minute.
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) CRASH_ROUNDS=60 $(VENV)/bin/pytest -q -s Tests/black-box/test_events.py -k kill_9

test-dispatch: build $(VENV)/.ready ## Three instances, twenty executors, kill -9 of both, for ten minutes; no job may run twice.
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) DISPATCH_SECONDS=600 $(VENV)/bin/pytest -q -s Tests/black-box/test_dispatch_fleet.py

test-outages: build $(VENV)/.ready ## An executor's day with the MongoDB server killed for 8 s and 14 s, and stopped for 12 s.
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) OUTAGES=kill:8,kill:14,stop:12 $(VENV)/bin/pytest -q -s Tests/black-box/test_mongodb_failover.py

test-server: build $(VENV)/.ready
	$(VENV)/bin/python Tests/mongodb/report

test-fuzz: deps ## Mutate requests for a minute against the parser and a live server.
	FUZZ_SECONDS=60 $(SWIFT_TEST) --filter Fuzz

test-browser: build $(VENV)/.ready ## Let pages in a real Chromium write to the service, and follow its events.
	@Scripts/install-packages Tests/apt-packages-browser.txt
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) $(VENV)/bin/pytest -q Tests/black-box -m browser

attack-table: deps ## Print every attack on tokens that is tested, with its answer.
	@ATTACK_TABLE=1 swift test --filter AttackTests 2>&1 | grep '^| ' | sort -u

fault-table: build $(VENV)/.ready ## Print every fault of the database that is tested, with what clients saw and when.
	@JOB_SERVICE_BINARY=$(abspath $(BINARY)) $(VENV)/bin/pytest -q -s Tests/black-box/test_mongodb_{faults,failover,start,registers,tls,malformed,standalone}.py | grep '^| '

test-floods: build $(VENV)/.ready ## Flood the service in twenty ways, on one event loop and on two, and measure the client next door.
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) $(VENV)/bin/pytest -q -s Tests/black-box -m floods

bench: build $(VENV)/.ready ## Measure: instructions and CPU a request, requests a second, start, memory.
	@Scripts/install-packages Benchmarks/apt-packages.txt
	$(VENV)/bin/python Benchmarks/instructions
	$(VENV)/bin/python Benchmarks/run.py

PEERS := .build/peers

bench-peers: build $(VENV)/.ready ## Measure the same service in Rust and Go, nginx and a raw responder beside ours.
	@Scripts/install-packages Benchmarks/peers/apt-packages.txt
	mkdir -p $(PEERS)
	cd Benchmarks/peers/rust && PATH=/usr/bin:/bin CARGO_TARGET_DIR=$(abspath $(PEERS))/rust cargo build --release --offline
	cd Benchmarks/peers/go && GO111MODULE=off GOPATH=/usr/share/gocode /usr/bin/go build -o $(abspath $(PEERS))/gopeer .
	$(VENV)/bin/python Benchmarks/peers.py

bench-growth: build $(VENV)/.ready ## Measure what requests cost by the history that they do not return.
	$(VENV)/bin/python Benchmarks/growth.py

lint: deps ## Format, directions of imports, warnings.
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Examples Benchmarks
	Scripts/check-imports
	Scripts/check-rooms
	Scripts/check-linkage
	swift build --build-tests

docs: build ## Write the guides anew that are made from the code.
	$(BINARY) man --markdown >docs/commands.md
	$(BINARY) man --configuration >docs/configuration.md

format: ## Format all Swift sources in place.
	swift format --in-place --recursive --parallel Package.swift Sources Tests Examples Benchmarks

deb: build ## Build the Debian package, .build/deb/job-service_VERSION_ARCHITECTURE.deb.
	Packaging/build-deb $(BINARY) .build/deb

test-deb: build $(VENV)/.ready ## Install, upgrade and remove the package on a Debian of its own where systemd runs; needs root.
	@Scripts/install-packages Tests/packaging/apt-packages.txt
	JOB_SERVICE_BINARY=$(abspath $(BINARY)) $(VENV)/bin/pytest -v Tests/packaging

test-fresh: ## Both commands of the README in a minimal Debian of its own; needs root. PREFIX="taskset -c 0 nice" for one slow core.
	@Scripts/install-packages Tests/packaging/apt-packages.txt
	Scripts/test-fresh $(PREFIX)

test-reproducible: deps ## Build the package twice, in two folders, and compare them byte for byte.
	Scripts/check-reproducible

docc: deps ## Build the reference of the public API, .build/docc; any warning is an error.
	Scripts/build-docc

module: ## Make a new module with a test: make module NAME=Reminders
	@Scripts/new-module '$(NAME)'

service: ## Make a service of your own, a package outside: make service NAME=guest-book DIR=../guest-book
	@Scripts/new-service '$(NAME)' '$(DIR)'

test-module: deps ## Build and test one module and what it needs: make test-module NAME=Reminders
	@Scripts/test-module '$(NAME)'

clean: ## Remove what was built.
	rm -rf .build $(VENV)

$(VENV)/.ready: $(wildcard Tests/requirements*.txt)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $(addprefix -r ,$^)
	touch $@
