//go:build tools

package dashboard

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/browser"
	"github.com/resnetgen/resnetgen/runtime/roofline"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

const (
	status    = `document.getElementById("status").dataset.status`
	loss      = `document.getElementById("loss").textContent`
	accuracy  = `document.getElementById("accuracy").textContent`
	lossSteps = `charts.shown("loss") && charts.shown("loss").data[0].join()`
	lossLines = `charts.shown("loss") && charts.shown("loss").series.map((s) => s.label).join()`
)

// TestBrowser drives the page in a browser, as its readers do.
func TestBrowser(t *testing.T) {
	b := browser.Start(t)
	for name, test := range map[string]func(*testing.T, *browser.Browser){
		"page":      page,
		"layers":    layerRows,
		"ranks":     rankRows,
		"tested":    tested,
		"otherRuns": otherRuns,
		"reload":    reload,
		"reconnect": reconnect,
		"phone":     phone,
		"dark":      dark,
		"legends":   legends,
		"scrolling": scrolling,
		"failed":    failedRuns,
		"finished":  finishedRuns,
		"hostile":   hostileRuns,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

// open shows a scene of a few steps and an evaluation in a browser.
func open(t *testing.T, b *browser.Browser) (*scene, *browser.Tab) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "mine")
	another(t, filepath.Join(filepath.Dir(out), "before"))
	s := begin(t, out, port(t), 0)
	t.Cleanup(func() {
		select {
		case <-s.o.hub.ended:
		default:
			s.o.Stop()
		}
	})
	s.step(1, 2.25)
	s.step(5, 1.75)
	s.step(10, 1.5)
	s.evaluate(10, 9)
	tab := b.Open(t)
	tab.Size(1280, 900, false)
	tab.Prefer("light")
	tab.Load(s.url())
	tab.Await(status, "training")
	return s, tab
}

// page holds what a page shows of a run as it connects, and of what happens then.
func page(t *testing.T, b *browser.Browser) {
	s, tab := open(t, b)
	tab.Await(`document.getElementById("name").textContent`, "mine")
	tab.Await(`document.getElementById("progress").textContent.startsWith("step 10 of 100 (10 %), ")`, "true")
	tab.Await(loss, "1.5000")
	tab.Await(accuracy, "75.00 %")
	tab.Await(`document.getElementById("rate").textContent`, "0.05")
	tab.Await(`document.getElementById("speed").textContent`, "2,000")
	tab.Await(lossSteps, "1,5,10")
	tab.Await(`charts.shown("accuracy").data[2].filter((v) => v != null).join()`, "0.75")

	s.step(11, 1.25)
	s.step(12, 1.125)
	s.evaluate(12, 6)
	tab.Await(lossSteps, "1,5,10,11,12")
	tab.Await(loss, "1.1250")
	tab.Await(accuracy, "50.00 %")
	tab.Await(`document.getElementById("best").textContent`, "best 75.00 %")
	tab.Await(`[...document.querySelectorAll(".measured")].map((e) => e.textContent).join()`, "validation,validation,validation")
	tab.Await(`["loss", "accuracy"].map((kind) => charts.shown(kind).series[2].label).join()`, "validation,validation")
	tab.Await(`document.getElementById("final").hidden`, "true")
	s.o.Final(runs.Final{Step: 10, Accuracy: 0.625})
	tab.Await(`document.getElementById("final").textContent`, "test accuracy 62.50 % at step 10")
	for _, id := range []string{"loss", "accuracy", "rate", "speed"} { // something is drawn in the middle of each chart
		tab.Await(`(() => { const c = document.querySelector("#chart-`+id+` canvas");
			return new Set(c.getContext("2d").getImageData(0, 0, c.width, c.height).data).size > 8; })()`, "true")
	}
	if elsewhere := tab.Elsewhere(s.url()); len(elsewhere) > 0 || tab.Requests() < 6 {
		t.Errorf("got %d requests, to other places %v, want none there", tab.Requests(), elsewhere)
	}
}

// layerRows holds the table of a timed step.
func layerRows(t *testing.T, b *browser.Browser) {
	_, tab := open(t, b)
	tab.Await(`document.querySelectorAll("#layers tbody tr").length`, "1")
	// fakenet says that a step takes 1000 ns, of 1000 images with 72 operations each: 72 GFLOP/s.
	tab.Await(`[...document.querySelector("#layers tbody tr").cells].slice(0, 5).map((c) => c.textContent).join("|")`, "logit|forward|0.001|100.0 %|72.0")
	if bound := tab.Text(`document.querySelector("#layers tbody tr").cells[6].textContent`); !slices.Contains([]string{roofline.ByCompute, roofline.ByMemory, roofline.ByTransforms, roofline.ByOverhead}, bound) {
		t.Errorf("got bound %q, want one of package roofline's", bound)
	}
	if machine := tab.Text(`document.getElementById("machine").textContent`); !strings.Contains(machine, "mean of 1 sampled step") {
		t.Errorf("got %q, want how many steps were sampled", machine)
	}
}

// tested holds the confusion matrix and the worst mistakes.
func tested(t *testing.T, b *browser.Browser) {
	_, tab := open(t, b)
	tab.Await(`[...document.querySelectorAll(".matrix .cell")].map((c) => c.textContent).join()`, "75,25,,,100,,50,,50")
	tab.Await(`document.querySelector(".matrix .cell:nth-of-type(3)").title`, "left taken for middle: 1 of 4")
	tab.Await(`[...document.querySelectorAll("#mistakes img")].map((i) => i.naturalWidth + "×" + i.naturalHeight).join()`, "3×4,3×4")
	tab.Await(`document.querySelector("#mistakes figcaption").textContent`, "rightleft 97 %")
}

// otherRuns lays another run of the folder over this one, and takes it away again.
func otherRuns(t *testing.T, b *browser.Browser) {
	_, tab := open(t, b)
	tab.Await(`document.getElementById("runs").textContent`, "before")
	tab.Await(lossLines, "step,training,validation")
	tab.Click("#runs button")
	tab.Await(lossLines, "step,training,validation,before")
	tab.Await(lossSteps, "1,5,10,40")
	tab.Await(`document.querySelector("#runs button").getAttribute("aria-pressed")`, "true")
	tab.Click("#runs button")
	tab.Await(lossLines, "step,training,validation")
}

// reload holds that a page that is loaded again shows the same.
func reload(t *testing.T, b *browser.Browser) {
	_, tab := open(t, b)
	tab.Await(lossSteps, "1,5,10")
	tab.Reload()
	tab.Await(status, "training")
	tab.Await(lossSteps, "1,5,10")
	tab.Await(accuracy, "75.00 %")
	tab.Await(`document.querySelectorAll("#mistakes img").length`, "2")
}

// reconnect holds that a page finds back: to a server that dropped it, and to a run that was
// stopped and goes on.
func reconnect(t *testing.T, b *browser.Browser) {
	s, tab := open(t, b)
	tab.Await(lossSteps, "1,5,10")
	s.drop()
	s.step(20, 1)
	tab.Await(lossSteps, "1,5,10,20")

	s.o.Stop()
	tab.Await(status, "stopped")
	again := begin(t, string(s.view.Out), strings.TrimSuffix(strings.TrimPrefix(s.url(), "http://"), "/"), 20)
	again.step(21, 0.875)
	tab.Await(status, "training")
	tab.Await(loss, "0.8750")
	tab.Await(lossSteps, "21")
	again.step(100, 0.5)
	again.o.Stop()
	tab.Await(status, "done")
	tab.Await(`document.getElementById("progress").textContent`, "step 100 of 100 (100 %)")
}

// phone holds that nothing is wider than a phone.
func phone(t *testing.T, b *browser.Browser) {
	_, tab := open(t, b)
	tab.Await(lossSteps, "1,5,10")
	tab.Size(360, 740, true)
	tab.Await(`document.documentElement.scrollWidth`, "360")
	tab.Await(`[...document.querySelectorAll("figure, .card, .tiles > div")].every((e) => e.getBoundingClientRect().right <= 360)`, "true")
	tab.Await(`charts.shown("loss").width <= 340`, "true")
}

// dark holds that the page and its charts follow the reader's preference, and can be read in both.
func dark(t *testing.T, b *browser.Browser) {
	_, tab := open(t, b)
	tab.Await(lossSteps, "1,5,10")
	// The contrast of the text with the page, as WCAG 2 defines it, is that of its level AAA.
	const contrast = `(() => { const light = (c) => c.match(/\d+/g).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
		const s = getComputedStyle(document.body), a = light(s.color), b = light(s.backgroundColor);
		return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) >= 7; })()`
	const dark = `Number(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0]) < 64`
	const stroke = `charts.shown("loss").series[1].stroke()`
	tab.Await(dark, "false")
	tab.Await(contrast, "true")
	tab.Await(stroke, "#1f6feb")
	tab.Prefer("dark")
	tab.Await(dark, "true")
	tab.Await(contrast, "true")
	tab.Await(stroke, "#58a1ff")
	tab.Await(lossSteps, "1,5,10")
}

// rankRows holds the table of the processes that share a run, and that a run of one process has
// none.
func rankRows(t *testing.T, b *browser.Browser) {
	s, tab := open(t, b)
	tab.Await(`document.getElementById("rank-group").hidden`, "true")
	for range 2 {
		s.o.Ranks([]distributed.RankState{
			{Name: "here, process 7", Took: 20 * time.Millisecond, Waited: 5 * time.Millisecond},
			{Name: "there, process 8", Took: 20 * time.Millisecond},
		})
	}
	s.step(11, 1.25)
	tab.Await(`document.getElementById("rank-group").hidden`, "false")
	tab.Await(`[...document.querySelectorAll("#ranks tbody tr")].map((r) => [...r.cells].map((c) => c.textContent).join("|")).join()`,
		"0|here, process 7|20.0|25.0 %,1|there, process 8|20.0|0.0 %")
}

const (
	legend   = `[...document.querySelectorAll("#chart-%s .u-series")].filter((r) => r.offsetWidth).map((r) => [...r.cells].map((c) => c.textContent).join(" ").trim()).join("|")`
	overPlot = `(() => { const u = charts.shown(%q); u.setCursor({left: u.valToPos(%v, "x"), top: 20}); return true; })()`
)

// legends holds what the charts' legends say: without a cursor the names alone, and under it the
// values as the tiles have them, but none behind a line's last step.
func legends(t *testing.T, b *browser.Browser) {
	_, tab := open(t, b)
	tab.Await(lossSteps, "1,5,10")
	tab.Click("#runs button")
	tab.Await(lossSteps, "1,5,10,40")
	kind := func(name string) string { return fmt.Sprintf(legend, name) }
	tab.Await(kind("loss"), "training|validation|before")
	tab.Await(kind("rate"), "learning rate|before")
	tab.Await(`document.querySelector(".charts").textContent.includes("–")`, "false")

	tab.Await(fmt.Sprintf(overPlot, "loss", 9.5), "true")
	tab.Await(kind("loss"), "step 10|training 1.5000|validation|before 2.5000")
	tab.Await(fmt.Sprintf(overPlot, "loss", 10), "true")
	tab.Await(kind("loss"), "step 10|training 1.5000|validation 0.7500|before 2.5000")
	tab.Await(fmt.Sprintf(overPlot, "loss", 30), "true")
	tab.Await(kind("loss"), "step 40|training|validation|before 1.5000")
	tab.Await(fmt.Sprintf(overPlot, "accuracy", 10), "true")
	tab.Await(kind("accuracy"), "step 10|training 75.00 %|validation 75.00 %|before")
	tab.Await(`charts.shown("accuracy").axes[1]._values.every((text) => /^\d+(\.\d\d)? %$/.test(text))`, "true")
	tab.Await(`(charts.shown("loss").setCursor({left: -10, top: -10}), true)`, "true")
	tab.Await(kind("loss"), "training|validation|before")
}

// scrolling holds that the layer table says that it has more rows than are seen, and keeps its head
// in place.
func scrolling(t *testing.T, b *browser.Browser) {
	s, tab := open(t, b)
	table := &layerTable{Steps: 1, StepMS: 1}
	for i := range 80 {
		table.Rows = append(table.Rows, layer{Name: fmt.Sprintf("layer %d", i), Pass: "forward", MS: 1})
	}
	const (
		more   = `document.getElementById("scroll").parentElement.classList.contains("more-below")`
		opaque = `getComputedStyle(document.querySelector(".fade"), "::before").opacity`
		head   = `Math.round(document.querySelector("#layers th").getBoundingClientRect().top - document.getElementById("scroll").getBoundingClientRect().top)`
	)
	tab.Await(more, "false")
	s.o.hub.change("layers", table, func(s *state) { s.Layers = table })
	tab.Await(`document.getElementById("rows").textContent`, "80 rows")
	tab.Await(`document.getElementById("scroll").clientHeight <= 460`, "true")
	tab.Await(more, "true")
	tab.Await(opaque, "1")
	tab.Await(`(document.getElementById("scroll").scrollTop = 1e6) > 0`, "true")
	tab.Await(more, "false")
	tab.Await(opaque, "0")
	tab.Await(head, "0")
}

// failedRuns holds that runs that have failed are folded away, with their number, and that what the
// server refuses is said. A run's name may be anything that a folder's can.
func failedRuns(t *testing.T, b *browser.Browser) {
	s, tab := open(t, b)
	const hostile = `<img src=x onerror="document.title='taken'">`
	folder := filepath.Dir(string(s.view.Out))
	fail(t, filepath.Join(folder, hostile), "<b>NaN</b>")
	fail(t, filepath.Join(folder, "large"), "got NaN")
	if err := os.Truncate(filepath.Join(folder, "large", runs.TrainCSV), 100<<20); err != nil {
		t.Fatal(err)
	}
	tab.Reload()
	tab.Await(`document.getElementById("failed-count").textContent`, "2 failed runs")
	tab.Await(`document.getElementById("runs").textContent`, "before")
	tab.Await(`document.getElementById("failed-runs").checkVisibility({contentVisibilityAuto: true})`, "false")
	tab.Click("#failed summary")
	tab.Await(`document.getElementById("failed-runs").checkVisibility({contentVisibilityAuto: true})`, "true")
	tab.Await(`document.querySelector("#failed-runs button").title`, "<b>NaN</b>")
	tab.Click("#failed-runs button")
	tab.Await(lossLines, "step,training,validation,"+hostile)
	tab.Await(`document.querySelectorAll("#others img, .u-legend img, b").length`, "0")
	tab.Click("#failed-runs button:last-child")
	tab.Await(`document.getElementById("refused").textContent.startsWith("large: got curves that take 6")`, "true")
	tab.Await(`document.title.includes("taken")`, "false")
}
