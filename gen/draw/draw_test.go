package draw_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/gen/draw"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func describe(t *testing.T, name string, text []byte) *network.Info {
	t.Helper()
	net, err := spec.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	info, err := gen.Describe(net)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func fromZoo(t *testing.T, name string) *network.Info {
	t.Helper()
	text, err := zoo.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	return describe(t, name, text)
}

func svg(t *testing.T, info *network.Info) []byte {
	t.Helper()
	picture, err := draw.SVG(info)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// TestGolden compares pictures with those that someone has looked at and accepted: of a network of
// basic units, of one of bottlenecks, and of one that is folded.
func TestGolden(t *testing.T) {
	const form = "input: {height: 8, width: 8, channels: 3}\nclasses: 5\nstrides: [1, 2]\n"
	for name, text := range map[string]string{
		"basic":      form + "filters: [4, 4, 8]\nunits: [2, 1]\n",
		"bottleneck": form + "filters: [4, 8, 16]\nunits: [1, 2]\nbottleneck: true\nrelu_leakiness: 0\n",
		"folded":     form + "filters: [4, 4, 8]\nunits: [20, 3]\n",
	} {
		info := describe(t, name, []byte("name: "+name+"\n"+text))
		for extension, got := range map[string][]byte{".dot": draw.DOT(info), ".svg": svg(t, info)} {
			golden := filepath.Join("testdata", name+extension)
			if extension == ".dot" && name == "folded" {
				continue // DOT folds nothing
			}
			if *update {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(lines(want), lines(got)); diff != "" {
				t.Errorf("%s (−) and output (+) differ; look at it, then run with -update:\n%s", golden, diff)
			}
		}
	}
}

func lines(text []byte) []string { return strings.Split(string(text), "\n") }

// element is an element of a picture.
type element struct {
	name, class string
	numbers     map[string]int
}

// elements reads a picture as XML. It returns its elements and all its text.
func elements(t *testing.T, picture []byte) (all []element, text string) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(picture)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, text
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.CharData:
			text += string(token)
		case xml.StartElement:
			e := element{name: token.Name.Local, numbers: map[string]int{}}
			for _, a := range token.Attr {
				if n, err := strconv.Atoi(a.Value); err == nil {
					e.numbers[a.Name.Local] = n
				}
				if a.Name.Local == "class" {
					e.class = a.Value
				}
			}
			all = append(all, e)
		}
	}
}

func count(all []element, name, class string) (n int) {
	for _, e := range all {
		if e.name == name && e.class == class {
			n++
		}
	}
	return n
}

// TestSVG counts what a picture shows: all operations of a small network, and each different unit
// of a deep one once, with its shortcut. Nothing lies outside of the picture.
func TestSVG(t *testing.T) {
	for _, want := range []struct {
		network                                       string
		convs, adds, pools, shortcuts, frames, folded int
	}{
		{"resnet20", 19, 9, 2, 7 + 2*2, 12, 0},
		{"resnet110", 1 + 6*2, 6, 2, 4 + 2*2, 9, 3},
		{"resnet164", 1 + 6*3 + 3, 6, 0, 3 + 3*2, 9, 3},
		{"resnet1001", 1 + 6*3 + 3, 6, 0, 3 + 3*2, 9, 3},
	} {
		all, text := elements(t, svg(t, fromZoo(t, want.network)))
		for _, c := range []struct {
			name, class string
			want        int
		}{
			{"g", "conv", want.convs},
			{"g", "add", want.adds},
			{"g", "pool", want.pools},
			{"g", "dense", 1},
			{"path", "shortcut", want.shortcuts},
			{"rect", "unit", want.frames + want.folded},
		} {
			if got := count(all, c.name, c.class); got != c.want {
				t.Errorf("%s: got %d %s of class %q, want %d", want.network, got, c.name, c.class, c.want)
			}
		}
		if got := strings.Count(text, "… unit_"); got != want.folded {
			t.Errorf("%s: got %d folded runs, want %d", want.network, got, want.folded)
		}
		for _, e := range all[1:] {
			right, bottom := e.numbers["x"]+e.numbers["width"], e.numbers["y"]+e.numbers["height"]
			if all[0].numbers["width"] != 720 || right > 720 || bottom > all[0].numbers["height"] {
				t.Errorf("%s: got %v in a picture of %v", want.network, e, all[0].numbers)
			}
		}
	}
}

// TestShortcuts holds that DOT shows each edge once, and each shortcut's differently.
func TestShortcuts(t *testing.T) {
	for name, want := range map[string]int{"resnet20": 7 + 2*2, "resnet164": 51 + 3*2} {
		info := fromZoo(t, name)
		edges := 0
		for _, op := range info.Ops {
			edges += len(op.In)
		}
		text := string(draw.DOT(info))
		if got := strings.Count(text, " -> "); got != edges {
			t.Errorf("%s: got %d edges, want %d", name, got, edges)
		}
		if got := strings.Count(text, "style=dashed"); got != want {
			t.Errorf("%s: got %d dashed edges, want %d", name, got, want)
		}
	}
}

// TestHostileNames holds that names that no spec can have do no harm.
func TestHostileNames(t *testing.T) {
	const name = "a\"];b<script>&amp;\\\n\x1b\xff\u2028'"
	info := &network.Info{
		Name: name, Layers: []network.Layer{{Unit: name, Name: name}},
		Ops: []network.Op{
			{Kind: network.Image, Name: name}, {Kind: network.Conv, Name: name, In: []int{0}},
		},
	}
	all, text := elements(t, svg(t, info))
	if n := slices.IndexFunc(all, func(e element) bool { return e.name == "script" }); n >= 0 {
		t.Error("got an element from a name")
	}
	if want := "a\"];b<script>&amp;\\\n\ufffd\ufffd\u2028'"; strings.Count(text, want) != 5 {
		t.Errorf("got the text\n%s\nwant %q five times", text, want)
	}
	dot := string(draw.DOT(info))
	want := `"a\"];b<script>&amp;amp;\\` + "\ufffd\ufffd\ufffd\u2028" + `'"`
	if strings.Count(dot, want) != 4 {
		t.Errorf("got\n%s\nwant %s four times", dot, want)
	}
}
