# The front door: one word for each thing to do here. `make` alone lists them.
# Everything is done by tools/setup, tools/dev and CMake's presets (CMakePresets.json).

.DEFAULT_GOAL := help
.PHONY: help setup build test run demo bench sim format lint clean

ADDRESS ?= 127.0.0.1:8080
DATA ?= data
CATALOG ?= examples/catalog
SEED ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "more: tools/dev help, docs/testing.md"

setup: ## install the Debian 12 packages that the project needs
	tools/setup

build: setup ## build the programs into build/release/bin
	tools/dev build release

test: ## all tests that a change must pass, with two builds (docs/testing.md)
	tools/dev ci

run: build ## start a node in the foreground (ADDRESS, DATA and CATALOG may be set)
	build/release/bin/cairnd --data-dir $(DATA) --catalog $(CATALOG) --listen $(ADDRESS)

demo: build ## show an order's way through a node, with its targets
	tools/demo

bench: build ## measure
	bench/run

sim: ## run the simulation: SEED=42, SEED=1..1000, or 100 fresh seeds
	tools/dev sim $(SEED)

format: ## lay out all C++ files
	tools/dev format

lint: ## the house rules, in a second
	tools/dev lint

clean: ## remove everything that was built
	rm -rf build
