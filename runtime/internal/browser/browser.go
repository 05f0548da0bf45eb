// Package browser drives a headless Chromium, for tests of pages.
package browser

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Browser is a running browser.
type Browser struct{ ctx context.Context }

// Tab is a page in it.
type Tab struct {
	Patience time.Duration // how long the page may take to become what the test awaits

	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	requests []string
}

// patience is a tab's Patience at first: long, for a machine that has other work.
const patience = time.Minute

// Start starts a browser, which ends with the test.
func Start(t testing.TB) *Browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("headless", true), chromedp.Flag("no-sandbox", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(patience),
	)
	ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(end)
	ctx, endTab := chromedp.NewContext(ctx)
	t.Cleanup(endTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("chromium (tools/setup installs it): %v", err)
	}
	return &Browser{ctx}
}

// Open opens a tab, which closes with the test.
func (b *Browser) Open(t testing.TB) *Tab {
	t.Helper()
	ctx, end := chromedp.NewContext(b.ctx)
	t.Cleanup(end)
	tab := &Tab{Patience: patience, t: t, ctx: ctx}
	err := chromedp.Listen(ctx, func(event any) {
		if sent, ok := event.(*network.EventRequestWillBeSent); ok {
			tab.mu.Lock()
			defer tab.mu.Unlock()
			tab.requests = append(tab.requests, sent.Request.URL)
		}
	})
	if err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	return tab
}

func do[T any](tab *Tab, action chromedp.Action[T]) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		tab.t.Fatal(err)
	}
	return value
}

// Load goes to an address.
func (tab *Tab) Load(url string) { tab.t.Helper(); do(tab, chromedp.Navigate(url)) }

// Reload loads the page again.
func (tab *Tab) Reload() { tab.t.Helper(); do(tab, chromedp.Reload()) }

// Size makes the window of a size, and a phone's or not.
func (tab *Tab) Size(width, height int64, phone bool) {
	tab.t.Helper()
	var options []chromedp.EmulateViewportOption
	if phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	do(tab, chromedp.EmulateViewport(width, height, options...))
}

// Prefer makes the reader prefer a color scheme, light or dark.
func (tab *Tab) Prefer(scheme string) {
	tab.t.Helper()
	do(tab, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
	})
}

// Text returns what a JavaScript expression is, as text.
func (tab *Tab) Text(expression string) string {
	tab.t.Helper()
	return do(tab, chromedp.Evaluate[string]("String("+expression+")"))
}

// Await waits until a JavaScript expression is, as text, what is wanted.
func (tab *Tab) Await(expression, want string) {
	tab.t.Helper()
	got := ""
	for end := time.Now().Add(tab.Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got = tab.Text(expression); got == want {
			return
		}
	}
	tab.t.Fatalf("%s: got %q, want %q", expression, got, want)
}

// Click clicks on the element of a selector.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	tab.Await(fmt.Sprintf("!!document.querySelector(%q)", selector), "true")
	do(tab, chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector(%q).click(), true", selector)))
}

// Screenshot returns the window as a PNG, or the whole page.
func (tab *Tab) Screenshot(whole bool) []byte {
	tab.t.Helper()
	if whole {
		return do(tab, chromedp.FullScreenshot(100))
	}
	return do(tab, chromedp.CaptureScreenshot())
}

// Elsewhere lists the requests that went to other places than an address.
func (tab *Tab) Elsewhere(address string) (urls []string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	for _, url := range tab.requests {
		if !strings.HasPrefix(url, address) && !strings.HasPrefix(url, "data:") {
			urls = append(urls, url)
		}
	}
	return urls
}

// Requests returns how many requests the page has made.
func (tab *Tab) Requests() int {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return len(tab.requests)
}
