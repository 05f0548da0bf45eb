package dataset

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/resnetgen/resnetgen/runtime/internal/durable"
)

// download is a file on a publisher's site.
type download struct{ url, sha256 string }

// maxDownload is the size of the largest file that is fetched.
const maxDownload = 1 << 30

// fetcher fetches files, and goes on where a transfer has broken off.
type fetcher struct {
	client   *retryablehttp.Client
	attempts int           // transfers of a file without more of it before it is given up
	most     int64         // bytes of a file
	pause    time.Duration // between two of them, at first
	stall    time.Duration // a transfer that brings nothing for so long is broken off
	log      func(format string, args ...any)
}

func newFetcher(log func(format string, args ...any)) *fetcher {
	client := retryablehttp.NewClient()
	client.Logger = nil
	client.ErrorHandler = gaveUp
	client.Backoff = wait
	return &fetcher{client: client, attempts: 6, most: maxDownload, pause: time.Second, stall: time.Minute, log: log}
}

// wait is the time before another request: what the server asks for, but at most the longest of the
// client's own. A server may ask for days.
func wait(shortest, longest time.Duration, tries int, response *http.Response) time.Duration {
	return min(retryablehttp.DefaultBackoff(shortest, longest, tries, response), longest)
}

// gaveUp returns why a request was given up, after so many tries: without it the client would not
// name the status.
func gaveUp(response *http.Response, err error, tries int) (*http.Response, error) {
	if response != nil {
		err = errors.Join(err, response.Body.Close(), fmt.Errorf("got status %s, want 200", response.Status))
	}
	return nil, fmt.Errorf("giving up after %d attempts: %w", tries, err)
}

// fetch fills folder with files or the contents of archives: all of them or, after an error, none.
// What has been transferred stays in a folder beside it until all is done, so that the next call
// goes on with it.
func (f *fetcher) fetch(ctx context.Context, downloads []download, folder string) error {
	parts := folder + ".part"
	if err := os.MkdirAll(parts, 0o755); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	scratch, err := os.MkdirTemp(filepath.Dir(folder), ".download-*")
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // it was renamed, or is scrap
	for _, d := range downloads {
		file := filepath.Join(parts, path.Base(d.url))
		if err := f.get(ctx, d, file); err != nil {
			return fmt.Errorf("data: download %s: %w", d.url, err)
		}
		if err := unpack(scratch, file); err != nil {
			return fmt.Errorf("data: unpack %s: %w", file, err)
		}
	}
	if err := os.Chmod(scratch, 0o755); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if err := errors.Join(durable.SyncFolder(scratch), os.Rename(scratch, folder), durable.SyncFolder(filepath.Dir(folder))); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return os.RemoveAll(parts)
}

// get fetches a file and checks its sum. It goes on with what is there of it; if the whole then has
// the wrong sum, it begins once again.
func (f *fetcher) get(ctx context.Context, d download, file string) error {
	resumed := size(file) > 0
	for {
		if err := f.transfer(ctx, d.url, file); err != nil {
			return err
		}
		got, err := sumOf(file)
		if err != nil || got == d.sha256 {
			return err
		}
		wrong := fmt.Errorf("got %d bytes with sha256 %s, want %s", size(file), got, d.sha256)
		if err := os.Remove(file); err != nil || !resumed {
			return errors.Join(wrong, err)
		}
		f.log("%s: %v; downloading it again from its start", d.url, wrong)
		resumed = false
	}
}

// transfer brings all of a file, in as many attempts as it takes.
func (f *fetcher) transfer(ctx context.Context, url, file string) error {
	pause, longest := f.pause, size(file)
	for attempt, all := 1, 1; ; attempt, all = attempt+1, all+1 {
		err := f.resume(ctx, url, file)
		var refused refusal
		if err == nil || errors.As(err, &refused) || ctx.Err() != nil {
			return err
		}
		if n := size(file); n > longest { // it does come on, and not only after it was begun anew
			attempt, pause, longest = 0, f.pause, n
		}
		if attempt >= f.attempts || all == maxTransfers {
			return err
		}
		f.log("%s: %v after %d bytes; trying again in %v", url, err, size(file), pause)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause *= 2
	}
}

// maxTransfers bounds the transfers of a file of which each brings a little.
const maxTransfers = 1000

// refusal is an error that another attempt does not change.
type refusal struct{ error }

// Unwrap returns why.
func (r refusal) Unwrap() error { return r.error }

// resume appends to a file what it lacks.
func (f *fetcher) resume(ctx context.Context, url, file string) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	request, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	have := size(file)
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	response, err := f.client.Do(request) // which tries a few times
	if err != nil {
		return refusal{err}
	}
	defer response.Body.Close() //nolint:errcheck // what counts is what was read
	flags := os.O_CREATE | os.O_WRONLY
	switch {
	case response.StatusCode == http.StatusRequestedRangeNotSatisfiable && have > 0:
		return nil // there is no more; the sum tells
	case response.StatusCode == http.StatusPartialContent && have > 0 && strings.HasPrefix(response.Header.Get("Content-Range"), "bytes "+strconv.FormatInt(have, 10)+"-"):
		flags |= os.O_APPEND
		f.log("resuming %s after %d bytes", url, have)
	case response.StatusCode == http.StatusOK:
		flags |= os.O_TRUNC
		have = 0
		f.log("downloading %s", url)
	default:
		return refusal{fmt.Errorf("got status %s, want 200", response.Status)}
	}
	out, err := os.OpenFile(file, flags, 0o644)
	if err != nil {
		return err
	}
	stalled := time.AfterFunc(f.stall, func() { cancel(fmt.Errorf("got nothing for %v", f.stall)) })
	defer stalled.Stop()
	body := io.TeeReader(response.Body, writer(func(int) { stalled.Reset(f.stall) }))
	n, err := io.Copy(out, io.LimitReader(body, f.most+1-have))
	if err != nil && context.Cause(ctx) != nil {
		err = context.Cause(ctx)
	}
	if err == nil && have+n > f.most {
		err = refusal{fmt.Errorf("got more than %d bytes", f.most)}
	}
	return errors.Join(err, out.Sync(), out.Close())
}

// writer is told how many bytes come by.
type writer func(n int)

func (w writer) Write(p []byte) (int, error) {
	w(len(p))
	return len(p), nil
}

// size is a file's, or 0 if there is none.
func size(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}

// sumOf is the sha256 of a file, hexadecimal.
func sumOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
