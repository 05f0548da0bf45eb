package dashboard

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

var program = cli.Program{
	Info: &fakenet.Info, New: func(o network.Options) network.Network { return fakenet.New(o) },
	Commands: []cli.Command{Command()},
}

// lockedBuffer is a buffer that a program writes while a test reads it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestCommandErrors holds what is wrong with the command's folder and flags, and exit code 2.
func TestCommandErrors(t *testing.T) {
	empty, whole := t.TempDir(), t.TempDir()
	another(t, filepath.Join(whole, "first"))
	file := filepath.Join(empty, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"accepts 1 arg(s), received 0", nil},
		{"dashboard: absent: got no such folder, want a folder of runs, or a run's", []string{"absent"}},
		{"dashboard: " + file + ": got a file, want a folder of runs", []string{file}},
		{"dashboard: " + empty + ": got no run.json in it or in its folders, want a folder of runs", []string{empty}},
		{`--addr: got "8080", want an address and a port`, []string{whole, "--addr", "8080"}},
		{`--log: got "xml", want text or json`, []string{whole, "--log", "xml"}},
	} {
		var out, errOut bytes.Buffer
		code := cli.Run(t.Context(), program, append([]string{"dashboard"}, c.args...), &out, &errOut)
		if code != 2 || !strings.Contains(errOut.String(), c.want) || out.Len() > 0 {
			t.Errorf("%q: got exit code %d, %q, want 2, %q", c.args, code, errOut.String(), c.want)
		}
	}
}

// showing runs the command until the test ends, and returns where its page is. The command has to
// end with exit code 0.
func showing(t *testing.T, folder string) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var out, errOut lockedBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, program, []string{"dashboard", folder, "--addr", "127.0.0.1:0", "--log", "json"}, &out, &errOut)
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 || errOut.String() != "" {
			t.Errorf("got exit code %d, %q, want 0", code, errOut.String())
		}
	})
	address := regexp.MustCompile(`"url":"(http://\S+/)"`)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if m := address.FindStringSubmatch(out.String()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("got %s, %s, want an address", out.String(), errOut.String())
	return ""
}

// shown returns the state of a finished run.
func shown(t *testing.T, page, name string) *state {
	t.Helper()
	r, err := http.Get(page + "events?run=" + url.QueryEscape(name))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	data, isState := strings.CutPrefix(string(body), "id: 0\nevent: state\ndata: ")
	var s state
	if err := json.Unmarshal([]byte(data), &s); err != nil || !isState {
		t.Fatalf("%s: got %s, %.200q, want a state: %v", name, r.Status, body, err)
	}
	return &s
}

// settled writes a run of the fake network that has ended so, an hour ago.
func settled(t *testing.T, folder string, end string) {
	t.Helper()
	another(t, folder)
	for name, text := range map[string]string{
		runs.SettingsFile: `{"network":"` + fakenet.Info.Name + `","data":"columns","batch":2,"training_images":20,"validation":3}`,
		runs.MachineFile:  `{"cpu":"an abacus","threads":3}`,
		runs.LogFile:      `{"msg":"start","steps":100}` + "\n" + end + "\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	hour := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(folder, runs.TrainCSV), hour, hour); err != nil {
		t.Fatal(err)
	}
}

// TestFinished shows a folder of runs, and a run alone, as they are recorded.
func TestFinished(t *testing.T) {
	folder := t.TempDir()
	settled(t, filepath.Join(folder, "done"), `{"msg":"done","step":40}`)
	settled(t, filepath.Join(folder, "failed"), `{"msg":"failed","step":41,"error":"got NaN"}`)
	another(t, filepath.Join(folder, "newest"))
	page := showing(t, folder)

	if s := shown(t, page, ""); s.Run.Name != "newest" || s.Status != "finished" || s.Problem != "" || s.Ending == nil || *s.Ending != (runs.Outcome{}) {
		t.Errorf("without a name: got %+v, problem %q, want the newest run", s.Run, s.Problem)
	}
	s := shown(t, page, "done")
	if want := (runInfo{"done", "fake", "columns", "validation", fakenet.Info.Parameters, 2, 3, "an abacus"}); s.Run != want {
		t.Errorf("got %+v, want %+v", s.Run, want)
	}
	if want := (progress{Step: 40, Total: 100, PerEpoch: 10}); s.Progress != want {
		t.Errorf("got %+v, want %+v", s.Progress, want)
	}
	if !slices.Equal(s.Curves.Train.Steps, []int{1, 40}) || !slices.Equal(s.Curves.Test.Accuracy, []float64{0.5}) || s.Ending.Event != "done" {
		t.Errorf("got %+v, %+v, want what the run has recorded", s.Curves, s.Ending)
	}
	if s := shown(t, page, "failed"); s.Progress.Step != 41 || s.Ending.Error != "got NaN" {
		t.Errorf("got %+v, %+v, want that it has failed", s.Progress, s.Ending)
	}
	alone := showing(t, filepath.Join(folder, "done"))
	if s := shown(t, alone, ""); s.Run.Name != "done" {
		t.Errorf("a run alone: got %q, want it", s.Run.Name)
	}
	for _, other := range []string{"failed", "../failed", "none", "<b>", strings.Repeat("x", 2000)} {
		if s := shown(t, alone, other); s.Problem != fmt.Sprintf("got no run %q, want one that is listed", other[:min(len(other), 100)]) || s.Run.Name != "" || len(s.Curves.Train.Steps) > 0 {
			t.Errorf("%s of a run alone: got problem %q, want none of its curves", other, s.Problem)
		}
	}
}

// TestFinishedDamage holds that a run of which something cannot be read is shown without that, and
// what is wrong is said.
func TestFinishedDamage(t *testing.T) {
	folder := t.TempDir()
	for name, damage := range map[string]struct{ file, text, want string }{
		"rows":     {runs.TrainCSV, "step,loss,learning_rate,accuracy\n1,2.5,0.1,0.25\n7,NaN,0,0\n", "line 3"},
		"settings": {runs.SettingsFile, "[", "unexpected end of JSON"},
		"machine":  {runs.MachineFile, `{"threads":"all"}`, "machine.json"},
	} {
		settled(t, filepath.Join(folder, name), `{"msg":"done","step":-1}`)
		if err := os.WriteFile(filepath.Join(folder, name, damage.file), []byte(damage.text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	settled(t, filepath.Join(folder, "large"), "")
	if err := os.Truncate(filepath.Join(folder, "large", runs.EvalCSV), 100<<20); err != nil {
		t.Fatal(err)
	}
	page := showing(t, folder)
	for name, want := range map[string]string{"rows": "line 3", "settings": "unexpected end of JSON", "machine": "machine.json", "large": "want at most"} {
		s := shown(t, page, name)
		if !strings.Contains(s.Problem, want) || s.Progress.Step < 0 {
			t.Errorf("%s: got problem %q, step %d, want %q in it", name, s.Problem, s.Progress.Step, want)
		}
		if name != "large" && len(s.Curves.Train.Steps) == 0 {
			t.Errorf("%s: got no curves, want what can be read", name)
		}
	}
}

// TestFinishedServer holds that finished runs are given out under the rules of a training's page.
func TestFinishedServer(t *testing.T) {
	folder := t.TempDir()
	settled(t, filepath.Join(folder, "one"), "")
	s := newServer(nil, folder, "", &fakenet.Info, true)
	for _, c := range []struct {
		path, host string
		status     int
		want       string
	}{
		{"/", "localhost", 200, "<!doctype html>"},
		{"/runs", "localhost", 200, `[{"name":"one","failure":""}]`},
		{"/runs/one", "127.0.0.1:1", 200, `"loss":[2.5,1.5]`},
		{"/events", "localhost", 200, "event: state"},
		{"/events", "elsewhere.example", 403, "want localhost"},
		{"/runs", "elsewhere.example", 403, "want localhost"},
		{"/runs/..%2f" + filepath.Base(folder), "localhost", 404, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		s.http.Handler.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s of %s: got %d, %.80q, want %d and %q", c.path, c.host, w.Code, w.Body.String(), c.status, c.want)
		}
		if policy := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("%s: got policy %q", c.path, policy)
		}
	}
}
