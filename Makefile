# The commands of the project. `make` builds everything into bin/.

GO     ?= go
TOOL   := $(GO) tool -modfile=tools/lint.mod
DASHBOARD ?= 127.0.0.1:0 # where the demo's page is; port 0: any that is free
NETS   := $(notdir $(patsubst %/cmd,%,$(wildcard generated/*/cmd)))
SPECS  := $(wildcard generated/*.yaml)

.PHONY: setup test-docs test-packaging test-upgrade test-arm64 test-release release build generate check demo test lint unit portable cross fuzz test-mpi test-families test-mpi-faults test-kill test-faults test-serve test-attack test-graph test-torchvision test-accuracy test-twin test-onnx test-onnx-photos peers recipe-fashion bench bench-imagenet bench-input bench-infer bench-mpi bench-dashboard bench-kernels screenshot clean

build: ## bin/resnetgen and one trainer for each network in generated/
	$(GO) build -o bin/ ./cmd/resnetgen $(foreach n,$(NETS),./generated/$(n)/cmd/$(n))

generate: ## generated/ and spec/schema.json from their sources
	$(GO) generate ./...

check: build ## that generated/ is what the compiler makes of its specs
	bin/resnetgen check $(SPECS)

demo: ## from a spec to a trained network, in two minutes
	$(GO) build -o bin/resnetgen ./cmd/resnetgen
	rm -rf demo && mkdir -p demo
	cp spec/zoo/resnet20-fashion.yaml demo/
	bin/resnetgen generate demo/resnet20-fashion.yaml
	$(GO) build -o demo/train ./demo/resnet20_fashion/cmd/resnet20_fashion
	demo/train train --data fashion-mini --epochs 3 --seed 1 --out demo/run --dashboard $(DASHBOARD)
	demo/train eval --data fashion-mini --checkpoint demo/run
	@echo "the checkpoint is in demo/run/checkpoints"
	@echo "pictures: demo/run/curves.png, demo/run/confusion.png (and .svg); tensorboard --logdir demo/run shows the rest"

test: setup lint check unit portable cross test-mpi ## everything that a change has to pass

setup: ## the Debian packages that the tests compare with: installed as root, otherwise named
	tools/setup

lint: ## format, vet, staticcheck; shell scripts and workflows
	@test -z "$$(gofmt -l .)" || { gofmt -d .; exit 1; }
	$(GO) vet ./... && $(GO) vet -tags tools,campaign ./... && $(GO) vet -tags man ./cmd/resnetgen
	$(TOOL) staticcheck -tags tools,campaign ./...
	$(TOOL) gofumpt -l . | { ! grep .; }
	shellcheck .ci/run tools/setup
	$(TOOL) actionlint

unit: ## all tests with the kernels that this CPU runs, which its last line says; RESNETGEN_CPU=avx512 fails where that is lacking
	$(GO) test -tags tools -timeout 30m ./...
	@$(GO) test -run '^TestLevels$$' -v ./asm/cpu | grep -o 'kernels tested at: .*'

# Go's cache of test results does not see RESNETGEN_CPU, which is read before a test begins: hence -count 1.
portable: ## the tests that kernels matter to, without assembly: by the environment, then by the build tag
	RESNETGEN_CPU=portable $(GO) test -count 1 -timeout 30m ./asm/... ./runtime/... ./generated/...
	RESNETGEN_CPU= $(GO) test -tags purego -timeout 30m ./asm/... ./runtime/conv/... ./runtime/nn/... ./generated/...

TARGETS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

cross: ## that all builds and vets on every system that there are releases for
	@for t in $(TARGETS); do \
		echo "$$t"; \
		export GOOS=$${t%/*} GOARCH=$${t#*/} CGO_ENABLED=0; \
		$(GO) build ./... && $(GO) vet ./... || exit 1; \
	done

release: ## dist/: an archive for each system with the compiler, completions and man pages, and SHA256SUMS
	$(GO) run ./tools/release -out dist -targets "$(TARGETS)"

test-release: release ## that another checkout with an empty build cache gives the same bytes; ten minutes
	@d=$$(mktemp -d) && trap 'chmod -R u+w "$$d"; rm -rf "$$d"' EXIT && \
	git clone -q . "$$d/src" && git -C "$$d/src" checkout -q $$(git rev-parse HEAD) && \
	(cd "$$d/src" && GOCACHE="$$d/cache" $(GO) run ./tools/release -out "$$d/dist" -targets "$(TARGETS)" >/dev/null) && \
	diff -r dist "$$d/dist" && (cd dist && sha256sum -c --quiet SHA256SUMS) && echo "the same bytes twice:" && cat dist/SHA256SUMS

test-arm64: ## the portable kernels as arm64 runs them, in an emulator, Debian's qemu-user; a minute and a half of two cores
	GOARCH=arm64 CGO_ENABLED=0 $(GO) test -timeout 30m -exec "qemu-aarch64 -cpu max" ./asm/f32/... ./runtime/conv/... ./runtime/nn/... ./runtime/rng/... ./runtime/engine/... ./runtime/preprocess/...

test-packaging: ## the module as others get it: from a proxy, into an empty module; generates, builds, trains, predicts
	$(GO) test -count 1 -tags campaign -timeout 20m -v -run TestPackaging ./tools/packaging

test-upgrade: ## a module made with the first version, by the steps of CHANGELOG.md, with today's: a minute
	$(GO) test -count 1 -tags campaign -timeout 20m -v -run TestUpgrade ./tools/packaging

test-docs: ## that links and paths in the documents are there, and that the commands that they show run; some minutes
	@test -z "$(DOCS)" || test -e "$(DOCS)" || { echo "DOCS: got $(DOCS), want a document such as docs/spec.md" >&2; exit 2; }
	@$(GO) test -count 1 -tags campaign -timeout 60m -v $(if $(DOCS),-run 'TestCommands/^$(DOCS)') ./tools/doctest

FUZZTIME ?= 1m

# Where a target's time ends while a worker answers, go test fails with "context deadline exceeded"
# and no input: that is no failure. Nothing is minimized: the time is for other inputs.
fuzz: ## each fuzz target for a minute (FUZZTIME); what fails stays in the package's testdata/fuzz
	@log=$$(mktemp) && trap 'rm -f "$$log"' EXIT && \
	for file in $$(grep -rl '^func Fuzz' --include='*_test.go' .); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$file); do \
			echo "$$file: $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 0x -parallel 2 $$(dirname $$file) 2>&1 | tee "$$log"; \
			grep -q '^ok' "$$log" || { grep -q '^    context deadline exceeded$$' "$$log" && ! grep -q 'Failing input' "$$log"; } || exit 1; \
		done; \
	done

test-mpi: ## two and four processes under mpirun come to the bits of one; a minute
	$(GO) vet -tags mpi ./runtime/mpi ./runtime/ranks ./bench/mpi/linkspeed
	@$(GO) test -count 1 -tags campaign -run 'TestMPI$$' -timeout 15m -v ./internal/e2e

test-families: ## a network of each family has the same bits on all levels of kernels, one to five threads, after a kill, on two and four ranks; eight minutes
	@$(GO) test -count 1 -tags campaign -run 'TestFamilies$$' -timeout 15m -v ./internal/e2e

test-mpi-faults: ## a killed rank, a stopped one, and two network namespaces whose link is cut, for which it needs to be root; two minutes
	@$(GO) test -count 1 -tags campaign -run 'TestMPI(Faults|Network)$$' -timeout 15m -v ./internal/e2e

test-kill: ## 200 kills of a trainer at random moments, files damaged between them, and the same bits at the end; some 5 minutes
	@log=$$($(GO) test -count 1 -tags campaign -run TestKills -timeout 30m -v ./internal/e2e) || { echo "$$log"; exit 1; }; \
	echo "$$log" | grep '^[0-9]* kills '

test-faults: ## full, read-only and lost disks, and damaged checkpoints, in a mount namespace of its own; a minute
	unshare --mount $$([ "$$(id -u)" = 0 ] || echo --user --map-root-user) \
		$(GO) test -count 1 -tags campaign -run TestFaults -timeout 10m -v ./internal/e2e

test-serve: ## 10,000 requests of 64 clients at a prediction server, with a new checkpoint, bad requests and a SIGTERM among them, also behind a load balancer that learns late: none fails
	@log=$$($(GO) test -count 1 -tags campaign -run TestServe -timeout 10m -v ./internal/e2e) || { echo "$$log"; exit 1; }; \
	echo "$$log" | grep -E '^(serve, .*|OK)$$'

test-attack: ## attacks on a prediction server and on a training's dashboard, and the goodput of a server that is asked too much: on the loopback interface alone; five minutes
	@log=$$($(GO) test -count 1 -tags campaign -run 'TestAttack|TestOverload' -timeout 15m -v ./internal/e2e) || { echo "$$log"; exit 1; }; \
	echo "$$log" | grep -vE '^ *(===|---|PASS|ok)'

RECIPE := runs/recipe-fashion

recipe-fashion: ## ResNet-20 on Fashion-MNIST in 15 epochs from three seeds: at least 94.3 % in the mean; some 40 minutes of two cores
	$(GO) build -o bin/resnetgen ./cmd/resnetgen
	bin/resnetgen generate spec/zoo/resnet20-fashion-fast.yaml -o bench/nets/resnet20_fashion_fast
	$(GO) build -o $(RECIPE)/train ./bench/nets/resnet20_fashion_fast/cmd/resnet20_fashion_fast
	@$(GO) run ./tools/recipe -trainer $(RECIPE)/train -out $(RECIPE) -epochs 15 -seeds 3 -want 94.3

test-graph: ## that Graphviz draws what resnetgen graph prints; needs Debian's graphviz
	$(GO) test -count 1 -tags campaign -run TestGraphviz ./gen/draw

test-torchvision: ## trainers beside torchvision's ResNet-18, -34, -50 and Wide ResNet-50-2, at 224 pixels and at odd sizes; some 10 minutes
	@$(GO) test -count 1 -tags tools,campaign -timeout 60m -v -run TestTorchvisionParityLarge ./gen/parity

test-accuracy: ## that Winograd's convolutions cost no accuracy: six trainings of five epochs, some 25 minutes
	mkdir -p bin/bench
	$(GO) build -o bin/resnetgen ./cmd/resnetgen
	bin/resnetgen generate bench/specs/accuracy/*.yaml -o bench/nets
	$(GO) build -o bin/bench/ ./bench/nets/accuracy_direct/cmd/... ./bench/nets/accuracy_winograd/cmd/...
	$(GO) run ./bench/accuracy $(ACCURACY)

test-twin: ## that the paper's ResNet-20 trains to the accuracy of its twin in PyTorch: twelve trainings of five epochs, some 80 minutes; needs Debian's python3-torch
	mkdir -p bin/bench
	$(GO) build -o bin/resnetgen ./cmd/resnetgen
	bin/resnetgen generate bench/specs/twin/paper.yaml -o bench/nets/accuracy_paper
	$(GO) build -o bin/bench/ ./bench/nets/accuracy_paper/cmd/...
	$(GO) run ./bench/accuracy -pytorch -seeds 6 $(ACCURACY)

test-onnx: ## exported models in ONNX Runtime beside their trainers on Fashion-MNIST, some 5 minutes; tools/setup onnx installs what it needs
	$(GO) build -o bin/resnetgen ./cmd/resnetgen
	bin/resnetgen generate tools/onnxtest/specs/*.yaml -o bench/nets
	bin/resnetgen generate spec/zoo/resnet20-fashion.yaml -o bench/nets/onnx_resnet20
	$(GO) build -o bin/onnx/ $(foreach n,resnet164 odd odd_basic,./bench/nets/onnx_$(n)/cmd/onnx_$(n))
	$(GO) build -o bin/onnx/resnet20 ./bench/nets/onnx_resnet20/cmd/resnet20_fashion
	npm ci --ignore-scripts --no-audit --no-fund --silent --prefix tools/onnxtest
	@$(GO) run ./tools/onnxtest -trainers bin/onnx -out runs/onnx

PEERS ?= bin/peers

peers: ## the other frameworks of bench/peers/requirements.txt, in the virtual environment PEERS, bin/peers
	/usr/bin/python3 -m venv $(PEERS)
	$(PEERS)/bin/pip install --quiet --requirement bench/peers/requirements.txt

test-onnx-photos: ## exported ResNet-18 and ResNet-50 for 224 pixels in ONNX Runtime and OpenVINO, a minute; needs make peers
	$(GO) build -o bin/resnetgen ./cmd/resnetgen
	for n in resnet18 resnet50; do bin/resnetgen generate spec/zoo/$$n.yaml -o bench/nets/$$n || exit 1; done
	$(GO) build -o bin/onnx/ ./bench/nets/resnet18/cmd/resnet18 ./bench/nets/resnet50/cmd/resnet50
	@$(GO) run ./tools/onnxtest/photos -trainers bin/onnx -out runs/onnx-photos -python $(PEERS)/bin/python

bench: ## training steps of bench/specs beside PyTorch's, some 10 minutes; needs Debian's python3-torch
	mkdir -p bin/bench bench/results
	$(GO) build -o bin/resnetgen ./cmd/resnetgen
	bin/resnetgen generate bench/specs/*.yaml -o bench/nets
	$(GO) build -o bin/bench/ ./bench/nets/.../cmd/...
	$(GO) run ./bench/train bench/specs/*.yaml | tee bench/results/train.md.new
	mv bench/results/train.md.new bench/results/train.md

bench-imagenet: ## ResNet-18 and ResNet-50 at 224 pixels beside PyTorch, ONNX Runtime and OpenVINO, half an hour; needs make peers
	mkdir -p bin/bench bench/results
	$(GO) build -o bin/resnetgen ./cmd/resnetgen
	for n in resnet18 resnet50; do bin/resnetgen generate spec/zoo/$$n.yaml -o bench/nets/$$n || exit 1; done
	$(GO) build -o bin/bench/ ./bench/nets/resnet18/cmd/resnet18 ./bench/nets/resnet50/cmd/resnet50
	$(GO) run ./bench/imagenet -python $(PEERS)/bin/python | tee bench/results/imagenet.md.new
	mv bench/results/imagenet.md.new bench/results/imagenet.md

bench-input: build ## the training step with real images beside that with a repeated batch, one and two threads
	@for threads in 1 2; do bin/resnet20 bench --mode input --data fashion-mnist --threads $$threads --steps 10 || exit 1; done

bench-mpi: ## ResNet-32 on two ranks of a thread beside one process of two threads, and the formula of docs/mpi.md; three minutes
	$(GO) build -o bin/resnetgen ./cmd/resnetgen
	bin/resnetgen generate spec/zoo/resnet32.yaml --with mpi -o bench/nets/mpi_resnet32
	mkdir -p bin/mpi
	$(GO) build -tags mpi -o bin/mpi/ ./bench/nets/mpi_resnet32/cmd/resnet32 ./bench/mpi/linkspeed
	OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 $(GO) run ./bench/mpi

bench-infer: build ## ResNet-32's inference package beside ONNX Runtime, one and two threads, two minutes; tools/setup onnx installs what it needs
	mkdir -p bench/results
	npm ci --ignore-scripts --no-audit --no-fund --silent --prefix tools/onnxtest
	$(GO) run ./bench/infer -trainer bin/resnet32 | tee bench/results/infer.md.new
	mv bench/results/infer.md.new bench/results/infer.md

bench-dashboard: ## what the dashboard costs of a training's images a second, with a page that looks at it
	$(GO) test -run '^$$' -bench Dashboard -benchtime 3000x ./generated

screenshot: ## docs/dashboard.png, docs/dashboard-phone.png and docs/serve.png, of ResNet-20; needs Debian's chromium
	$(GO) test -count 1 -tags campaign,tools -p 1 -run TestScreenshot -timeout 30m ./runtime/dashboard ./runtime/serve -args -screenshots $(CURDIR)/docs

bench-kernels: ## the convolutions beside oneDNN's, on the first core; needs g++ and Debian's libdnnl-dev
	mkdir -p bin bench/results
	$(CXX) -O2 -std=c++17 -Wall -Wextra -o bin/onednn bench/onednn/peer.cpp -ldnnl
	$(GO) build -o bin/kernels ./bench/kernels
	taskset -c 0 bin/kernels -peer bin/onednn | tee bench/results/kernels.md.new
	mv bench/results/kernels.md.new bench/results/kernels.md

clean:
	rm -rf bin demo dist runs

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12
