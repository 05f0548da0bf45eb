//go:build tools

package serve

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/browser"
)

const (
	shownClass = `document.getElementById("answer").textContent`
	shownAll   = `[...document.querySelectorAll("#classes .name")].map((e) => e.textContent).join()`
)

// hand makes the page's event of an image: drop, as from a folder, or paste.
func hand(tab *browser.Tab, event, name string, content []byte) {
	tab.Await(fmt.Sprintf(`(() => {
		const bytes = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0)), data = new DataTransfer();
		data.items.add(new File([bytes], %q, {type: "image/png"}));
		const event = %q === "drop" ? new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})
			: new ClipboardEvent("paste", {clipboardData: data, bubbles: true});
		document.getElementById("drop").dispatchEvent(event);
		return true; })()`, base64.StdEncoding.EncodeToString(content), name, event), "true")
}

// TestPage drops, pastes and chooses images in a browser, and reads their classes.
func TestPage(t *testing.T) {
	s, b := begin(t, nil), browser.Start(t)
	tab := b.Open(t)
	tab.Size(1280, 900, false)
	tab.Prefer("light")
	tab.Load(s.url + "/")
	tab.Await(`document.querySelector("h1").textContent`, "net")
	tab.Await(shownClass, "no image yet")

	hand(tab, "drop", "middle.png", drawn(t, 300, 200, 1))
	tab.Await(shownClass, "middle")
	tab.Await(`document.getElementById("about").textContent`, "middle.png – resized; checkpoint of step 7")
	tab.Await(`document.querySelectorAll("#classes li").length`, "3")
	tab.Await(`document.getElementById("picture").naturalWidth`, "300")
	tab.Await(`(() => { const all = [...document.querySelectorAll("#classes progress")].map((p) => p.value);
		return all.every((v, i) => i === 0 || v <= all[i - 1]) && Math.abs(all.reduce((a, v) => a + v) - 1) < 1e-6; })()`, "true")

	hand(tab, "paste", "right.png", drawn(t, 3, 2, 2))
	tab.Await(shownClass, "right")
	hand(tab, "drop", "none.png", []byte("no image"))
	tab.Await(`document.getElementById("error").textContent.includes("got no JPEG, PNG, WebP, BMP or GIF")`, "true")
	tab.Await(shownAll, "")
	hand(tab, "drop", "left.png", drawn(t, 3, 2, 0))
	tab.Await(shownClass, "left")
	tab.Await(`document.getElementById("error").hidden`, "true")

	choose(t, tab)
	tab.Size(360, 740, true)
	tab.Await(`document.documentElement.scrollWidth`, "360")
	const dark = `Number(getComputedStyle(document.body).backgroundColor.match(/\d+/)[0]) < 64`
	tab.Await(dark, "false")
	tab.Prefer("dark")
	tab.Await(dark, "true")
	if elsewhere := tab.Elsewhere(s.url); len(elsewhere) > 0 {
		for _, url := range elsewhere {
			if len(url) < 5 || url[:5] != "blob:" { // the images, which are the page's own
				t.Errorf("got a request to %s, want none to other places", url)
			}
		}
	}
}

// choose holds that the page has one control to choose a file by, under a label, for the mouse and
// for the keyboard.
func choose(t *testing.T, tab *browser.Tab) {
	t.Helper()
	file := func(name string, class int) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, drawn(t, 3, 2, class), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tab.Await(`document.querySelectorAll("input, button, select, textarea, a, [tabindex]").length`, "1")
	tab.Await(`document.getElementById("file").labels[0].textContent.trim()`, "Choose an image file, drop one here, or paste one")
	tab.Choose(file("right.png", 2), func() { tab.ClickMiddle("#drop") })
	tab.Await(shownClass, "right")
	tab.Await(`document.getElementById("about").textContent.startsWith("right.png – ")`, "true")
	tab.Reload()
	tab.Await(shownClass, "no image yet")
	tab.Press("\t")
	tab.Await(`document.activeElement.id`, "file")
	tab.Await(`getComputedStyle(document.getElementById("drop")).outlineStyle`, "solid")
	tab.Choose(file("left.png", 0), func() { tab.Press("\r") })
	tab.Await(shownClass, "left")
	tab.Choose(file("left.png", 1), func() { tab.Press("\r") })
	tab.Await(shownClass, "middle")
}
