package dashboard

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/internal/loopback"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// TestAddress holds what --dashboard takes.
func TestAddress(t *testing.T) {
	for address, want := range map[string]string{
		"8080":         `--dashboard: got "8080", want an address and a port, such as :8080`,
		"127.0.0.1:no": "--dashboard: ",
	} {
		if _, err := observe(t, address); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q in it", address, err, want)
		}
	}
	if o, err := observe(t, ""); o != nil || err != nil {
		t.Errorf("without the flag: got %v, %v, want nobody", o, err)
	}
	o, err := observe(t, ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer o.(*observer).listener.Close()
	if !loopback.IsLocalListener(o.(*observer).listener) {
		t.Errorf("got %s of :0, want a loopback address", o.(*observer).listener.Addr())
	}
}

func observe(t *testing.T, address string) (train.Observer, error) {
	t.Helper()
	p, flags := Part(), pflag.NewFlagSet("", pflag.ContinueOnError)
	p.Flags(flags)
	if err := flags.Parse([]string{"--dashboard", address}); err != nil {
		t.Fatal(err)
	}
	return p.Observer()
}

// TestSaid holds that the address is said, and if it is not this machine's alone, that as well.
func TestSaid(t *testing.T) {
	s := begin(t, filepath.Join(t.TempDir(), "run"), "127.0.0.1:0", 0)
	defer s.o.Stop()
	if want := "dashboard: " + s.url(); len(s.said) != 1 || s.said[0] != want {
		t.Errorf("got %q, want %q", s.said, want)
	}
	open := begin(t, filepath.Join(t.TempDir(), "run"), "0.0.0.0:0", 0)
	defer open.o.Stop()
	if len(open.said) != 2 || !strings.Contains(open.said[1], "can be read from other machines") {
		t.Errorf("got %q, want a warning", open.said)
	}
}

// get asks for a path under a host's name.
func get(t *testing.T, s *scene, path, host string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// TestServer holds who is answered, and that the runs beside this one are given out and nothing
// else of the disk.
func TestServer(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	another(t, filepath.Join(filepath.Dir(out), "other"))
	fail(t, filepath.Join(filepath.Dir(out), "failed"), "got NaN at step 7")
	s := begin(t, out, "127.0.0.1:0", 0)
	defer s.o.Stop()
	for _, c := range []struct {
		path, host string
		status     int
		want       string
	}{
		{"", "", 200, "<!doctype html>"},
		{"", "localhost:1", 200, "<!doctype html>"},
		{"", "[::1]:1", 200, "<!doctype html>"},
		{"", "elsewhere.example", 403, "want localhost"},
		{"uplot/LICENSE", "", 200, "MIT"},
		{"runs", "", 200, `[{"name":"failed","failure":"got NaN at step 7"},{"name":"other","failure":""}]`},
		{"runs/other", "", 200, `"loss":[2.5,1.5]`},
		{"runs/run", "", 404, ""},
		{"runs/..%2fother", "", 404, ""},
		{"runs/none", "", 404, ""},
	} {
		response, body := get(t, s, c.path, c.host)
		if response.StatusCode != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%q of %q: got %d, %.80q, want %d and %q", c.path, c.host, response.StatusCode, body, c.status, c.want)
		}
		if policy := response.Header.Get("Content-Security-Policy"); c.status == 200 && !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("%q: got policy %q", c.path, policy)
		}
	}
}

// TestEvents holds that a page gets the whole state and then the changes, in order, and the end.
func TestEvents(t *testing.T) {
	s := begin(t, filepath.Join(t.TempDir(), "run"), "127.0.0.1:0", 0)
	s.step(1, 2)
	response, err := http.Get(s.url() + "events")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	s.step(2, 1)
	s.evaluate(2, 6)
	s.o.Final(runs.Final{Step: 2, Accuracy: 0.625})
	s.o.Stop()
	var events []string
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			events = append(events, name)
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(data), &v); err != nil {
			t.Errorf("%s: %v", events[len(events)-1], err)
		}
	}
	if got := fmt.Sprint(events); got != "[state layers point test evaluation final end]" {
		t.Errorf("got events %s", got)
	}
}

// TestSlowPage holds that a page that does not read is let go, not waited for, and has the state
// when it comes back.
func TestSlowPage(t *testing.T) {
	h := newHub()
	h.state.Curves = &runs.Curves{}
	_, changes := h.join()
	for i := range 2 * backlog {
		h.change("progress", progress{Step: i}, func(s *state) { s.Progress.Step = i })
	}
	n := 0
	for range changes {
		n++
	}
	if n != backlog || len(h.pages) != 0 {
		t.Errorf("got %d changes, %d pages, want %d and none", n, len(h.pages), backlog)
	}
	if first, _ := h.join(); !strings.Contains(string(first), fmt.Sprintf(`"step":%d`, 2*backlog-1)) {
		t.Errorf("got %s, want the last step in it", first)
	}
}

// TestThinning holds that curves keep their ends and their mean, however long a run is.
func TestThinning(t *testing.T) {
	c := &runs.Curves{}
	const n = 3*pointsKept + 1
	for i := range n {
		add(c, &point{Progress: progress{Step: i + 1}, Loss: float64(i), ImagesPerSecond: 7})
	}
	steps := c.Train.Steps
	if len(steps) >= pointsKept || len(steps) != len(c.Train.Loss) || len(steps) != len(c.Train.Accuracy) || steps[len(steps)-1] != n {
		t.Fatalf("got %d steps to %d, %d losses, want fewer than %d, to %d", len(steps), steps[len(steps)-1], len(c.Train.Loss), pointsKept, n)
	}
	for i, step := range steps {
		first := 0
		if i > 0 {
			first = steps[i-1]
			if step <= first {
				t.Fatalf("got step %d after %d", step, first)
			}
		}
		if want := float64(first+step-1) / 2; c.Train.Loss[i] != want || c.Train.ImagesPerSecond[i] != 7 {
			t.Fatalf("steps %d to %d: got loss %g, want the mean %g", first+1, step, c.Train.Loss[i], want)
		}
	}
}
