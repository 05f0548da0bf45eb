package serve

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
)

// version asks which version is served.
func (s *scene) version() string {
	s.t.Helper()
	var got struct{ Versions []string }
	s.ask("GET", "/v2/models/net", nil).decode(s.t, &got)
	return got.Versions[0]
}

// TestReload holds that a new checkpoint takes the place of the old one, whose batches it ends, and
// is then closed.
func TestReload(t *testing.T) {
	s := begin(t, nil)
	free, first := s.busy()
	waiting := s.flood(1, inferPath)
	await(t, "an image that waits", func() bool { return s.batcher.waiting() == 1 })
	s.write("8")
	loaded := make(chan response, 1)
	go func() {
		r, err := s.try("POST", "/v2/repository/models/net/load", nil)
		if err != nil {
			t.Error(err)
		}
		loaded <- r
	}()
	<-s.began // the check of the new one, which is held too
	if s.model(0).isClosed() {
		t.Error("the old version is closed while it computes")
	}
	free()
	same(t, "load", (<-loaded).body, `{"name":"net","version":"8"}`)
	first.Wait()
	waiting.Wait()
	if first.codes[200] != 1 || waiting.codes[200] != 1 || s.version() != "8" {
		t.Errorf("got %v, %v, version %s", first.codes, waiting.codes, s.version())
	}
	await(t, "the end of the old version", s.model(0).isClosed)
	if r := s.ask("POST", "/v2/models/net/versions/7/infer", strings.NewReader(request(1))); r.code != 404 {
		t.Errorf("the old version: got %d, want 404", r.code)
	}
	if r := s.ask("POST", "/v2/models/net/versions/8/infer", strings.NewReader(request(1))); r.code != 200 || !strings.Contains(r.body, `"data":[16,0,0]`) {
		t.Errorf("the new version: got %d, %s", r.code, r.body)
	}
}

// TestReloadedClasses holds that a checkpoint's classes have the names that it says.
func TestReloadedClasses(t *testing.T) {
	s := begin(t, nil)
	s.mu.Lock()
	s.classes = []string{"ash", "birch", "cedar"}
	s.mu.Unlock()
	s.write("8")
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	var got predictResponse
	s.ask("POST", "/predict?top=1", bytes.NewReader(drawn(t, 3, 2, 1))).decode(t, &got)
	if got.Guesses[0].Class != "birch" {
		t.Errorf("got %q, want birch", got.Guesses[0].Class)
	}
}

// TestVersionHasGone holds that who wants the old version does not get the new one's answer.
func TestVersionHasGone(t *testing.T) {
	s := begin(t, nil)
	free, first := s.busy()
	waiting := s.flood(1, "/v2/models/net/versions/7/infer")
	await(t, "an image that waits", func() bool { return s.batcher.waiting() == 1 })
	s.models.replace(&version{LoadedModel: must(s.load(s.checkpoint))(t), name: "8"})
	free()
	first.Wait()
	if waiting.Wait(); first.codes[200] != 1 || waiting.codes[404] != 1 {
		t.Errorf("got %v, %v, want an answer, and 404", first.codes, waiting.codes)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestBadCheckpoint holds that one that cannot be loaded, or comes to no numbers, is said so and
// not served.
func TestBadCheckpoint(t *testing.T) {
	s := begin(t, nil)
	for text, want := range map[string]string{"none": "invalid syntax", "": "invalid syntax"} {
		s.write(text)
		if r := s.ask("POST", "/v2/repository/models/net/load", nil); r.code != 400 || !strings.Contains(r.body, want) {
			t.Errorf("%q: got %d, %s, want 400, %s", text, r.code, r.body, want)
		}
	}
	s.lives()
	if v := s.version(); v != "7" {
		t.Errorf("got version %s, want the one before", v)
	}
	metrics := s.ask("GET", "/metrics", nil).body
	for _, want := range []string{`resnetgen_reloads_total{result="failed"} 2`, `resnetgen_model_step 7`, `version="7"`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("got no %s", want)
		}
	}
	if text := s.log.text(); strings.Count(text, "a checkpoint cannot be served") != 2 {
		t.Errorf("got log %s", text)
	}
}

// TestPoll holds that new checkpoints are found, and that a bad one is tried once.
func TestPoll(t *testing.T) {
	s := begin(t, func(l *Limits) { l.Poll = 10 * time.Millisecond })
	s.write("none")
	await(t, "a failure", func() bool { return strings.Contains(s.log.text(), "a checkpoint cannot be served") })
	time.Sleep(100 * time.Millisecond)
	if n := strings.Count(s.log.text(), "a checkpoint cannot be served"); n != 1 {
		t.Errorf("got %d failures, want 1", n)
	}
	s.write("12")
	await(t, "version 12", func() bool { return s.version() == "12" })
	s.lives()
}

// TestPollSeesSwappedFiles holds that a file of the same size and time is found: another one, and
// the same with other contents.
func TestPollSeesSwappedFiles(t *testing.T) {
	s := begin(t, nil)
	past := time.Now().Add(-time.Hour)
	for version, write := range map[string]func(text string){
		"8": s.write,
		"9": func(text string) {
			if err := os.WriteFile(s.checkpoint, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		},
	} {
		if err := os.Chtimes(s.checkpoint, past, past); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(); err != nil {
			t.Fatal(err)
		}
		write(version)
		if err := os.Chtimes(s.checkpoint, past, past); err != nil {
			t.Fatal(err)
		}
		if err := s.models.refresh(); err != nil || s.version() != version {
			t.Errorf("got version %s, %v, want %s", s.version(), err, version)
		}
		if err := s.models.refresh(); err != nil || strings.Count(s.log.text(), "version="+version+" ") != 1 {
			t.Errorf("got log %s, want version %s loaded once", s.log.text(), version)
		}
	}
}
