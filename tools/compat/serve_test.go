package compat

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// TestServe serves a run of an older version and asks for the class of an image.
func TestServe(t *testing.T) {
	p := newPlace(t)
	url, stop := p.serve("photos", "runs/classes")
	defer stop()
	image, err := os.ReadFile(p.path("images/bar/0.png"))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Post(url+"/predict", "image/png", bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	got := decode[prediction](t, body, err)
	text, err := p.expected("predict.json")
	want := decode[[]prediction](t, text, err)[0]
	if diff := cmp.Diff(want.Guesses, got.Guesses, probabilities); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// serve starts a prediction server and returns where it listens.
func (p place) serve(trainer, run string) (url string, stop func()) {
	p.Helper()
	c := p.command(trainer, "serve", "--checkpoint", run, "--addr", "127.0.0.1:0")
	out, in, err := os.Pipe()
	if err != nil {
		p.Fatal(err)
	}
	c.Stdout, c.Stderr = in, in
	if err := c.Start(); err != nil {
		p.Fatal(err)
	}
	in.Close()
	stop = func() {
		_ = c.Process.Kill()
		_ = c.Wait() // it was killed
		out.Close()
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url = address.FindString(lines.Text()); url != "" {
			go io.Copy(io.Discard, out) //nolint:errcheck // until the server ends
			return url, stop
		}
	}
	stop()
	p.Fatalf("serve ended without an address: %v", lines.Err())
	return "", nil
}
