package f32

import (
	"fmt"
	"unsafe"

	"github.com/resnetgen/resnetgen/asm/cpu"
)

// family is a row of the table: kernels that belong together, K, in the versions that instruction
// sets have of them. A file of the family for an architecture adds what that has ([family.add]);
// the portable version is there always.
type family[K any] struct {
	name     string
	versions [cpu.Count]version[K]
}

// version is what runs at a level: that level's own kernels, or else those of the next lower one
// that has some.
type version[K any] struct {
	level       cpu.Level
	tile, limit string // what one step of its assembly covers, and which shapes it is limited to: for a person
	kernels     K
}

// newFamily returns a family that has no assembly yet. It may say why it needs none.
func newFamily[K any](name, needsNone string, portable K) *family[K] {
	f := &family[K]{name: name}
	for l := range f.versions {
		f.versions[l] = version[K]{limit: needsNone, kernels: portable}
	}
	return f
}

// add sets the version of a level. It also serves higher levels without a version of their own.
func (f *family[K]) add(level cpu.Level, tile, limit string, kernels K) {
	for l := level; l < cpu.Count && f.versions[l].level < level; l++ {
		f.versions[l] = version[K]{level, tile, limit, kernels}
	}
}

// active returns the kernels that run now.
func (f *family[K]) active() *K { return f.of(cpu.Active()) }

// of returns the kernels that run at a level.
func (f *family[K]) of(level cpu.Level) *K { return &f.versions[level].kernels }

// describe says what runs at a level.
func (f *family[K]) describe(active cpu.Level) Kernel {
	v := &f.versions[active]
	k := Kernel{Family: f.name, Implementation: v.level.String(), Why: cpu.Why()}
	if v.level == cpu.Portable {
		if v.limit != "" {
			k.Why = v.limit
		}
		return k
	}
	k.Implementation += ", " + v.tile
	if v.level < active {
		k.Why += "; no faster by " + active.String()
	}
	if v.limit != "" {
		k.Why += "; " + v.limit + ", else the level below"
	}
	return k
}

// own lists the levels with a version of their own: the portable one, and those added.
func (f *family[K]) own() []cpu.Level {
	var levels []cpu.Level
	for l := range f.versions {
		if f.versions[l].level == cpu.Level(l) {
			levels = append(levels, cpu.Level(l))
		}
	}
	return levels
}

// block is a kernel over [pixels][channels] that works on so many channels of all pixels in one
// call. It serves pixels whose number of channels has no bit of rest.
type block[A any] struct {
	channels, rest int
	run            func(a *A)
}

// blocks are the versions of such a kernel that an instruction set has, the widest first. Where
// none fits, the portable version takes all channels.
type blocks[A any] []block[A]

const (
	line   = 16       // channels of a cache line
	widest = 4 * line // channels of the widest block
)

// wider returns b with a kernel for so many channels in front: a power of two, and at first no more
// than a line. It serves pixels of whole lines, or of a multiple of its channels if that is less.
func (b blocks[A]) wider(channels int, run func(a *A)) blocks[A] {
	next, limit := 0, line
	if len(b) > 0 {
		next, limit = b[0].channels, widest
	}
	if !(channels > next && channels <= limit && channels&(channels-1) == 0) {
		panic(fmt.Sprintf("f32: got a block of %d channels before one of %d, want a power of two up to %d", channels, next, limit))
	}
	return append(blocks[A]{{channels, min(channels, line) - 1, run}}, b...)
}

// of returns the blocks that serve pixels of so many channels: none, or such that all channels have
// one.
func (b blocks[A]) of(channels int) blocks[A] {
	for len(b) > 0 && channels&b[0].rest != 0 {
		b = b[1:]
	}
	return b
}

// within returns the blocks that so many channels have room for.
func (b blocks[A]) within(left int) blocks[A] {
	for left < b[0].channels {
		b = b[1:]
	}
	return b
}

// scratch has room for a line-aligned pixel of the widest block, for kernels that write what nobody
// wants.
type scratch [widest + line - 1]float32

// pixel returns the pixel.
func (s *scratch) pixel() *float32 {
	return &s[-(uintptr(unsafe.Pointer(s))/unsafe.Sizeof(s[0]))%line]
}

// noescape returns p and hides this from the compiler's escape analysis. So the arguments can stay
// on the stack, although the compiler does not know which function of the table is called. No
// kernel keeps its arguments: this is their go:noescape.
func noescape[T any](p *T) *T {
	address := uintptr(unsafe.Pointer(p))
	return *(**T)(unsafe.Pointer(&address))
}

// part returns n elements of s from first on, as noescape does.
func part(s []float32, first, n int) []float32 {
	return unsafe.Slice(noescape(unsafe.SliceData(s[first:][:n])), n)
}
