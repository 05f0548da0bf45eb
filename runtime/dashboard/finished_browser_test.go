//go:build tools

package dashboard

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/browser"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

const (
	statusText = `document.getElementById("status").textContent`
	nameText   = `document.getElementById("name").textContent`
	progressed = `document.getElementById("progress").textContent`
	choices    = `[...document.querySelectorAll("#choose option")].map((o) => o.textContent).join("|")`
	othersText = `document.getElementById("runs").textContent`
)

// choosing makes the reader choose a run.
func choosing(tab *browser.Tab, name string) {
	tab.Await(`(() => { const e = document.getElementById("choose"); e.value = "`+name+`"; e.dispatchEvent(new Event("change")); return e.value; })()`, name)
}

// finishedRuns holds what the page of finished runs shows, and how its reader goes from run to run.
func finishedRuns(t *testing.T, b *browser.Browser) {
	folder := t.TempDir()
	settled(t, filepath.Join(folder, "done"), `{"msg":"done","step":40}`)
	settled(t, filepath.Join(folder, "failed"), `{"msg":"failed","step":41,"error":"got NaN"}`)
	another(t, filepath.Join(folder, "newest"))
	url := showing(t, folder)
	tab := b.Open(t)
	tab.Size(1280, 900, false)
	tab.Load(url)
	tab.Await(statusText, "finished runs")
	tab.Await(nameText, "newest")
	tab.Await(progressed, "step 40 of 40 (100 %), no end recorded")
	tab.Await(accuracy, "50.00 %")
	tab.Await(choices, "done|failed (failed)|newest")
	tab.Await(othersText, "done")
	tab.Await(`[...document.querySelectorAll(".live")].map((e) => e.checkVisibility()).join()`, "false,false")

	tab.Click("#runs button")
	tab.Await(lossLines, "step,training,test,done")
	choosing(tab, "done")
	tab.Await(nameText, "done")
	tab.Await(lossLines, "step,training,validation")
	tab.Await(progressed, "step 40 of 100 (40 %), done")
	tab.Await(`document.getElementById("about").textContent`, "fake on columns, 39 parameters, batches of 2, an abacus")
	tab.Await(`document.getElementById("threads").textContent`, "3 threads")
	tab.Await(`document.getElementById("epoch").textContent`, "epoch 4.0 of 10")
	choosing(tab, "failed")
	tab.Await(progressed, "step 41 of 100 (41 %), failed after step 41: got NaN")
	tab.Reload()
	tab.Await(nameText, "failed")
	tab.Await(statusText, "finished runs")
	if elsewhere := tab.Elsewhere(url); len(elsewhere) > 0 {
		t.Errorf("got requests to other places, %v, want none", elsewhere)
	}
	tab.Load(url + "?run=gone")
	tab.Await(`document.getElementById("problem").textContent`, `got no run "gone", want one that is listed`)
	tab.Await(loss, "–")
	choosing(tab, "done")
	tab.Await(progressed, "step 40 of 100 (40 %), done")
	tab.Await(`document.getElementById("problem").textContent`, "")
}

// hostileRuns holds that names and settings of runs are text to the page, whatever they are.
func hostileRuns(t *testing.T, b *browser.Browser) {
	const hostile = `"><img src=x onerror=document.body.dataset.taken=1>&#39;%2f?#` + "\u202e\x01"
	folder := t.TempDir()
	settled(t, filepath.Join(folder, hostile), `{"msg":"failed","step":41,"error":"<script>document.body.dataset.taken=1</script>"}`)
	text := `{"network":"<img src=x onerror=document.body.dataset.taken=1>","data":"</p><b>","batch":7}`
	if err := os.WriteFile(filepath.Join(folder, hostile, runs.SettingsFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	another(t, filepath.Join(folder, "plain"))
	tab := b.Open(t)
	tab.Size(360, 740, true)
	tab.Load(showing(t, folder))
	tab.Await(nameText, "plain")
	tab.Await(`document.querySelectorAll("#choose option").length`, "2")
	tab.Click("#failed-runs button")
	tab.Await(`charts.shown("loss").series.length`, "4")
	tab.Await(`document.documentElement.scrollWidth`, "360")
	tab.Await(`(() => { const e = document.getElementById("choose"); e.selectedIndex = 0; e.dispatchEvent(new Event("change")); return e.selectedIndex; })()`, "0")
	tab.Await(nameText, hostile)
	tab.Await(`document.getElementById("about").textContent.startsWith("<img src=x onerror=document.body.dataset.taken=1> on </p><b>, batches of 7")`, "true")
	tab.Await(progressed+`.includes("<script>")`, "true")
	tab.Reload()
	tab.Await(nameText, hostile)
	tab.Await(`document.querySelectorAll("body img, b, body script:not([src])").length + String(document.body.dataset.taken)`, "0undefined")
	tab.Await(`document.documentElement.scrollWidth`, "360")
}
