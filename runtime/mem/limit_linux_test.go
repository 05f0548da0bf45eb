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

// room names the environment variable that makes this test binary take an arena with so many bytes of address space left.
const room = "RESNETGEN_TEST_ROOM"

// limited is the arena that it takes.
const limited = 4 * piece

func TestMain(m *testing.M) {
	left, err := strconv.ParseUint(os.Getenv(room), 10, 64)
	if err != nil {
		os.Exit(m.Run())
	}
	if err := limit(left); err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	a, err := tryNew(limited)
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

// TestLimit holds that an arena is there or is refused with its size, at whatever limit of address space: Go never ends
// the process.
func TestLimit(t *testing.T) {
	refused, given := 0, 0
	for left := 0; left <= limited+4*piece; left += piece / 4 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", room, left))
		out, err := cmd.CombinedOutput()
		switch {
		case err == nil:
			given++
		case cmd.ProcessState.ExitCode() == 1 && strings.TrimSpace(string(out)) == (&OutOfMemory{limited}).Error():
			refused++
		default:
			t.Fatalf("%d bytes left: got %v and\n%.500s\nwant an arena of %d bytes, or its size", left, err, out, int64(limited))
		}
	}
	if refused == 0 || given == 0 {
		t.Errorf("got %d refused and %d given, want both", refused, given)
	}
}
