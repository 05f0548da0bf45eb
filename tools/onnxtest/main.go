// Onnxtest runs exported models in ONNX Runtime and holds them to their trainers:
//
//	go run ./tools/onnxtest -trainers DIR -out DIR
//
// It trains each network for some steps on Fashion-MNIST, exports it, has ONNX's checker look at
// the model, reads the variables back, and compares the logits of the 10,000 test images with the
// trainer's own: once from the float32 images that the trainer takes, once from their bytes, which
// the model standardizes. Its last line is OK, or it exits 1.
//
// It runs in the module's root, where `make test-onnx` has built the trainers and installed ONNX
// Runtime.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// testCase is a network of the test.
type testCase struct {
	name          string    // its trainer's
	height, width int       // of the images, cut out of Fashion-MNIST's; 0: all of them
	steps         int       // of training: enough that the network tells the classes apart
	mean, std     []float64 // that its spec standardizes images by
}

var networks = []testCase{
	{name: "resnet20", steps: 100},
	{name: "onnx_resnet164", steps: 60},
	{name: "onnx_odd", height: 27, width: 25, steps: 200},
	{name: "onnx_odd_basic", height: 27, width: 21, steps: 200, mean: []float64{0.286}, std: []float64{0.353}},
}

func main() {
	trainers := flag.String("trainers", "", "folder of the trainers")
	out := flag.String("out", "", "folder for data, runs and models")
	flag.Parse()
	if *trainers == "" || *out == "" {
		fmt.Fprintln(os.Stderr, "onnxtest: got no -trainers or no -out, want both")
		os.Exit(2)
	}
	bad, err := run(*trainers, *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, "onnxtest:", err)
		os.Exit(2)
	}
	if len(bad) > 0 {
		fmt.Printf("not so: %s\n", strings.Join(bad, "; "))
		os.Exit(1)
	}
	fmt.Println("OK")
}

// run tests all networks, prints a table, and returns what does not hold.
func run(trainers, out string) (bad []string, err error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	fmt.Printf("| network | input | accuracy | largest logit | largest difference | share | same class | images/s |\n|%s\n", strings.Repeat(" --- |", 8))
	for _, n := range networks {
		t := tested{testCase: n, trainer: filepath.Join(trainers, n.name), dir: filepath.Join(out, n.name)}
		failures, err := t.test()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", n.name, err)
		}
		for _, f := range failures {
			bad = append(bad, n.name+": "+f)
		}
	}
	return bad, nil
}

// tested is a network whose test is under way.
type tested struct {
	testCase
	trainer, dir string
	set          *images
}

// test runs a network's test: data, training, models, comparison.
func (t *tested) test() (failures []string, err error) {
	if err := os.RemoveAll(t.dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(t.dir, 0o755); err != nil {
		return nil, err
	}
	if t.set, err = prepare(&t.testCase, t.dir); err != nil {
		return nil, err
	}
	want, err := t.train()
	if err != nil {
		return nil, err
	}
	if want.classes < t.set.classes {
		failures = append(failures, fmt.Sprintf("got guesses of %d classes from the trainer, want all %d for a test that tells something", want.classes, t.set.classes))
	}
	for _, input := range []string{"float32", "bytes"} {
		m := model{tested: t, path: filepath.Join(t.dir, input+".onnx"), bytes: input == "bytes"}
		err := errors.Join(m.export(), m.check(), m.readBack())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", input, err)
		}
		got, err := m.run()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", input, err)
		}
		c := compare(got, want)
		fmt.Printf("| %s | %s | %.2f %% | %.4g | %.2g | %.1e | %d of %d | %.0f |\n", t.name, input, 100*want.accuracy(t.set.labels),
			c.largest, c.difference, c.difference/c.largest, c.same, c.images, got.imagesPerSecond)
		for _, f := range append(c.failures(), got.failures...) {
			failures = append(failures, input+": "+f)
		}
	}
	return failures, nil
}
