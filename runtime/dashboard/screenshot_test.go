//go:build campaign && tools

package dashboard

import (
	"bufio"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/runtime/internal/browser"
)

var screenshots = flag.String("screenshots", "", "where TestScreenshot keeps dashboard.png and dashboard-phone.png; nowhere if empty")

// TestScreenshot looks at the dashboard of a training of ResNet-20, beside a run that is over,
// while it goes on.
func TestScreenshot(t *testing.T) {
	folder := t.TempDir()
	bin, err := trainertest.Trainer(folder, "../..", "resnet20-fashion", "resnet20", "dashboard")
	if err != nil {
		t.Fatal(err)
	}
	train := func(name string, more ...string) *exec.Cmd {
		return exec.Command(bin, append([]string{"train", "--data", "fashion-mini", "--out", filepath.Join(folder, "runs", name)}, more...)...)
	}
	if out, err := train("constant-0.02", "--epochs", "2", "--schedule", "constant", "--learning-rate", "0.02").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	trainer := train("one-cycle-0.1", "--epochs", "4", "--dashboard", "127.0.0.1:0")
	text, err := trainer.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := trainer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		trainer.Process.Kill() //nolint:errcheck // it may be done
		trainer.Wait()         //nolint:errcheck // it was killed
	})
	lines := bufio.NewScanner(text)
	if !lines.Scan() {
		t.Fatal("got the end of the trainer's output, want the dashboard's address")
	}
	url, ok := strings.CutPrefix(lines.Text(), "dashboard: ")
	if !ok {
		t.Fatalf("got %q, want the dashboard's address", lines.Text())
	}
	tab := browser.Start(t).Open(t)
	tab.Patience = 6 * time.Minute
	tab.Size(1280, 900, false)
	tab.Prefer("light")
	tab.Load(url)
	tab.Await(`state && state.curves.test.steps.length >= 2 && !!state.layers`, "true")
	tab.Click("#runs button")
	tab.Await(`charts.shown("loss").series.length`, "4")
	tab.Await(`document.querySelectorAll("#layers tbody tr").length > 40`, "true")
	tab.Await(`document.querySelectorAll("#mistakes img").length`, "24")
	tab.Await(`document.querySelectorAll(".matrix .cell").length`, "100")
	keep := func(name string, whole bool) {
		if *screenshots == "" {
			return
		}
		if err := os.WriteFile(filepath.Join(*screenshots, name), tab.Screenshot(whole), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	keep("dashboard.png", true)
	tab.Prefer("dark")
	tab.Size(390, 844, true)
	tab.Await(`charts.shown("loss").series[1].stroke()`, "#58a1ff")
	tab.Await(`document.documentElement.scrollWidth`, "390")
	keep("dashboard-phone.png", false)
	if elsewhere := tab.Elsewhere(url); len(elsewhere) > 0 {
		t.Errorf("got requests to other places, %v, want none", elsewhere)
	}
}
