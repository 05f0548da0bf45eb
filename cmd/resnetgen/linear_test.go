package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// counted are the packages whose statements TestLinear counts: the compiler's, and what works for
// it on the whole of a network.
var counted = strings.Join([]string{
	"github.com/resnetgen/resnetgen/cmd/resnetgen/...", "github.com/resnetgen/resnetgen/gen/...",
	"github.com/resnetgen/resnetgen/spec", "github.com/resnetgen/resnetgen/runtime/report",
	"github.com/dave/jennifer/jen", "go/printer", "slices", "text/tabwriter",
}, ",")

// TestLinear holds that the commands' work grows with a network as the network does. It counts how
// often each statement runs, in a program built to count them, for a chain of units and for one
// four times as long: four times as often, and for what takes a logarithm of the length a little
// more. A statement that is quadratic runs sixteen times as often.
func TestLinear(t *testing.T) {
	const short, factor, most = 150, 4, 8
	dir := t.TempDir()
	program := filepath.Join(dir, "resnetgen")
	runGo(t, "build", "-cover", "-covermode=count", "-coverpkg="+counted, "-o", program, ".")
	for _, form := range []struct {
		name      string
		recompute int
		settings  string
	}{
		{"basic", 0, "filters: [16, 16, 32]\nbottleneck: false"},
		{"bottleneck", 0, "filters: [16, 64, 128]\nbottleneck: true"},
		{"recompute", 5, "filters: [16, 64, 128]\nbottleneck: true"},
	} {
		t.Run(form.name, func(t *testing.T) {
			spec := func(units int) string {
				return fmt.Sprintf("name: chain\ninput: {height: 8, width: 8, channels: 3}\nclasses: 10\n%s\nstrides: [1, 2]\n"+
					"units: [%d, %d]\ntrain: {batch: 4, recompute: %d}\neval: {batch: 4}\n", form.settings, units/2, units-units/2, form.recompute)
			}
			few, many := statements(t, program, spec(short)), statements(t, program, spec(factor*short))
			if len(few) < 1000 {
				t.Fatalf("got %d statements that have run, want those of the compiler", len(few))
			}
			for at, n := range many {
				if n > most*max(few[at], short) {
					t.Errorf("%s: got %d times for %d units and %d times for %d, want at most %d times as often",
						at, few[at], short, n, factor*short, most)
				}
			}
		})
	}
}

// statements runs the commands on a spec, and returns how often each block of statements has run.
func statements(t *testing.T, program, spec string) map[string]int {
	t.Helper()
	dir := t.TempDir()
	counters := filepath.Join(dir, "counters")
	for name, text := range map[string]string{"go.mod": "module example.com/chain\n", "chain.yaml": spec} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(counters, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"info"}, {"info", "--json"}, {"graph"}, {"graph", "--format", "svg"}, {"generate"}, {"check"}, {"dump", "--pass", "plan"}, {"dump", "--pass", "infer/place"}} {
		cmd := exec.Command(program, append(args, "chain.yaml")...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOCOVERDIR="+counters, "GOMAXPROCS=1") // no count is lost
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("resnetgen %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	profile := filepath.Join(dir, "profile")
	runGo(t, "tool", "covdata", "textfmt", "-i", counters, "-o", profile)
	return readCounts(t, profile)
}

// readCounts reads lines of the form FILE:FROM,TO STATEMENTS COUNT, after the first.
func readCounts(t *testing.T, profile string) map[string]int {
	t.Helper()
	data, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 {
			continue
		}
		n, err := strconv.Atoi(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		counts[fields[0]] += n
	}
	return counts
}

func runGo(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
