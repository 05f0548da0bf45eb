package cli

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
)

// distinct writes n images of each class into a part's folder. No two images are the same, also of
// several parts.
func distinct(t *testing.T, root string, part, n int, classes ...string) {
	t.Helper()
	for label, class := range classes {
		dir := filepath.Join(root, class)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			m := image.NewGray(image.Rect(0, 0, fakenet.Width, fakenet.Height))
			for y := range fakenet.Height {
				m.SetGray(label, y, color.Gray{Y: uint8(250 - i - y)})
			}
			m.SetGray((label+1)%fakenet.Width, 0, color.Gray{Y: uint8(part)})
			var content bytes.Buffer
			if err := png.Encode(&content, m); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.png", i)), content.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// holds fails unless a text has all of some parts.
func holds(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, want := range parts {
		if !strings.Contains(text, want) {
			t.Errorf("%s: got\n%s\nwant %q in it", what, text, want)
		}
	}
}

var abc = []string{"a", "b", "c"}

// TestThreeParts lets the validation part choose the best checkpoint, and evaluates the test part
// once, at the end.
func TestThreeParts(t *testing.T) {
	dir, runs := t.TempDir(), t.TempDir()
	distinct(t, filepath.Join(dir, "train"), 0, 10, abc...)
	distinct(t, filepath.Join(dir, "valid"), 1, 3, abc...)
	distinct(t, filepath.Join(dir, "test"), 2, 2, abc...)
	out := filepath.Join(runs, "run")
	said, _ := run(t, done, "train", "--data", dir, "--epochs", "9", "--out", out)
	holds(t, "train", said, ": 30 images, 9 for validation, batches of 4", "epoch 9, step 63: validation accuracy ", "\nvalidation accuracy ", "; test accuracy 100.00 % at step ")
	if strings.Contains(said, "epoch 9, step 63: test") {
		t.Errorf("got\n%s\nwant the test part at the end alone", said)
	}
	for _, c := range []struct {
		more       []string
		said, told string
	}{
		{nil, "test accuracy 100.00 % of 6 images", "the run was trained on this data: evaluating its test part, 6 of 45 images"},
		{[]string{"--validation"}, "validation accuracy 100.00 % of 9 images", "evaluating its validation part, 9 of 45 images"},
		{[]string{"--all"}, "accuracy 100.00 % of 45 images", ""},
	} {
		said, told := run(t, done, append([]string{"eval", "--data", dir, "--checkpoint", out}, c.more...)...)
		holds(t, "eval", said, c.said)
		holds(t, "eval", told, c.told)
	}
	holds(t, "runs", first(run(t, done, "runs", runs)), " % (validation)")
	said, _ = run(t, done, "data", "check", dir)
	holds(t, "check", said, "30 training, 9 validation and 6 test images of 3 classes", "      10           3         2  b")
	_, told := run(t, misused, "train", "--data", dir, "--epochs", "1", "--validation", "3", "--out", filepath.Join(runs, "other"))
	holds(t, "--validation", told, "validation: got 3 images to hold out of a data set with a validation part, want one of them")
}

// TestValidationWithoutTest trains on data that has no test part, and evaluates the validation
// part.
func TestValidationWithoutTest(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "run")
	distinct(t, filepath.Join(dir, "train"), 0, 10, abc...)
	distinct(t, filepath.Join(dir, "val"), 1, 3, abc...)
	distinct(t, dir, 2, 5, "test") // flat
	said, told := run(t, done, "train", "--data", dir, "--epochs", "9", "--out", out)
	holds(t, "train", told, filepath.Join(dir, "test")+": 5 images outside the classes' folders are unlabelled: skipped")
	if strings.Contains(said, "test accuracy") || !strings.Contains(said, "\nvalidation accuracy 100.00 %, best ") {
		t.Errorf("got\n%s\nwant the validation part alone", said)
	}
	said, _ = run(t, done, "eval", "--data", dir, "--checkpoint", out)
	holds(t, "eval", said, "validation accuracy 100.00 % of 9 images")
	said, _ = run(t, done, "eval", "--data", dir, "--watch", out, "--once")
	holds(t, "eval --watch", said, "step 63: accuracy 100.00 %")
}

// TestOwnImages holds out a tenth of a folder of images to choose the best checkpoint, and goes on
// with the same ones.
func TestOwnImages(t *testing.T) {
	dir, runs := t.TempDir(), t.TempDir()
	distinct(t, dir, 0, 20, abc...)
	args := func(name string, more ...string) []string {
		return append([]string{"train", "--data", dir, "--out", filepath.Join(runs, name)}, more...)
	}
	said, _ := run(t, done, args("whole", "--epochs", "6")...)
	holds(t, "train", said, ": 49 of 54 images, 5 held out, batches of 4", "epoch 6, step 72: validation accuracy ", "; test accuracy 100.00 % at step ")
	holds(t, "--validation", first(run(t, done, args("more", "--validation", "30", "--epochs", "1")...)), ": 24 of 54 images, 30 held out")
	run(t, done, args("parts", "--epochs", "3")...)
	moved := filepath.Join(t.TempDir(), "elsewhere", "moved")
	if err := os.CopyFS(moved, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	run(t, done, "train", "--data", moved, "--out", filepath.Join(runs, "parts"), "--epochs", "6", "--resume")
	for _, name := range []string{"checkpoints/step-72.safetensors", "train.csv", "eval.csv"} {
		whole, parts := readFile(t, filepath.Join(runs, "whole", name)), readFile(t, filepath.Join(runs, "parts", name))
		if !bytes.Equal(whole, parts) {
			t.Errorf("%s differs from that of a run without a stop, on data that has moved", name)
		}
	}
	for _, c := range []struct {
		more []string
		said string
	}{
		{nil, "test accuracy 100.00 % of 6 images"},
		{[]string{"--validation"}, "validation accuracy 100.00 % of 5 images"},
		{[]string{"--all"}, "accuracy 100.00 % of 60 images"},
	} {
		said, _ := run(t, done, append([]string{"eval", "--data", moved, "--checkpoint", filepath.Join(runs, "parts")}, c.more...)...)
		holds(t, "eval", said, c.said)
	}
	holds(t, "check", first(run(t, done, "data", "check", dir)), "54 training and 6 test images", "train holds out 5 of the training images")
}

// TestOtherFolder evaluates all images of a folder that the run was not trained on, also of one
// that could not be trained on.
func TestOtherFolder(t *testing.T) {
	dir, few, parts, out := t.TempDir(), t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "run")
	distinct(t, dir, 0, 20, abc...)
	distinct(t, few, 3, 4, abc...)
	if err := os.RemoveAll(filepath.Join(few, "a")); err != nil {
		t.Fatal(err)
	}
	distinct(t, filepath.Join(parts, "train"), 4, 3, abc...)
	distinct(t, filepath.Join(parts, "test"), 5, 2, abc...)
	run(t, done, "train", "--data", dir, "--epochs", "9", "--out", out)
	for folder, n := range map[string]int{few: 8, parts: 15, filepath.Join(parts, "test"): 6} {
		said, told := run(t, done, "eval", "--data", folder, "--checkpoint", out)
		holds(t, "eval", said, fmt.Sprintf("test accuracy 100.00 %% of %d images", n))
		holds(t, "eval", told, fmt.Sprintf("the run was trained on other data: evaluating all %d images", n))
		_, told = run(t, misused, "eval", "--data", folder, "--checkpoint", out, "--validation")
		holds(t, "eval --validation", told, "validation: got data that the run was not trained on, want the run's")
	}
	_, told := run(t, misused, "eval", "--data", dir, "--checkpoint", out, "--validation", "--all")
	holds(t, "eval", told, "--all: got it with --validation, want one of them")
	fresh := filepath.Join(t.TempDir(), "fresh")
	run(t, done, "init", "--out", fresh)
	said, told := run(t, done, "eval", "--data", parts, "--checkpoint", fresh)
	holds(t, "eval", said+told, "of 6 images", "the checkpoint does not record its training data: evaluating the test part")
}

// TestPartsOfItsData leaves out what the run was trained on where that is a part of other data.
func TestPartsOfItsData(t *testing.T) {
	parts, classes, runs := t.TempDir(), t.TempDir(), t.TempDir()
	distinct(t, filepath.Join(parts, "train"), 0, 20, abc...)
	distinct(t, filepath.Join(parts, "test"), 1, 4, abc...)
	distinct(t, filepath.Join(classes, "train"), 2, 20, abc...)
	distinct(t, filepath.Join(classes, "test"), 3, 5, abc...)
	own, split := filepath.Join(runs, "parts"), filepath.Join(runs, "split")
	run(t, done, "train", "--data", parts, "--epochs", "1", "--out", own)
	run(t, done, "train", "--data", filepath.Join(classes, "train"), "--epochs", "1", "--out", split)
	for _, c := range []struct {
		data, checkpoint string
		images           int
	}{
		{filepath.Join(parts, "train"), own, 6}, // held out
		{filepath.Join(parts, "test"), own, 12},
		{classes, own, 75},
		{classes, split, 6 + 15}, // what was split off for testing, and the test part
	} {
		said, _ := run(t, done, "eval", "--data", c.data, "--checkpoint", c.checkpoint)
		holds(t, c.data, said, fmt.Sprintf(" %% of %d images", c.images))
	}
	three := filepath.Join(runs, "three")
	distinct(t, filepath.Join(parts, "valid"), 4, 2, abc...)
	run(t, done, "train", "--data", parts, "--epochs", "1", "--out", three)
	_, told := run(t, misused, "eval", "--data", filepath.Join(parts, "train"), "--checkpoint", three)
	holds(t, "the training part", told, "got only images that the run was trained on, want others (--all evaluates these)")
	run(t, done, "eval", "--data", filepath.Join(parts, "train"), "--checkpoint", three, "--all")
}

// TestSplitSeed holds that the seed of the split is the run's, wherever it goes on or is evaluated.
func TestSplitSeed(t *testing.T) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "run")
	distinct(t, dir, 0, 20, abc...)
	for _, seed := range []string{"0", "5"} {
		out := out + seed
		run(t, done, "train", "--data", dir, "--epochs", "2", "--split-seed", seed, "--out", out)
		run(t, done, "train", "--data", dir, "--epochs", "3", "--out", out, "--resume")
		said, told := run(t, done, "eval", "--data", dir, "--checkpoint", out)
		holds(t, "eval", said+told, " of 6 images", "the run was trained on this data: evaluating its test part")
	}
	_, told := run(t, misused, "train", "--data", dir, "--epochs", "4", "--out", out+"5", "--resume", "--split-seed", "7")
	holds(t, "another seed", told, "split_seed: got 7, want 5")
}

// TestOneVerdict holds that data check refuses what train refuses, with the same words and exit
// code.
func TestOneVerdict(t *testing.T) {
	eleven, nested, many := t.TempDir(), t.TempDir(), data(t, 8, 4)
	for k := range 11 {
		distinct(t, eleven, k, 10, fmt.Sprintf("class%d", k))
	}
	distinct(t, filepath.Join(nested, "dataset"), 0, 10, abc...)
	for name, c := range map[string]struct{ data, want string }{
		"eleven classes for three": {eleven, "got labels of 11 classes, want at most 3"},
		"two classes for three":    {photosOf(t, 10, "x", "y"), "got folders of 2 classes, want the network's 3"},
		"four in IDX for three":    {many, "got labels of 4 classes, want at most 3"},
		"IDX of another size":      {"fashion-mini", "got images of 28×28×1, want 4×3×1"},
		"too deep":                 {nested, filepath.Join(nested, "dataset")},
		"nothing":                  {t.TempDir(), "without data"},
	} {
		_, check := run(t, misused, "data", "check", c.data)
		_, trained := run(t, misused, "train", "--data", c.data, "--epochs", "1", "--out", filepath.Join(t.TempDir(), "run"))
		if trained = withoutNote(trained); check != trained || !strings.Contains(check, c.want) {
			t.Errorf("%s: got %q of data check and %q of train, want the same, with %q", name, check, trained, c.want)
		}
	}
}

// TestPredictSkips passes over what no command looks at, and names links that lead nowhere new.
func TestPredictSkips(t *testing.T) {
	dir := t.TempDir()
	distinct(t, dir, 0, 2, "x", "y")
	for name, target := range map[string]string{"x/around": "..", "z": "y"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"._0.png", "x/.DS_Store", "x/._1.jpg", "y/Thumbs.db", "desktop.ini"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	said, told := run(t, done, "predict", "--checkpoint", columns(t), "--format", "csv", "--top", "1", dir)
	if n := strings.Count(said, ".png"); n != 4 {
		t.Errorf("got\n%s\nwant four images", said)
	}
	holds(t, "predict", told, filepath.Join(dir, "x", "around")+": not followed: it leads back to ")
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
