package dataset

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// archive is a .tar.gz with CIFAR-10 binaries and what else publishers put there.
func archive(t *testing.T) string {
	t.Helper()
	return zipped(tarOf(t, "a/../data_batch_1.bin", "a/test_batch.bin", "a/readme.html"))
}

// tarOf is an archive of files, each with a CIFAR-10 record whose label is its number.
func tarOf(t testing.TB, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i, name := range names {
		content := cifarRecord(byte(i + 1))
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// site serves one file, and goes wrong in its first answers.
type site struct {
	*httptest.Server
	file   string
	wrongs []func(w http.ResponseWriter)
	asked  atomic.Int32
	ranges []string // of the requests
}

func serve(t *testing.T, file string, wrongs ...func(w http.ResponseWriter)) *site {
	t.Helper()
	s := &site{file: file, wrongs: wrongs}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		if n := int(s.asked.Add(1)); n <= len(s.wrongs) {
			s.wrongs[n-1](w)
			return
		}
		if r.URL.Path != "/data.tar.gz" {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "data.tar.gz", time.Time{}, strings.NewReader(s.file))
	}))
	t.Cleanup(s.Close)
	return s
}

// half answers with the first half of a file and breaks off.
func half(file string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", fmt.Sprint(len(file)))
		_, _ = w.Write([]byte(file[:len(file)/2])) // the client may have gone
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// busy answers that the server cannot, for now.
func busy(w http.ResponseWriter) { http.Error(w, "busy", http.StatusServiceUnavailable) }

// hangs answers with a byte, and then with nothing.
func hangs(file string) func(w http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", fmt.Sprint(len(file)))
		_, _ = w.Write([]byte(file[:1]))
		w.(http.Flusher).Flush()
		time.Sleep(time.Second)
	}
}

// quick is a fetcher that does not wait for long, and what it logs.
func quick() (f *fetcher, logged *string) {
	logged = new(string)
	f = newFetcher(func(format string, args ...any) { *logged += fmt.Sprintf(format, args...) + "\n" })
	f.client.RetryWaitMin, f.client.RetryWaitMax, f.client.RetryMax = time.Millisecond, time.Millisecond, 2
	f.attempts, f.pause, f.stall = 2, time.Millisecond, 400*time.Millisecond
	return f, logged
}

func sha(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }

// TestDownload fetches an archive from a site that goes wrong, and reads the set that it holds.
func TestDownload(t *testing.T) {
	file := archive(t)
	middle := fmt.Sprintf("bytes=%d-", len(file)/2)
	for name, c := range map[string]struct {
		wrongs []func(w http.ResponseWriter)
		ranges []string
	}{
		"at once":            {nil, []string{""}},
		"after being busy":   {[]func(http.ResponseWriter){busy, busy}, []string{"", "", ""}},
		"after breaking off": {[]func(http.ResponseWriter){half(file)}, []string{"", middle}},
		"after hanging":      {[]func(http.ResponseWriter){hangs(file)}, []string{"", "bytes=1-"}},
		"after both":         {[]func(http.ResponseWriter){half(file), busy}, []string{"", middle, middle}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, file, c.wrongs...)
			f, logged := quick()
			cache := filepath.Join(t.TempDir(), "cache")
			if err := f.fetch(t.Context(), []download{{s.URL + "/data.tar.gz", sha(file)}}, filepath.Join(cache, "cifar10")); err != nil {
				t.Fatalf("%v\n%s", err, *logged)
			}
			if fmt.Sprint(s.ranges) != fmt.Sprint(c.ranges) {
				t.Errorf("got ranges %q, want %q", s.ranges, c.ranges)
			}
			if !strings.Contains(*logged, s.URL) {
				t.Errorf("got log %q, want the address in it", *logged)
			}
			if left, err := os.ReadDir(cache); err != nil || len(left) != 1 {
				t.Errorf("got %v in the cache (%v), want the set alone", left, err)
			}
			train, _, err := Open("cifar10", Options{Cache: cache})
			if err != nil || train.Len() != 1 || train.Labels[0] != 1 {
				t.Errorf("from the cache: got %v, error %v", train, err)
			}
		})
	}
}

// TestDownloadResumes resumes what an earlier call has left, starts again if that was wrong, and
// leaves no set before all of it is right.
func TestDownloadResumes(t *testing.T) {
	file := archive(t)
	for name, c := range map[string]struct {
		there  string
		ranges []string
	}{
		"with the beginning":      {file[:10], []string{"bytes=10-"}},
		"with all":                {file, []string{fmt.Sprintf("bytes=%d-", len(file))}},
		"with another beginning":  {"something else", []string{"bytes=14-", ""}},
		"with more than there is": {file + "more", []string{fmt.Sprintf("bytes=%d-", len(file)+4), ""}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, file)
			f, logged := quick()
			target := filepath.Join(t.TempDir(), "cifar10")
			if err := os.Mkdir(target+".part", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(target+".part", "data.tar.gz"), []byte(c.there), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := f.fetch(t.Context(), []download{{s.URL + "/data.tar.gz", sha(file)}}, target); err != nil {
				t.Fatalf("%v\n%s", err, *logged)
			}
			if fmt.Sprint(s.ranges) != fmt.Sprint(c.ranges) {
				t.Errorf("got ranges %q, want %q", s.ranges, c.ranges)
			}
		})
	}
}

// TestDownloadFails holds what is said, and that there is no set then.
func TestDownloadFails(t *testing.T) {
	file := archive(t)
	halves := []func(http.ResponseWriter){half(file), busy, busy, busy, busy}
	for want, c := range map[string]struct {
		path, sum string
		wrongs    []func(http.ResponseWriter)
	}{
		"got status 404": {"/absent", sha(file), nil},
		"with sha256":    {"/data.tar.gz", strings.Repeat("0", 64), nil},
		"giving up after 3 attempts: got status 503 Service Unavailable": {"/data.tar.gz", sha(file), halves},
	} {
		s := serve(t, file, c.wrongs...)
		f, _ := quick()
		cache := t.TempDir()
		err := f.fetch(t.Context(), []download{{s.URL + c.path, c.sum}}, filepath.Join(cache, "cifar10"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
		left, err := os.ReadDir(cache)
		if err != nil || len(left) != 1 || left[0].Name() != "cifar10.part" {
			t.Errorf("got %v in the cache (%v), want only what can be gone on with", left, err)
		}
		if part := size(filepath.Join(cache, "cifar10.part", "data.tar.gz")); (part > 0) != (c.wrongs != nil) {
			t.Errorf("%s: got %d bytes to go on with", want, part)
		}
	}
}

// TestFetch holds what is said of sets that cannot be fetched, and that one that is there is not.
func TestFetch(t *testing.T) {
	if _, err := Fetch(t.Context(), "cifar11", Options{}); err == nil || !strings.Contains(err.Error(), "want one of cifar10, cifar100, fashion-mnist") {
		t.Errorf("got error %v", err)
	}
	cache := t.TempDir()
	want := filepath.Join(cache, "cifar10")
	if err := os.Mkdir(want, 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := Fetch(t.Context(), "cifar10", Options{Cache: cache}); err != nil || got != want {
		t.Errorf("got %s, error %v, want %s", got, err, want)
	}
}

// TestWait holds that a server that asks for days is not waited for so long.
func TestWait(t *testing.T) {
	late := func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "1000000")
		busy(w)
	}
	file := archive(t)
	s := serve(t, file, late, late)
	f, logged := quick()
	if err := f.fetch(t.Context(), []download{{s.URL + "/data.tar.gz", sha(file)}}, filepath.Join(t.TempDir(), "cifar10")); err != nil {
		t.Errorf("%v\n%s", err, *logged)
	}
}
