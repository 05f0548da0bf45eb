package browser

import (
	"context"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Press presses keys, one after the other: \t is the Tab key, \r is Enter.
func (tab *Tab) Press(keys string) {
	tab.t.Helper()
	do(tab, chromedp.KeyEvent(keys))
}

// ClickMiddle clicks with the mouse in the middle of a selector's element, whatever is on top
// there.
func (tab *Tab) ClickMiddle(selector string) {
	tab.t.Helper()
	x, y := tab.middle(selector)
	do(tab, chromedp.MouseClickXY(x, y))
}

func (tab *Tab) middle(selector string) (x, y float64) {
	tab.t.Helper()
	text := tab.Text(fmt.Sprintf(`(() => { const e = document.querySelector(%q);
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getBoundingClientRect();
		return (r.left + r.right) / 2 + " " + (r.top + r.bottom) / 2; })()`, selector))
	if _, err := fmt.Sscan(text, &x, &y); err != nil {
		tab.t.Fatalf("%s: got %q, want its place: %v", selector, text, err)
	}
	return x, y
}

// Choose chooses a file in the file chooser that open makes the page show.
func (tab *Tab) Choose(path string, open func()) {
	tab.t.Helper()
	intercept := func(enabled bool) {
		do(tab, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
			return cdp.Call(ctx, target, page.SetInterceptFileChooserDialog, page.SetInterceptFileChooserDialogParams{Enabled: enabled})
		})
	}
	choosers := make(chan *page.EventFileChooserOpened, 1)
	ctx, stop := context.WithCancel(tab.ctx)
	defer stop()
	err := chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*page.EventFileChooserOpened); ok {
			choosers <- e
		}
	})
	if err != nil {
		tab.t.Fatalf("listen: %v", err)
	}
	intercept(true)
	defer intercept(false)
	open()
	select {
	case e := <-choosers:
		do(tab, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
			return cdp.Call(ctx, target, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: e.BackendNodeID})
		})
	case <-time.After(tab.Patience):
		tab.t.Fatal("got no file chooser, want one")
	}
}
