# Two commands matter to a newcomer: `make demo` and `make test`. Both install what they need.
# `make check` is the one that a developer must remember: format, arrows, build, all tests.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo build release test unit acceptance interop attack fuzz bench bench-instructions sanitize check format lint arrows schema clean

BULLA := .build/debug/bulla
ARGS ?=

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

demo: ## build, then run the whole demo in one process: identity provider, legacy MCP server, gateway
	@scripts/install-dependencies build
	@swift build --product bulla
	@exec $(BULLA) demo $(ARGS)

build: ## debug build of everything, tests included
	@scripts/install-dependencies build
	swift build --build-tests

release: ## optimised program: .build/release/bulla
	@scripts/install-dependencies build
	swift build -c release --static-swift-stdlib --product bulla

test: ## unit tests, the README's curl transcript, interop with third-party software
	@scripts/install-dependencies test
	$(MAKE) --no-print-directory unit acceptance interop

unit: ## swift test, in three runs: what is timed on real sockets and processes gets the cores for itself
	swift build --build-tests
	@sync # what a build leaves to be written would be waited for by the first fsync of a test
	swift test --skip-build --skip LaunchTests --skip LoopbackTests --skip HTTPWireTests --skip TLSTests
	swift test --skip-build --filter LoopbackTests --filter HTTPWireTests
	swift test --skip-build --filter LaunchTests --filter TLSTests

acceptance: ## the README's curl transcript against its golden copy
	@swift build --product bulla
	scripts/acceptance

interop: ## real clients, servers and identity providers from PyPI
	@swift build --product bulla
	@swift build --product PlainProxy
	PLAINPROXY=.build/debug/PlainProxy Tests/Interop/run

attack: ## slow and flooding clients, scanners and hostile TLS against the release build
	@scripts/install-dependencies attack
	@swift build -c release --static-swift-stdlib --product bulla
	@swift build -c release --static-swift-stdlib --product PlainProxy
	BULLA=.build/release/bulla PLAINPROXY=.build/release/PlainProxy Tests/Interop/run --heavy --only http --only slow --only tls --only life --only limits

fuzz: ## libFuzzer on every parser: TARGET=name (default all), SECONDS=300 each
	@scripts/install-dependencies build
	scripts/fuzz

sanitize: ## the tests under AddressSanitizer, then under ThreadSanitizer
	scripts/sanitize

bench: ## against nginx, HAProxy and Envoy in one interleaved run; WRITE=1 renews docs/benchmarks.md
	Benchmarks/run $(if $(WRITE),--write) $(ARGS)

bench-instructions: ## instructions per request against the recorded ones; exit 1 where they grew
	Benchmarks/instructions $(ARGS)

check: lint arrows test ## everything that must hold before a commit

format: ## rewrite the sources in the house style
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks Fuzz

lint: ## the house style and the documents, checked
	@scripts/check-docs
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks Fuzz

arrows: ## imports keep to the arrows of Package.swift
	@scripts/check-arrows

clean: ## remove build products
	rm -rf .build
