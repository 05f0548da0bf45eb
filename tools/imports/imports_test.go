// Package imports holds the project's import policy, as ARCHITECTURE.md states it: data goes one
// way.
package imports

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/resnetgen/resnetgen"

// rule says what the packages under a folder import of this module and of others; std is free,
// unless stated otherwise. The longest matching folder decides.
type rule struct {
	own    []string // folders of this module
	others []string // modules
}

var policy = map[string]rule{
	"spec":                     {others: []string{"golang.org/x/text/unicode/norm", "gopkg.in/yaml.v3"}, own: []string{"internal/inputfile", "spec"}},
	"spec/internal":            {others: []string{"github.com/invopop/jsonschema"}, own: []string{"runtime/abi", "spec"}},
	"gen":                      {own: []string{"gen", "spec", "runtime/abi", "runtime/network"}},
	"gen/ir":                   {own: []string{"runtime/abi"}},
	"gen/lower":                {own: []string{"gen/ir", "runtime/abi", "runtime/network", "spec"}},
	"gen/pass":                 {own: []string{"gen/ir", "runtime/abi"}},
	"gen/emit":                 {own: []string{"gen/ir", "spec", "runtime/network"}, others: []string{"github.com/dave/jennifer", "github.com/dustin/go-humanize"}},
	"gen/draw":                 {own: []string{"runtime/network"}, others: []string{"github.com/dustin/go-humanize"}},
	"asm/cpu":                  {others: []string{"github.com/klauspost/cpuid/v2"}},
	"asm/f32":                  {own: []string{"asm/cpu"}},
	"asm/asmtest":              {own: []string{"asm"}, others: []string{"golang.org/x/sys"}},
	"runtime/abi":              {},
	"runtime/mem":              {own: []string{"runtime/abi"}, others: []string{"golang.org/x/sys"}},
	"runtime/par":              {},
	"runtime/network":          {own: []string{"runtime/abi", "runtime/par", "runtime/rng"}},
	"runtime/rng":              {own: []string{"asm/f32"}},
	"internal/atomicfile":      {others: []string{"github.com/google/renameio/v2", "golang.org/x/sys/windows"}},
	"internal/fuzzbound":       {},
	"internal/inputfile":       {},
	"internal/oracle":          {own: []string{"spec"}},
	"internal/printable":       {},
	"internal/thirdparty":      {},
	"internal/linktest":        {own: []string{"runtime/network"}},
	"internal/trainertest":     {own: []string{"gen", "spec"}},
	"internal/e2e":             {},
	"runtime/mpi":              {others: []string{"C"}},
	"runtime/ranks":            {own: []string{"runtime/cli", "runtime/mpi", "runtime/network", "runtime/train/distributed", "internal/printable"}, others: []string{"github.com/spf13/pflag"}},
	"runtime/internal":         {own: []string{"internal/atomicfile", "runtime/checkpoint", "runtime/classify", "runtime/dataset", "runtime/engine", "runtime/network", "runtime/nn", "runtime/rng"}},
	"runtime/conv":             {own: []string{"asm/f32", "runtime/abi", "runtime/par"}},
	"runtime/nn":               {own: []string{"asm/f32", "runtime/conv", "runtime/network", "runtime/abi", "runtime/mem", "runtime/par"}},
	"runtime/engine":           {own: []string{"asm/cpu", "asm/f32", "runtime/abi", "runtime/checkpoint", "runtime/classify", "runtime/conv", "runtime/mem", "runtime/network", "runtime/par", "runtime/preprocess"}},
	"runtime/report":           {own: []string{"runtime/network"}, others: []string{"github.com/dustin/go-humanize"}},
	"runtime/classify":         {own: []string{"asm/f32"}},
	"runtime/preprocess":       {own: []string{"internal/inputfile"}, others: []string{"golang.org/x/image"}},
	"runtime/dataset":          {own: []string{"internal/inputfile", "runtime/dataset", "runtime/internal/durable", "runtime/preprocess", "runtime/rng"}, others: []string{"github.com/hashicorp/go-retryablehttp", "golang.org/x/text/unicode/norm"}},
	"runtime/checkpoint":       {own: []string{"internal/inputfile", "runtime/abi", "runtime/network"}, others: []string{"github.com/nlpodyssey/safetensors"}},
	"runtime/checkpoint/store": {own: []string{"runtime/checkpoint", "runtime/internal/durable"}},
	"runtime/interchange":      {own: []string{"runtime/abi", "runtime/checkpoint", "runtime/network"}},
	"runtime/tfcheckpoint":     {own: []string{"internal/inputfile", "runtime/checkpoint", "runtime/internal/durable"}, others: []string{"google.golang.org/protobuf/encoding/protowire", "github.com/golang/snappy", "github.com/syndtr/goleveldb/leveldb"}},
	"runtime/onnx":             {own: []string{"internal/inputfile", "runtime/checkpoint", "runtime/internal/durable", "runtime/network"}, others: []string{"google.golang.org/protobuf/encoding/protowire"}},
	"runtime/roofline":         {own: []string{"asm/f32", "runtime/network", "runtime/par"}},
	"runtime/cli":              {own: []string{"internal/inputfile", "asm", "runtime", "internal/printable", "internal/thirdparty"}, others: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/sys", "golang.org/x/term", "github.com/vbauerster/mpb/v8", "github.com/lmittmann/tint", "github.com/dustin/go-humanize"}},
	"generated":                {own: []string{"runtime/abi", "runtime/conv", "runtime/mem", "runtime/network", "runtime/nn", "runtime/par"}},
	"cmd/resnetgen":            {own: []string{"internal/inputfile", "spec", "gen", "asm", "runtime/network", "runtime/report", "internal/atomicfile", "runtime/abi", "cmd/resnetgen", "internal/printable", "internal/thirdparty"}, others: []string{"github.com/spf13/cobra", "golang.org/x/mod", "github.com/dustin/go-humanize"}},
	"bench":                    {own: []string{"asm", "bench/internal", "runtime/abi", "runtime/nn", "runtime/par", "spec"}, others: []string{"github.com/dustin/go-humanize", "github.com/klauspost/cpuid/v2"}},
	"bench/mpi":                {own: []string{"runtime/ranks", "runtime/train/distributed"}, others: []string{"github.com/spf13/pflag"}},
	"bench/nets":               {own: []string{"bench/nets", "runtime"}},
	"demo":                     {own: []string{"demo", "runtime"}},
	"tools":                    {own: []string{"runtime/dataset"}},
	"tools/onnxtest":           {own: []string{"runtime/checkpoint", "runtime/dataset", "runtime/network", "runtime/onnx", "runtime/preprocess"}},
	"tools/compat":             {},
	"tools/samebits":           {own: []string{"spec"}, others: []string{"google.golang.org/protobuf/encoding/protowire"}},
	"tools/packaging":          {others: []string{"golang.org/x/mod"}},
	"tools/doctest":            {own: []string{"tools/packaging"}, others: []string{"github.com/yuin/goldmark"}},
	"tools/release":            {own: []string{"gen", "internal/atomicfile"}},
	"gen/parity":               {},
	"generated/infer":          {own: []string{"runtime/abi", "runtime/checkpoint", "runtime/classify", "runtime/conv", "runtime/engine", "runtime/mem"}},
	"generated/cmd":            {own: []string{"generated", "runtime"}},

	// A training: the loop, and the packages that do not know it.
	"runtime/train":             {own: []string{"runtime/checkpoint", "runtime/dataset", "runtime/internal/output", "runtime/network", "runtime/train/distributed", "runtime/train/divergence", "runtime/train/draw", "runtime/train/eval", "runtime/train/input", "runtime/train/partition", "runtime/train/recipe", "runtime/train/runs", "runtime/train/state"}},
	"runtime/train/watch":       {own: []string{"runtime/dataset", "runtime/internal/output", "runtime/network", "runtime/train/partition", "runtime/train/recipe", "runtime/train/runs"}},
	"runtime/train/draw":        {own: []string{"internal/printable", "runtime/train/eval", "runtime/train/runs"}, others: []string{"github.com/go-analyze/charts"}},
	"runtime/train/divergence":  {own: []string{"runtime/dataset", "runtime/network", "runtime/train/eval", "runtime/train/state"}},
	"runtime/train/partition":   {own: []string{"runtime/checkpoint", "runtime/dataset", "runtime/train/runs"}},
	"runtime/train/runs":        {own: []string{"internal/inputfile", "runtime/checkpoint", "runtime/dataset", "runtime/internal/durable", "runtime/internal/output", "runtime/train/input", "runtime/train/recipe", "runtime/train/state"}, others: []string{"github.com/gofrs/flock"}},
	"runtime/train/eval":        {own: []string{"runtime/dataset", "runtime/network", "runtime/nn", "runtime/train/distributed", "runtime/train/input", "runtime/train/recipe"}},
	"runtime/train/input":       {own: []string{"runtime/dataset", "runtime/network", "runtime/par"}},
	"runtime/train/state":       {own: []string{"runtime/abi", "runtime/checkpoint", "runtime/network"}},
	"runtime/train/distributed": {own: []string{"runtime/network", "runtime/par"}},
	"runtime/train/recipe":      {own: []string{"runtime/dataset"}},

	// Opt-in parts of a trainer, and what their tests drive.
	"runtime/tensorboard":      {own: []string{"runtime/cli", "runtime/dataset", "runtime/internal/output", "runtime/network", "runtime/train"}, others: []string{"github.com/spf13/pflag", "google.golang.org/protobuf/encoding/protowire"}},
	"runtime/dashboard":        {own: []string{"asm/cpu", "runtime/cli", "runtime/internal/budget", "runtime/internal/loopback", "runtime/network", "runtime/roofline", "runtime/train"}, others: []string{"github.com/spf13/cobra", "github.com/spf13/pflag"}},
	"runtime/serve":            {own: []string{"runtime/classify", "runtime/cli", "runtime/internal/budget", "runtime/internal/loopback", "runtime/preprocess"}, others: []string{"github.com/go-json-experiment/json/jsontext", "github.com/prometheus/client_golang", "github.com/spf13/cobra", "golang.org/x/sys/unix"}},
	"runtime/internal/budget":  {others: []string{"golang.org/x/sys/unix"}},
	"runtime/internal/browser": {others: []string{"github.com/chromedp"}},
}

// linked is all that a generated network may link besides the standard library, whatever its
// packages import: this module's part is held by the table.
var linked = []string{"github.com/klauspost/cpuid/v2", "golang.org/x/sys"}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string

	TestImports, XTestImports []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	return listFor(t, nil, args...)
}

// listFor lists packages as they are on another system.
func listFor(t *testing.T, env []string, args ...string) []listed {
	t.Helper()
	list := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Standard,Imports,TestImports,XTestImports,Deps"}, args...)...)
	list.Env = append(os.Environ(), env...)
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", errors.Join(err, stderrOf(err)))
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func stderrOf(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return errors.New(string(exit.Stderr))
	}
	return nil
}

// folderOf is a package's place in the policy.
func folderOf(path string) string {
	folder := strings.TrimPrefix(path, module+"/")
	if strings.HasPrefix(folder, "generated/") && strings.Contains(folder, "/cmd/") {
		return "generated/cmd"
	}
	if strings.HasPrefix(folder, "generated/") && strings.HasSuffix(folder, "/infer") {
		return "generated/infer"
	}
	return folder
}

func within(path string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return path == f || strings.HasPrefix(path, f+"/") })
}

// ruleFor returns the folder of the rule for a folder, and the rule.
func ruleFor(folder string) (string, rule, bool) {
	for {
		if r, ok := policy[folder]; ok {
			return folder, r, true
		}
		i := strings.LastIndexByte(folder, '/')
		if i < 0 {
			return "", rule{}, false
		}
		folder = folder[:i]
	}
}

// systems are those whose files are held to the policy, and whose imports use its permissions.
var systems = [][]string{nil, {"GOOS=windows"}, {"GOOS=darwin"}, {"GOFLAGS=-tags=mpi,campaign", "CGO_ENABLED=1"}}

func TestPolicy(t *testing.T) {
	used := map[string]bool{} // the folder of a rule; likewise with what it permits: "gen spec"
	for _, env := range systems {
		for _, p := range listFor(t, env, module+"/...") {
			checkImports(t, folderOf(p.ImportPath), p.Imports, used)
		}
	}
	for folder, r := range policy {
		for _, permitted := range slices.Concat(r.own, r.others) {
			if used[folder] && !used[folder+" "+permitted] {
				t.Errorf("%s may import %s, but does not: want no permission that nobody uses", folder, permitted)
			}
		}
	}
}

// checkImports holds one package's imports to its folder's rule, and notes which permissions they
// use.
func checkImports(t *testing.T, folder string, imports []string, used map[string]bool) {
	rule, r, ok := ruleFor(folder)
	if !ok {
		t.Errorf("%s: got no rule, want one in the policy", folder)
		return
	}
	used[rule] = true
	for _, path := range imports {
		permitted := r.others
		path, own := strings.CutPrefix(path, module+"/")
		if own {
			permitted = r.own
		} else if path != "C" && !strings.Contains(strings.Split(path, "/")[0], ".") {
			continue // the standard library
		}
		i := slices.IndexFunc(permitted, func(f string) bool { return within(path, []string{f}) })
		if i < 0 {
			t.Errorf("%s imports %s, want only %s", folder, path, strings.Join(permitted, ", "))
			continue
		}
		used[rule+" "+permitted[i]] = true
	}
}

func TestNoPackageInRuntimeItself(t *testing.T) {
	for _, p := range list(t, module+"/...") {
		if p.ImportPath == module+"/runtime" || p.ImportPath == module {
			t.Errorf("got a package %s, want none there", p.ImportPath)
		}
	}
}

// TestGeneratedNetworkLinks holds what a user's binary gets with a network, and with an inference
// package.
func TestGeneratedNetworkLinks(t *testing.T) {
	for root, more := range map[string][]string{
		"runtime/nn": nil, "runtime/engine": {"github.com/nlpodyssey/safetensors", "golang.org/x/image"},
	} {
		allowed := append(more, linked...)
		for _, p := range list(t, module+"/"+root) {
			for _, dep := range p.Deps {
				if !strings.HasPrefix(dep, module) && strings.Contains(strings.Split(dep, "/")[0], ".") && !within(dep, allowed) {
					t.Errorf("%s links %s, want only %s", root, dep, strings.Join(allowed, ", "))
				}
			}
		}
	}
}

// TestOptInParts holds that what every trainer links brings no part, and none of a part's
// libraries. Of protobuf it has the wire's encoding, which is small, and neither messages nor
// reflection.
func TestOptInParts(t *testing.T) {
	parts := []string{module + "/runtime/dashboard", module + "/runtime/serve", module + "/runtime/tensorboard", "github.com/prometheus", "google.golang.org/protobuf/proto", "google.golang.org/protobuf/reflect", "github.com/chromedp"}
	for _, p := range list(t, module+"/runtime/cli") {
		for _, dep := range p.Deps {
			if within(dep, parts) {
				t.Errorf("runtime/cli links %s, want it in trainers with that part only", dep)
			}
		}
	}
}
