//go:build campaign && tools

package serve

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/browser"
)

var screenshots = flag.String("screenshots", "", "where TestScreenshot keeps serve.png; nowhere if empty")

// TestScreenshot drops an image of the test set on the page of a trained ResNet-20, and reads its
// class.
func TestScreenshot(t *testing.T) {
	folder := t.TempDir()
	bin, err := trainertest.Trainer(folder, "../..", "resnet20-fashion", "resnet20", "serve")
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(folder, "run")
	out, err := exec.Command(bin, "train", "--data", "fashion-mini", "--epochs", "3", "--out", run).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var log syncBuffer
	server := exec.Command(bin, "serve", "--checkpoint", run, "--addr", ":0")
	server.Stderr = &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may be done
		if err := server.Wait(); err != nil {
			t.Errorf("the server: %v, want exit code 0\n%s", err, log.text())
		}
	})
	address := regexp.MustCompile(`url=(http://\S+/)`)
	await(t, "the server's address", func() bool { return address.MatchString(log.text()) })
	_, test, err := dataset.Open("fashion-mini", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const bag = 8
	at := 0
	for test.Labels[at] != bag {
		at++
	}
	tab := browser.Start(t).Open(t)
	tab.Size(1000, 560, false)
	tab.Prefer("light")
	tab.Load(address.FindStringSubmatch(log.text())[1])
	hand(tab, "drop", "bag.png", encoded(t, test.Image(at)))
	tab.Await(shownClass, "Bag")
	tab.Await(`document.getElementById("picture").complete`, "true")
	if *screenshots != "" {
		if err := os.WriteFile(filepath.Join(*screenshots, "serve.png"), tab.Screenshot(false), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// encoded is a 28×28 image as a PNG.
func encoded(t *testing.T, pixels []byte) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 28, 28))
	for i, v := range pixels {
		m.SetGray(i%28, i/28, color.Gray{Y: v})
	}
	var text bytes.Buffer
	if err := png.Encode(&text, m); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}
