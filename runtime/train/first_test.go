package train

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// TestFirstVersion resumes a run of the first version, which was stopped at step 24, to the
// variables of that version's end; of one whose records and settings are lost, too.
func TestFirstVersion(t *testing.T) {
	const stopped = "testdata/first-version"
	want, err := checkpoint.Read(filepath.Join(stopped, "end.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, lost := range [][]string{nil, {runs.SettingsFile}, {runs.EvalCSV, runs.TrainCSV}, {runs.SettingsFile, runs.EvalCSV, runs.SpeedCSV, runs.TrainCSV}} {
		out := runs.Folder(filepath.Join(t.TempDir(), "run"))
		if err := os.CopyFS(string(out), os.DirFS(stopped)); err != nil {
			t.Fatal(err)
		}
		for _, name := range lost {
			if err := os.WriteFile(out.Path(name), []byte("\x00\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		o := options(string(out), &recorder{})
		o.Resume, o.SaveEvery = true, 5
		notes := noting(&o)
		result, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := checkpoint.Read(result.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(got.Tensors, want.Tensors, func(a, b checkpoint.Tensor) bool {
			return a.Name == b.Name && equalBits(a.Float32, b.Float32) && slices.Equal(a.Int64, b.Int64)
		}) {
			t.Errorf("without %q: got another end", lost)
		}
		said := strings.Join(*notes, "\n")
		for _, name := range lost {
			if string(read(t, out.Path(filepath.Join("damaged", name)))) != "\x00\n" {
				t.Errorf("without %q: %s is not kept aside", lost, name)
			}
			if !strings.Contains(said, filepath.Join(string(out), name)) {
				t.Errorf("without %q: got notes %q, want each named", lost, *notes)
			}
		}
		if len(lost) == 0 && len(*notes) > 0 {
			t.Errorf("got notes %q, want none", *notes)
		}
	}
}
