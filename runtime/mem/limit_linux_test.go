//go:build !race

package mem

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The environment variables that make this test binary take an arena of a size with so many bytes
// of address space left.
const (
	room  = "RESNETGEN_TEST_ROOM"
	asked = "RESNETGEN_TEST_ASKED"
)

func TestMain(m *testing.M) {
	left, err := strconv.ParseUint(os.Getenv(room), 10, 64)
	if err != nil {
		os.Exit(m.Run())
	}
	size, err := strconv.ParseInt(os.Getenv(asked), 10, 64)
	if err != nil {
		panic(err)
	}
	if err := limit(left); err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	a, err := tryNew(size)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	clear(a.bytes)
}

// limit leaves the process so many bytes of address space more than it has.
func limit(left uint64) error {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	var pages uint64
	if _, err := fmt.Sscan(string(statm), &pages); err != nil {
		return err
	}
	now := pages * uint64(os.Getpagesize())
	return unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: now + left, Max: unix.RLIM_INFINITY})
}

// TestLimit holds that an arena is there or is refused with its size, at whatever limit of address
// space: Go never ends the process.
func TestLimit(t *testing.T) {
	for _, size := range []int64{small, piece / 2, 2 * piece} {
		refused, given := 0, 0
		for left := int64(0); left <= size+4*piece; left += piece / 8 {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", room, left), fmt.Sprintf("%s=%d", asked, size))
			out, err := cmd.CombinedOutput()
			switch {
			case err == nil:
				given++
			case cmd.ProcessState.ExitCode() == 1 && strings.TrimSpace(string(out)) == (&OutOfMemory{size}).Error():
				refused++
			default:
				t.Fatalf("%d bytes left: got %v and\n%.500s\nwant an arena of %d bytes, or its size", left, err, out, size)
			}
		}
		if refused == 0 || given == 0 {
			t.Errorf("%d bytes: got %d refused and %d given, want both", size, refused, given)
		}
	}
}
