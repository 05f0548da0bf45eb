package dataset

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
)

// answering is a server that answers each connection with the same bytes, whatever is asked, and
// closes it.
func answering(t testing.TB, answer func() []byte) net.Addr {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					_, _ = conn.Write(answer()) // the client may have gone
				}
			}()
		}
	}()
	return listener.Addr()
}

// response is an answer with some headers.
func response(status string, headers ...string) []byte {
	return []byte("HTTP/1.1 " + status + "\r\n" + strings.Join(headers, "\r\n") + "\r\n\r\n")
}

// FuzzDownload holds that a server can answer whatever it likes: there is the file with the right
// sum, or an error and no set, and what is left to go on with is no larger than a file may be.
func FuzzDownload(f *testing.F) {
	const file = "the file"
	add := func(have uint16, answer []byte) { f.Add(have, answer) }
	add(0, append(response("200 OK", "Content-Length: 8"), file...))
	add(0, append(response("200 OK"), file...))
	add(4, append(response("206 Partial Content", "Content-Range: bytes 4-7/8", "Content-Length: 4"), file[4:]...))
	add(4, append(response("206 Partial Content", "Content-Range: bytes 0-7/8", "Content-Length: 8"), file...))
	add(4, append(response("206 Partial Content", "Content-Range: bytes 4-9223372036854775807/*", "Content-Length: 4"), "more"...))
	add(9, response("416 Range Not Satisfiable", "Content-Range: bytes */8", "Content-Length: 0"))
	add(0, append(response("200 OK", "Content-Length: 9223372036854775807"), file...))
	add(0, append(response("200 OK", "Content-Length: -1"), file...))
	add(0, append(response("200 OK", "Transfer-Encoding: chunked"), "8\r\nthe file\r\n0\r\n\r\n"...))
	add(0, append(response("200 OK", "Transfer-Encoding: chunked"), "ffffffffffffffff\r\nthe"...))
	add(0, append(response("200 OK", "Content-Encoding: gzip"), zeros(f, "", 1<<22)...))
	add(0, response("302 Found", "Location: /again", "Content-Length: 0"))
	add(0, response("302 Found", "Location: file:///etc/passwd", "Content-Length: 0"))
	add(0, response("503 Service Unavailable", "Retry-After: 1000000", "Content-Length: 0"))
	add(0, response("100 Continue"))
	add(0, []byte("no HTTP"))
	var answer atomic.Pointer[[]byte]
	address := answering(f, func() []byte { return *answer.Load() })
	f.Fuzz(func(t *testing.T, have uint16, bytes []byte) {
		answer.Store(&bytes)
		d, _ := quick()
		d.client.RetryMax, d.most = 1, 1<<16
		d.client.HTTPClient.Transport = &http.Transport{ // to nobody else, also where an answer leads there
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", address.String())
			},
			DisableKeepAlives: true,
		}
		target := filepath.Join(t.TempDir(), "set")
		part := filepath.Join(target+".part", "data.bin")
		bound := fuzzbound.Bound{Memory: 16 << 20, MemoryPerByte: 4 << 10, Time: time.Second, TimePerByte: time.Millisecond}
		bound.Check(t, len(bytes)+int(have), func() {
			if err := os.RemoveAll(target); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Dir(part), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(part, []byte(strings.Repeat(file, int(have)/len(file)+1)[:have]), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			err := d.fetch(ctx, []download{{fmt.Sprintf("http://%s/data.bin", address), sha(file)}}, target)
			got, readErr := os.ReadFile(filepath.Join(target, "data.bin"))
			if (err == nil) != (readErr == nil) || err == nil && string(got) != file {
				t.Errorf("got %q (%v) and error %v, want the file or an error", got, readErr, err)
			}
			if n := size(part); n > d.most+1 {
				t.Errorf("got %d bytes to go on with, want at most %d", n, d.most)
			}
		})
	})
}
