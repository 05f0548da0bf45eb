//go:build campaign && linux

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// network24 is what the two machines of TestMPINetwork share.
const network24 = "10.77.0"

// TestMPINetwork holds that ranks on two machines, which are network namespaces joined by a pair of
// virtual devices, come to the bits of one process over TCP, and that a run ends when the link
// between them is cut. It needs to be root.
func TestMPINetwork(t *testing.T) {
	first, second := machines(t)
	m := newMPI(t, []string{
		"ip", "netns", "exec", first, "unshare", "--uts", "sh", "-c", `hostname ` + first + `; exec "$@"`, "sh",
		"mpirun", "--host", network24 + ".1:1," + network24 + ".2:1", "--bind-to", "none",
		"--mca", "plm_rsh_agent", agent(t, second), "--mca", "btl", "tcp,self",
		"--mca", "btl_tcp_if_include", network24 + ".0/24", "--mca", "oob_tcp_if_include", network24 + ".0/24",
		// mpirun itself notices a machine that is gone after these 5 + 2·2 seconds: before a rank
		// ends the run, since a connection with an order on its way is not looked at for many
		// minutes.
		"--mca", "oob_tcp_keepalive_time", "5", "--mca", "oob_tcp_keepalive_intvl", "2",
		"--mca", "oob_tcp_keepalive_probes", "2",
	})
	m.trains(t, 2, t.TempDir())

	m.steps = 100_000
	out := t.TempDir()
	c, text, _ := m.begun(t, 2, out)
	m.endsSoon(t, "cut link", out, c, text, "has been silent for", func() error {
		return exec.Command("ip", "-n", second, "link", "set", "link0", "down").Run()
	})
}

// machines makes two network namespaces that reach each other.
func machines(t *testing.T) (first, second string) {
	t.Helper()
	name := func(i int) string { return fmt.Sprintf("rn%d-%d", os.Getpid(), i) }
	ip := func(arguments ...string) {
		if text, err := exec.Command("ip", arguments...).CombinedOutput(); err != nil {
			t.Fatalf("ip %v: %v\n%s; want to be root", arguments, err, text)
		}
	}
	for i := 1; i <= 2; i++ {
		ip("netns", "add", name(i))
		t.Cleanup(func() {
			endAllOn(t, name(i))
			ip("netns", "del", name(i))
		})
	}
	ip("link", "add", "link0", "netns", name(1), "type", "veth", "peer", "name", "link0", "netns", name(2))
	for i := 1; i <= 2; i++ {
		ip("-n", name(i), "addr", "add", fmt.Sprintf("%s.%d/24", network24, i), "dev", "link0")
		ip("-n", name(i), "link", "set", "lo", "up")
		ip("-n", name(i), "link", "set", "link0", "up")
	}
	return name(1), name(2)
}

// endAllOn ends what still runs on a machine: mpirun's daemon does, that no longer reaches mpirun.
func endAllOn(t *testing.T, machine string) {
	t.Helper()
	list, err := exec.Command("ip", "netns", "pids", machine).Output()
	if err != nil {
		t.Error(err)
	}
	for _, field := range strings.Fields(string(list)) {
		if pid, err := strconv.Atoi(field); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
		}
	}
}

// agent writes what mpirun starts processes on the other machine with, in place of ssh: with a
// host's name and a command.
func agent(t *testing.T, machine string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "agent")
	script := "#!/bin/sh\nshift\nexec ip netns exec " + machine +
		" unshare --uts sh -c 'hostname " + machine + "; exec \"$@\"' sh sh -c \"$*\"\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
