# Everything that is done with this repository. Start with: make demo

SHELL := /bin/bash
.DEFAULT_GOAL := build
.PHONY: build ui demo test test-go test-ui test-browser screenshot test-crash lint bench fuzz generate clean need-build need-test

export CGO_ENABLED := 1
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.6.1
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.1.4
FUZZTIME ?= 10s
CRASH_ROUNDS ?= 50
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
PACKAGES = $(shell go list ./... | grep -v /node_modules/)

# build makes bin/signet, with the screens in it when npm is there.
build: need-build
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui; else echo "npm is missing: bin/signet is built without its screens"; fi
	go build -trimpath -ldflags "-s -w -X main.release=$(VERSION)" -o bin/signet ./cmd/signet

need-build:
	@.ci/need go gcc

# ui builds the screens into ui/dist, from where the Go build embeds them.
ui: ui/dist/index.html

# Not npm ci: it refuses a lock file without the optional packages of other systems, which not
# every registry has. Versions and hashes still come from the lock file, which is not written to.
ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json
	@.ci/need node npm
	cd ui && npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

ui/dist/index.html: ui/node_modules/.package-lock.json ui/index.html ui/vite.config.ts $(shell find ui/src ui/public -type f 2>/dev/null)
	cd ui && npm run --silent build

# demo opens the product on its example, in a folder that is gone afterwards.
demo:
	@.ci/need go gcc node npm
	@$(MAKE) --no-print-directory build
	bin/signet demo $(DEMO_FLAGS)

# test is everything: Go, the screens' own tests, the story in a real browser.
test: need-test test-ui bin/testvault test-go

need-test:
	@.ci/need --install go gcc node npm postgres mariadb chromium aws

test-go:
	go vet ./...
	go test -p 2 -timeout 16m ./...

# testvault is a Vault for the tests of what reads from one. It is a module of its own, and large.
bin/testvault: $(wildcard internal/testenv/vault/*)
	@cd internal/testenv/vault && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o ../../../bin/testvault . || \
	  echo "bin/testvault could not be built: the tests that need a Vault are skipped" >&2

test-ui: ui
	cd ui && npm run --silent typecheck && npm test --silent

# test-browser is the part of test-go that drives a real browser.
test-browser: need-test ui
	go test -count=1 -timeout 16m -run 'TestScreens' -v ./cmd/signet/

# screenshot makes the picture of the README anew.
screenshot: need-test ui
	SIGNET_TEST_SCREENS="pages -t picture" go test -count=1 -timeout 5m -run 'TestScreens' ./cmd/signet/
	cp ui/screenshots/readme.png docs/screenshot.png

# Longer than make test takes: the server is killed in a loop under load.
test-crash: need-build
	SIGNET_CRASH_ROUNDS=$(CRASH_ROUNDS) go test -count=1 -timeout 60m -run 'TestCrash' -v ./cmd/signet/

lint: bin/staticcheck bin/govulncheck ui/node_modules/.package-lock.json
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...
	bin/staticcheck ./...
	@.ci/vuln
	cd ui && npm run --silent typecheck && npm run --silent lint

bin/staticcheck:
	GOBIN=$(CURDIR)/bin go install $(STATICCHECK)

bin/govulncheck:
	GOBIN=$(CURDIR)/bin go install $(GOVULNCHECK)

# bench measures Signet beside its peers: see bench/README.md.
bench: need-test build
	SIGNET_BENCH=1 SIGNET_BENCH_SECONDS=$(SIGNET_BENCH_SECONDS) SIGNET_BENCH_ONLY=$(SIGNET_BENCH_ONLY) SIGNET_TEST_BINARY=$(CURDIR)/bin/signet go test -v -count=1 -timeout 30m ./bench/

# fuzz runs every fuzz target for FUZZTIME.
fuzz:
	@set -e; for pkg in $$(go list -f '{{.Dir}}' ./...); do \
	  for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' $$pkg/*_test.go 2>/dev/null | cut -c6-); do \
	    echo "$$target in $$pkg"; (cd $$pkg && go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x .); \
	  done; done

clean:
	rm -rf bin ui/dist/*
