//go:build unix

package serve

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
)

var program = cli.Program{
	Info: standardizedInfo(), Infer: fakenet.InferAs(standardizedInfo()),
	New:      func(o network.Options) network.Network { return fakenet.New(o) },
	Commands: []cli.Command{Command()},
}

// standardizedInfo is the network's, with a mean and a deviation of all images.
func standardizedInfo() *network.Info {
	info := fakenet.Info
	info.Mean, info.Std = []float64{0.4}, []float64{0.25}
	return &info
}

// checkpoint is one of the program.
func checkpoint(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkpoint")
	var text bytes.Buffer
	if code := cli.Run(t.Context(), program, []string{"init", "--out", path}, &text, &text); code != 0 {
		t.Fatal(text.String())
	}
	return path
}

// TestFlags holds what is wrong with flags, and exit code 2.
func TestFlags(t *testing.T) {
	good, broken := checkpoint(t), filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("no checkpoint"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--checkpoint: got nothing, want a checkpoint": {},
		"no such file":           {"--checkpoint", "absent", "--addr", ":0"},
		"not a safetensors file": {"--checkpoint", broken, "--addr", ":0"},
		`--addr: got "8080", want an address and a port`: {"--checkpoint", good, "--addr", "8080"},
		"--max-batch: got 0, want 1 to 65536":            {"--checkpoint", good, "--max-batch", "0"},
		"--max-queue: got -1, want 1 to":                 {"--checkpoint", good, "--max-queue", "-1"},
		"--max-body: got 0, want 1 to":                   {"--checkpoint", good, "--max-body", "0"},
		"--max-requests: got 0, want 1 to":               {"--checkpoint", good, "--max-requests", "0"},
		"--max-delay: got -1s, want 0s to 24h":           {"--checkpoint", good, "--max-delay", "-1s"},
		"--timeout: got 0s, want 1ms to 24h":             {"--checkpoint", good, "--timeout", "0s"},
		"--poll: got 1ms, want 0 or 10ms to 24h":         {"--checkpoint", good, "--poll", "1ms"},
		`--log: got "xml", want text or json`:            {"--checkpoint", good, "--log", "xml", "--addr", ":0"},
		"--threads: got -1":                              {"--checkpoint", good, "--threads", "-1", "--addr", ":0"},
		`unknown command "now" for "fake serve"`:         {"now"},
	} {
		var out, errOut bytes.Buffer
		code := cli.Run(t.Context(), program, append([]string{"serve"}, args...), &out, &errOut)
		if code != 2 || !strings.Contains(errOut.String(), want) {
			t.Errorf("%q: got exit code %d, %q, want 2, %q", args, code, errOut.String(), want)
		}
	}
}

// TestCommand serves a trainer's checkpoint, loads it again at SIGHUP, and ends when it is told to.
func TestCommand(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out, errOut syncBuffer
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, program, []string{"serve", "--checkpoint", checkpoint(t), "--addr", "0.0.0.0:0", "--log", "json"}, &out, &errOut)
	}()
	address := regexp.MustCompile(`"url":"http://\S+:(\d+)/"`)
	await(t, "the server's address", func() bool { return address.MatchString(out.text()) })
	url := "http://127.0.0.1:" + address.FindStringSubmatch(out.text())[1] + "/v2/models/fake/infer"
	standardized := logits(t, url, "FP32", "[-1.6,2.4,-0.8, 0,0,0, 0,0,0, 0,0,0]")
	if got := logits(t, url, "UINT8", "[0,255,51, 102,102,102, 102,102,102, 102,102,102]"); got != standardized {
		t.Errorf("bytes: got %s, want those of the standardized image, %s", got, standardized)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	await(t, "the checkpoint again", func() bool { return strings.Count(out.text(), `"msg":"serving"`) == 2 })
	cancel()
	if code := <-ended; code != 0 || errOut.text() != "" {
		t.Errorf("got exit code %d, %q, want 0", code, errOut.text())
	}
	for _, want := range []string{"anybody who reaches this address", "draining", "drained"} {
		if !strings.Contains(out.text(), `"msg":"`+want) {
			t.Errorf("got %s, want %q in it", out.text(), want)
		}
	}
}

// logits asks a server for those of an image, and returns its answer.
func logits(t *testing.T, url, datatype, data string) string {
	t.Helper()
	request := `{"inputs":[{"name":"images","datatype":"` + datatype + `","shape":[1,4,3,1],"data":` + data + `}],"outputs":[{"name":"logits"}]}`
	r, err := http.Post(url, "application/json", strings.NewReader(request))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("got %s, error %v: %s", r.Status, err, body)
	}
	return string(body)
}

// TestPortableWarning holds that a server without assembly says so first.
func TestPortableWarning(t *testing.T) {
	defer cpu.Set(cpu.Portable)()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it drains at once
	var out, errOut syncBuffer
	if code := cli.Run(ctx, program, []string{"serve", "--checkpoint", checkpoint(t), "--addr", "127.0.0.1:0"}, &out, &errOut); code != 0 {
		t.Fatalf("got exit code %d:\n%s", code, errOut.text())
	}
	if first, _, _ := strings.Cut(errOut.text(), "\n"); !strings.Contains(first, "no assembly serves this CPU") || !strings.Contains(first, " times slower than ") {
		t.Errorf("got %q, want a first line that warns", first)
	}
}
