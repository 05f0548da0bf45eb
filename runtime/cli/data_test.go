package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// photos makes a folder of images, n of each class of the network.
func photos(t *testing.T, n int) string {
	t.Helper()
	return photosOf(t, n, program.Recipe.Labels...)
}

// photosOf makes a folder of images, n of each class, each bright in its class's column.
func photosOf(t *testing.T, n int, classes ...string) string {
	t.Helper()
	dir := t.TempDir()
	for label, class := range classes {
		if err := os.Mkdir(filepath.Join(dir, class), 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			drawColumn(t, filepath.Join(dir, class, fmt.Sprintf("%d.png", i)), 12, 16+i, label)
		}
	}
	return dir
}

// TestPhotos trains on images, which are split and made to fit, and evaluates on the same split.
func TestPhotos(t *testing.T) {
	dir, runDir := photos(t, 10), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", dir, "--epochs", "9", "--out", runDir)
	out, _ := run(t, done, "eval", "--data", dir, "--checkpoint", runDir)
	if !strings.Contains(out, "test accuracy 100.00 % of 3 images") {
		t.Errorf("got %q, want all of three right", out)
	}
	out, _ = run(t, done, "predict", "--checkpoint", runDir, filepath.Join(dir, "right", "3.png"))
	if !strings.Contains(strings.SplitN(out, "\n", 3)[1], "right") {
		t.Errorf("got\n%s\nwant class right first", out)
	}
}

// TestDataCheck reports what is in a folder, and exits 1 where that is not as it should be.
func TestDataCheck(t *testing.T) {
	out, _ := run(t, done, "data", "check", data(t, 9, 3))
	for _, want := range []string{"9 training and 9 test images of 3 classes", "       3         3  left"} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %q in it", out, want)
		}
	}
	dir := photos(t, 10)
	bad := filepath.Join(dir, "left", "bad.jpg")
	if err := os.WriteFile(bad, []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut := run(t, failed, "data", "check", dir)
	for _, want := range []string{"bad: image " + bad + ": got no JPEG", "duplicate: " + dir} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %q in it", out, want)
		}
	}
	if !strings.Contains(errOut, "got 1 bad files, 3 duplicates and 0 empty classes, want none") { // one of each class: what is cropped away made them differ
		t.Errorf("got %q, want how many", errOut)
	}
	out, _ = run(t, failed, "data", "check", "--json", dir)
	v := decode(t, out)
	keys(t, v, "data", "train", "test", "bad", "duplicates", "empty", "skipped_files", "skipped_folders", "passed_over", "left_out")
	if len(v["bad"].([]any)) != 1 {
		t.Errorf("got %v, want one bad file", v["bad"])
	}
}

// TestDataCheckDamaged names each file of images or labels that is damaged, and exits 1.
func TestDataCheckDamaged(t *testing.T) {
	dir := data(t, 9, 3)
	files := []string{filepath.Join(dir, "train-labels-idx1-ubyte"), filepath.Join(dir, "t10k-images-idx3-ubyte")}
	for _, file := range files {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, errOut := run(t, failed, "data", "check", dir)
	for _, file := range files {
		if !strings.Contains(out, "bad: "+file+": got the end of the file, want the first 4 bytes\n") {
			t.Errorf("got\n%s\nwant %s named", out, file)
		}
	}
	if !strings.Contains(errOut, "got 2 bad files") {
		t.Errorf("got %q, want how many", errOut)
	}
	out, _ = run(t, failed, "data", "check", "--json", dir)
	if v := decode(t, out); len(v["bad"].([]any)) != 2 || strings.Contains(out, "null") {
		t.Errorf("got %s, want two bad files, and no list that is none", out)
	}
}

// TestDataRemarks tells of classes that are empty and of files that are skipped, when they are
// checked and trained on.
func TestDataRemarks(t *testing.T) {
	dir := photos(t, 10)
	if err := os.Rename(filepath.Join(dir, "left", "0.png"), filepath.Join(dir, "left", "0.TIF")); err != nil {
		t.Fatal(err)
	}
	const passed = `skipped, since their extensions are not those of images: 1 .tif`
	if out, _ := run(t, failed, "data", "check", dir); !strings.Contains(out, passed) { // there are duplicates
		t.Errorf("got\n%s\nwant %q in it", out, passed)
	}
	if out, _ := run(t, failed, "data", "check", "--json", dir); !strings.Contains(out, `".tif": 1`) {
		t.Errorf("got %s, want the ending counted", out)
	}
	for i := range 10 {
		if err := os.RemoveAll(filepath.Join(dir, "right", fmt.Sprintf("%d.png", i))); err != nil {
			t.Fatal(err)
		}
	}
	const empty = `class "right" has no image to train on`
	if out, errOut := run(t, failed, "data", "check", dir); !strings.Contains(out, empty) || !strings.Contains(errOut, "and 1 empty classes") {
		t.Errorf("got\n%s%s\nwant %q in it", out, errOut, empty)
	}
	said, _ := run(t, done, "train", "--data", dir, "--steps", "1", "--out", filepath.Join(t.TempDir(), "run"), "--log", "json")
	if !strings.Contains(said, `class \"right\" has no image to train on`) {
		t.Errorf("--log json: got %s, want what is told", said)
	}
	_, errOut := run(t, done, "train", "--data", dir, "--epochs", "1", "--out", filepath.Join(t.TempDir(), "run"))
	for _, want := range []string{passed, empty} {
		if !strings.Contains(errOut, want) {
			t.Errorf("train: got %q, want %q in it", errOut, want)
		}
	}
}

// TestDataMisuse holds what is said of wrong names.
func TestDataMisuse(t *testing.T) {
	for want, args := range map[string][]string{
		"got \"mnist\", want one of cifar10":        {"data", "fetch", "mnist"},
		"got \"mnist\", want fashion-mini":          {"data", "check", "mnist"},
		"accepts 1 arg":                             {"data", "check"},
		"without data, want data_batch_1.bin":       {"data", "check", t.TempDir()},
		"want --download, or the files there":       {"data", "check", "cifar100"},
		"--force-settings: got it without":          {"train", "--epochs", "1", "--force-settings"},
		"--keep: got 0, want 1 or more":             {"train", "--epochs", "1", "--keep", "0"},
		"--retry-for: got -1s, want 0 or more":      {"train", "--epochs", "1", "--retry-for", "-1s"},
		"invalid argument \"x\" for \"--split-seed": {"data", "check", "--split-seed", "x", "."},
	} {
		if args[len(args)-1] == "cifar100" {
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
		}
		if _, errOut := run(t, misused, args...); !strings.Contains(errOut, want) {
			t.Errorf("%v: got %q, want %q in it", args, errOut, want)
		}
	}
	if out, _ := run(t, done, "data", "fetch", "fashion-mini"); !strings.Contains(out, "comes with the program") {
		t.Errorf("got %q", out)
	}
}
