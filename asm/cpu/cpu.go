// Package cpu decides, once at the start of the program, which implementation of the kernels this
// machine runs. Every implementation gives the same bits, so the choice changes speed alone.
//
// The choice is the best [Level] that the CPU and its operating system support. Three things lower
// it: the environment variable RESNETGEN_CPU (portable, avx2 or avx512), the build tag purego, and
// an architecture without assembly.
package cpu

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/klauspost/cpuid/v2"
)

// Variable is the environment variable that lowers the level: portable, avx2 or avx512.
const Variable = "RESNETGEN_CPU"

// Level is an instruction set with kernels of its own. A higher level includes the lower ones.
type Level int

// The levels, lowest first.
const (
	Portable Level = iota // Go code, every architecture: the definition of every result
	AVX2                  // AVX2 and FMA3, with the operating system saving the 256-bit registers
	AVX512                // AVX-512 Foundation, for the kernels that it makes faster; the others run as AVX2

	Count // how many levels there are
)

var levelNames = [...]string{Portable: "portable", AVX2: "avx2", AVX512: "avx512"}

// String returns the level's name, as RESNETGEN_CPU spells it.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// choice is what the start of the program decided.
type choice struct {
	level Level
	why   string
	err   error
}

var (
	best, bestWhy = detect()
	chosen        = choose(os.Getenv(Variable), best, bestWhy)
	active        atomic.Int32
)

func init() { active.Store(int32(chosen.level)) }

// choose combines the level named by the variable with the best level that can run, and the reason
// for it.
func choose(value string, best Level, bestWhy string) choice {
	c := choice{level: best, why: bestWhy}
	if value == "" {
		return c
	}
	want := Level(slices.Index(levelNames[:], value))
	switch {
	case want < 0:
		c.err = fmt.Errorf("%s: got %q, want %s", Variable, value, strings.Join(levelNames[:], ", "))
	case want > best:
		c.err = fmt.Errorf("%s: got %q, want at most %s: %s", Variable, value, best, bestWhy)
	default:
		c.level, c.why = want, fmt.Sprintf("%s=%s", Variable, value)
	}
	return c
}

// Active returns the level that kernels run at now.
func Active() Level { return Level(active.Load()) }

// Best returns the highest level that this build, CPU and operating system can run, whatever
// RESNETGEN_CPU says.
func Best() Level { return best }

// Err returns what is wrong with RESNETGEN_CPU: an unknown value, or a level that cannot run here.
// [Active] is then what it would be without the variable. Programs with an exit code check it
// first.
func Err() error { return chosen.err }

// Why returns the reason for the level that the start of the program chose, for a person to read.
func Why() string { return chosen.why }

// Levels lists the levels for tests, lowest first: those that this machine runs. If RESNETGEN_CPU
// names one, it is the last, even if this machine lacks it. Then [Set] panics, so the test does not
// pass by skipping it.
func Levels() []Level { return levels(os.Getenv(Variable), best) }

func levels(value string, best Level) []Level {
	top := best
	if named := slices.Index(levelNames[:], value); named >= 0 {
		top = Level(named)
	}
	all := make([]Level, 0, top+1)
	for l := Portable; l <= top; l++ {
		all = append(all, l)
	}
	return all
}

// Set makes kernels run at level until restore is called; RESNETGEN_CPU does not limit it. It is
// for tests and benchmarks, and must not run beside a kernel. It panics if this build or CPU cannot
// run level.
func Set(level Level) (restore func()) {
	if level < Portable || level > best {
		panic(fmt.Sprintf("cpu: Set: got %s, want %s to %s: %s", level, Portable, best, bestWhy))
	}
	previous := active.Swap(int32(level))
	return func() { active.Store(previous) }
}

// Features lists the features of this CPU that cpuid finds, by its names, sorted.
func Features() []string {
	features := cpuid.CPU.FeatureSet()
	slices.Sort(features)
	return features
}

// String describes the choice in a line: the CPU, the level and the reason for it.
func String() string {
	name := cpuid.CPU.BrandName
	if name == "" {
		name = "unnamed CPU"
	}
	return fmt.Sprintf("%s: %s (%s)", name, Active(), Why())
}
