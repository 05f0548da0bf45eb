//go:build campaign && linux

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// faultSteps is how long the runs are that meet a fault; they write a checkpoint after every second
// step.
const faultSteps = 16

// faults is the campaign: a trainer, and the checkpoint that its run ends with if nothing goes
// wrong.
type faults struct {
	bin   string
	want  []byte
	whole runs.Folder // that run's
}

// TestFaults holds what becomes of runs whose folder fails them, with a real trainer: it says what
// is wrong, leaves nothing half-written, loses nothing that it has in memory, and ends with the
// same bits once it can. It mounts small file systems, for which it needs a mount namespace of its
// own: make test-faults.
func TestFaults(t *testing.T) {
	f := &faults{bin: trainer(t, "resnet20"), whole: runs.Folder(filepath.Join(t.TempDir(), "run"))}
	if code, text := f.start(t, nil, string(f.whole)).end(); code != 0 {
		t.Fatalf("got exit code %d\n%s", code, text)
	}
	f.want = content(t, f.whole.Checkpoint(faultSteps))
	t.Run("full disk that is emptied", f.fullDisk)
	t.Run("full disk that stays full", f.fullDiskThatStays)
	t.Run("full disk at the start", f.fullDiskAtTheStart)
	t.Run("read-only disk", f.readOnlyDisk)
	t.Run("folder without permission", f.noPermission)
	t.Run("lost folder", f.lostFolder)
	t.Run("lost disk", f.lostDisk)
	t.Run("damaged checkpoints", f.damaged)
}

// start begins a run in a folder, behind a prefix of the command.
func (f *faults) start(t *testing.T, prefix []string, out string, more ...string) *run {
	t.Helper()
	arguments := append(prefix, f.bin, "train", "--data", "fashion-mini",
		"--steps", fmt.Sprint(faultSteps), "--save-every", "2", "--seed", "7", "--threads", "2", "--out", out)
	arguments = append(arguments, more...)
	process := exec.CommandContext(t.Context(), arguments[0], arguments[1:]...)
	r := &run{process: process, ended: make(chan struct{}), out: runs.Folder(out)}
	r.process.Stdout, r.process.Stderr = &r.output, &r.output
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.ended)
		_ = r.process.Wait() // its state has the exit code
	}()
	return r
}

// endsWell fails unless the run ends as one that nothing has happened to.
func (f *faults) endsWell(t *testing.T, r *run) {
	t.Helper()
	if code, text := r.end(); code != 0 {
		t.Fatalf("got exit code %d\n%s", code, text)
	}
	if !bytes.Equal(content(t, r.out.Checkpoint(faultSteps)), f.want) {
		t.Error("got another last checkpoint than that of the run that nothing has happened to")
	}
	whole(t, r.out)
}

func (f *faults) fullDisk(t *testing.T) {
	dir := disk(t)
	r := f.start(t, nil, filepath.Join(dir, "run"))
	r.begun(t)
	r.says(t, "no space left on device; the training continues, and tries again in 1s", func() { fill(t, dir) })
	empty(t, dir)
	r.says(t, "written now", func() {})
	f.endsWell(t, r)
}

func (f *faults) fullDiskThatStays(t *testing.T) {
	dir := disk(t)
	r := f.start(t, nil, filepath.Join(dir, "run"), "--retry-for", "1s")
	r.begun(t)
	r.says(t, "no space left on device", func() { fill(t, dir) })
	code, text := r.end()
	want := fmt.Sprintf("resnet20: step %d could not be written: ", faultSteps)
	if code != 1 || !strings.Contains(text, want) ||
		!strings.Contains(text, "no space left on device; --resume continues from "+string(r.out)) {
		t.Errorf("got exit code %d, want 1 and how to go on\n%s", code, text)
	}
	whole(t, r.out)
	empty(t, dir)
	f.endsWell(t, f.start(t, nil, string(r.out), "--resume"))
}

func (f *faults) fullDiskAtTheStart(t *testing.T) {
	dir := disk(t)
	fill(t, dir)
	r := f.start(t, nil, filepath.Join(dir, "run"))
	if code, text := r.end(); code != 1 || !strings.Contains(text, "no space left on device") {
		t.Errorf("got exit code %d, want 1 and why\n%s", code, text)
	}
	whole(t, r.out)
	empty(t, dir)
	f.endsWell(t, f.start(t, nil, string(r.out)))
}

// readOnlyDisk puts a read-only view of the disk over it, not the disk itself, which cannot be had
// while the run's log is open.
func (f *faults) readOnlyDisk(t *testing.T) {
	dir := disk(t)
	r := f.start(t, nil, filepath.Join(dir, "run"))
	r.begun(t)
	for _, flags := range []uintptr{syscall.MS_BIND, syscall.MS_REMOUNT | syscall.MS_BIND | syscall.MS_RDONLY} {
		if err := syscall.Mount(dir, dir, "", flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	r.says(t, "read-only file system; the training continues", func() {})
	if err := syscall.Unmount(dir, 0); err != nil {
		t.Fatal(err)
	}
	f.endsWell(t, r)
}

// noPermission takes root's right to write everywhere from the trainer, if the test runs as root.
func (f *faults) noPermission(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	r := f.start(t, []string{"setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"}, out)
	r.begun(t)
	checkpoints := filepath.Join(out, "checkpoints")
	if err := os.Chmod(checkpoints, 0o555); err != nil {
		t.Fatal(err)
	}
	r.says(t, "permission denied; the training continues", func() {})
	if err := os.Chmod(checkpoints, 0o755); err != nil {
		t.Fatal(err)
	}
	f.endsWell(t, r)
}

func (f *faults) lostFolder(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	r := f.start(t, nil, out)
	r.begun(t)
	r.says(t, "was missing, and is written again", func() {
		if err := os.RemoveAll(out); err != nil && !errors.Is(err, syscall.ENOTEMPTY) { // while it is written to
			t.Fatal(err)
		}
	})
	f.endsWell(t, r)
}

func (f *faults) lostDisk(t *testing.T) {
	dir := disk(t)
	r := f.start(t, nil, filepath.Join(dir, "run"))
	r.begun(t)
	if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	r.says(t, "was missing, and is written again", func() {})
	f.endsWell(t, r)
}

// damaged damages the newest checkpoint in each way that disks and people have, and goes on from
// the one before.
func (f *faults) damaged(t *testing.T) {
	header := 8 + int(f.want[0]) | int(f.want[1])<<8 | int(f.want[2])<<16
	flip := func(at int) []byte {
		data := bytes.Clone(f.want)
		data[at] ^= 0x10
		return data
	}
	settings := bytes.Index(f.want, []byte("settings"))
	if settings < 0 || settings > header {
		t.Fatalf("got settings at %d, want them in the header of %d bytes", settings, header)
	}
	for name, data := range map[string][]byte{
		"empty":                   {},
		"one byte":                f.want[:1],
		"the header's size alone": f.want[:8],
		"half of the header":      f.want[:header/2],
		"the header alone":        f.want[:header],
		"half of the data":        f.want[:(header+len(f.want))/2],
		"a byte short":            f.want[:len(f.want)-1],
		"a byte long":             append(bytes.Clone(f.want), 0),
		"zeros":                   make([]byte, len(f.want)),
		"a header of garbage":     append(bytes.Repeat([]byte("garbage!"), header/8), f.want[header/8*8:]...),
		"a bit of the size":       flip(1),
		"a bit of the settings":   flip(settings + 14),
		"a bit of the first data": flip(header),
		"a bit in the middle":     flip((header + len(f.want)) / 2),
		"a bit of the last byte":  flip(len(f.want) - 1),
	} {
		t.Run(name, func(t *testing.T) {
			out := runs.Folder(filepath.Join(t.TempDir(), "run"))
			if err := os.CopyFS(string(out), os.DirFS(string(f.whole))); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(out.Checkpoint(faultSteps), data, 0o600); err != nil {
				t.Fatal(err)
			}
			r := f.start(t, nil, string(out), "--resume")
			f.endsWell(t, r)
			if text := r.String(); !strings.Contains(text, "skipped: ") ||
				!strings.Contains(text, out.Checkpoint(faultSteps)) ||
				!strings.Contains(text, fmt.Sprintf("resuming after step %d of %d", faultSteps-2, faultSteps)) {
				t.Errorf("got %s, want the damaged checkpoint named, and the one before taken", text)
			}
		})
	}
}
