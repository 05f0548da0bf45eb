package f32

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/asm/cpu"
)

// familyTests has what is tested of each family of the table: a new one gets a line.
var familyTests = []*familyTest{
	&convTest,
	&outerTest,
	&winogradTest,
	&winogradWeightsTest,
	&winogradBlockTest,
	&normTest,
	&storeTest,
	&unitEndTest,
	&momentsTest,
	&sumActivateTest,
	&poolTest,
	&elementwiseTest,
	&optimizerTest,
	&peakTest,
	&softmaxTest,
}

// familyTest is a family, the properties that compare its levels with the definition, bit for bit,
// and its exported functions.
type familyTest struct {
	family row
	bits   map[string]property
	calls  []call
}

// property holds for any shapes that it draws, with random values and guarded buffers.
type property func(t *rapid.T, r *rand.Rand, g *asmtest.Guards)

// rounds runs a property on drawn shapes, with buffers against the upper and against the lower
// guards.
func rounds(t *testing.T, property property) {
	guards := asmtest.NewGuards(t, 16, 1<<16)
	asmtest.EachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			guards.Reset(rapid.Bool().Draw(t, "high"))
			defer guards.Close(t)
			property(t, r, guards)
		})
	})
}

// normal returns n random values.
func normal(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// lattice returns n small whole numbers: their sums of products are exact in any order.
func lattice(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.IntN(17) - 8)
	}
	return s
}

// drawPixels draws a number of channels, more often one that is a multiple of a register's, and of
// pixels.
func drawPixels(t *rapid.T) (channels, pixels int) {
	channels = rapid.OneOf(rapid.SampledFrom([]int{8, 16, 24, 32, 40, 48, 64, 112, 160, 528}), rapid.IntRange(1, 20)).Draw(t, "channels")
	return channels, rapid.IntRange(1, 20).Draw(t, "pixels")
}

// TestBits compares every level of every family with the definition, bit for bit.
func TestBits(t *testing.T) {
	for _, test := range familyTests {
		for name, property := range test.bits {
			t.Run(name, func(t *testing.T) { rounds(t, property) })
		}
	}
}

// TestTable holds that the table has every family and that each is tested: all that have assembly
// bit for bit.
func TestTable(t *testing.T) {
	tested := map[row]*familyTest{}
	for _, test := range familyTests {
		tested[test.family] = test
	}
	measures := row(peakFamily)
	for _, family := range table {
		test, name := tested[family], family.describe(cpu.Portable).Family
		if test == nil {
			t.Errorf("%s: got no line in familyTests, want one", name)
		} else if len(test.bits) == 0 && family != measures && len(family.own()) > 1 {
			t.Errorf("%s: got nothing that compares its levels, want some", name)
		}
		delete(tested, family)
	}
	for family := range tested {
		t.Errorf("%s: got no line in the table, want one", family.describe(cpu.Portable).Family)
	}
	made := 0
	eachCall(t, func(name string) {
		if name == "newFamily" {
			made++
		}
	})
	if made != len(table) {
		t.Errorf("got %d families in the table, want all %d that are made", len(table), made)
	}
}

// TestExported holds that the arguments of every exported function that takes slices are tested.
func TestExported(t *testing.T) {
	tested := map[string]bool{
		"NewTiles":   true, // by TestNewTilesArguments
		"SumSquares": true, // takes any slice
	}
	for _, test := range familyTests {
		for _, c := range test.calls {
			tested[c.name] = true
		}
	}
	exported, functions := 0, map[string]bool{} // whose names a method's has to differ from
	eachDeclaration(t, func(d *ast.FuncDecl) { functions[d.Name.Name] = functions[d.Name.Name] || d.Recv == nil })
	eachDeclaration(t, func(d *ast.FuncDecl) {
		if !d.Name.IsExported() {
			return
		}
		name := d.Name.Name
		if d.Recv != nil && !tested[name] || d.Recv != nil && functions[name] {
			name = d.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name + "." + name
		}
		for _, field := range d.Type.Params.List {
			if _, slice := field.Type.(*ast.ArrayType); slice && !tested[name] {
				t.Errorf("%s: got no call in a familyTest, want one", name)
			} else if slice {
				exported++
			}
		}
	})
	if exported == 0 {
		t.Error("got no exported function, want some")
	}
}

// eachDeclaration calls f for the functions and methods of the package's own files.
func eachDeclaration(t *testing.T, f func(d *ast.FuncDecl)) {
	for _, file := range sources(t) {
		for _, d := range file.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				f(d)
			}
		}
	}
}

// eachCall calls f with the name of every function that is called by its name alone.
func eachCall(t *testing.T, f func(name string)) {
	for _, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if name, ok := c.Fun.(*ast.Ident); ok {
					f(name.Name)
				}
			}
			return true
		})
	}
}

// sources parses the package's own files, of all architectures.
func sources(t *testing.T) []*ast.File {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// TestBlocks holds which blocks serve how many channels, and that they serve all or none.
func TestBlocks(t *testing.T) {
	none := func(*int) {}
	narrow := blocks[int](nil).wider(16, none)
	wide := blocks[int](nil).wider(8, none).wider(16, none).wider(32, none).wider(64, none)
	for _, test := range []struct {
		blocks   blocks[int]
		channels int
		want     []int
	}{
		{nil, 16, nil},
		{narrow, 7, nil},
		{narrow, 16, []int{16}},
		{narrow, 24, nil},
		{narrow, 48, []int{16, 16, 16}},
		{wide, 12, nil},
		{wide, 24, []int{8, 8, 8}},
		{wide, 40, []int{8, 8, 8, 8, 8}},
		{wide, 112, []int{64, 32, 16}},
		{wide, 160, []int{64, 64, 32}},
	} {
		var got []int
		if b := test.blocks.of(test.channels); len(b) > 0 {
			for c := 0; c < test.channels; c += b[0].channels {
				b = b.within(test.channels - c)
				got = append(got, b[0].channels)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%d channels: got blocks of %v, want %v", test.channels, got, test.want)
		}
	}
	for _, bad := range []struct {
		blocks   blocks[int]
		channels int
	}{{nil, 32}, {nil, 0}, {nil, 12}, {nil, -8}, {narrow, 8}, {narrow, 16}, {narrow, 48}, {wide, 128}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a block of %d channels in front of %v: got no panic, want one", bad.channels, bad.blocks)
				}
			}()
			bad.blocks.wider(bad.channels, none)
		}()
	}
}
