package gen_test

import (
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/internal/fuzzbound"
	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

// FuzzCompile holds that a spec that is valid compiles, within a bound on memory and time for each
// of its residual units.
func FuzzCompile(f *testing.F) {
	for _, name := range zoo.Names() {
		data, err := zoo.Read(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("name: a\ninput: {height: 65536, width: 1, channels: 1}\nclasses: 65536\nfilters: [1, 1]\nstrides: [65536]\nunits: 1\n"))
	f.Add([]byte("name: a\ninput: {height: 8, width: 8, channels: 1}\nclasses: 2\nunits: 1000000000\n"))
	f.Add([]byte("name: a\ninput: {height: 8, width: 8, channels: 1}\nclasses: 2\nfilters: [4, 4, 4]\nstrides: [1, 1]\nunits: [20, 3]\nbottleneck: true\ntrain: {batch: 65536, recompute: 2}\n"))
	bound := fuzzbound.Bound{Memory: 16 << 20, MemoryPerByte: 2 << 20, Time: time.Second, TimePerByte: 50 * time.Millisecond}
	f.Fuzz(func(t *testing.T, data []byte) {
		net, err := spec.Parse("net.yaml", data)
		if err != nil {
			return
		}
		units := 0
		for _, n := range net.Units {
			units += n
		}
		if units > 100 {
			return // linear: what is measured of a few holds
		}
		bound.Check(t, units, func() {
			if _, err := gen.Compile(net, gen.Options{ImportPath: "example.com/net"}); err != nil {
				t.Error(err)
			}
		})
	})
}
