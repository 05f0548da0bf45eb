//go:build campaign && linux

package generated_test

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"strings"
	"sync"
	"testing"
	"time"
)

// full is the server's --max-body.
const full = 16 << 20

const inferTarget = "POST /v2/models/resnet20/infer"

// serveAttacks are those of a prediction server.
func serveAttacks(t *testing.T) []attack {
	tensor := func(shape, data string) string {
		return `{"inputs":[{"name":"images","datatype":"UINT8","shape":` + shape + `,"data":` + data + `}]}`
	}
	many := tensor("[1000,28,28,1]", "["+strings.Repeat("0,", 784*1000-1)+"0]")
	return []attack{
		{"idle connections", 1100, hold("")},
		{"headers that do not end", 1100, drip("GET / HTTP/1.1\r\nHost: localhost\r\nX: ")},
		{"long headers", 1100, hold("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 15<<10))},
		{"headers of 64 KiB", 64, send("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n")},
		{"bodies that do not come", 1100, hold(header("POST /predict", full))},
		{"bodies that come byte by byte", 1100, drip(header("POST /predict", full))},
		{"small bodies that do not end", 1100, hold(header(inferTarget, 1000) + "{")},
		{"bodies without the last byte", 50, hold(header(inferTarget, full) + strings.Repeat("0", full-1))},
		{"chunks without the last", 50, hold(chunked(strings.Repeat("0", full-1)))},
		{"chunks of a byte", 64, send(chunked("") + strings.Repeat("1\r\n0\r\n", 1<<20))},
		{"answered before the body", 1100, hold(header("POST /v2/health/live", 1000))},
		{"wrong paths with bodies", 64, send(header("POST /nowhere", full) + strings.Repeat("0", full))},
		{"100-continue without the body", 1100, hold(strings.Replace(header("POST /predict", full), "\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n", 1))},
		{"zeros under inputs", 4, post(inferTarget, filled(`{"inputs":[`, "0,", `0]}`))},
		{"zeros as data", 4, post(inferTarget, filled(`{"inputs":[{"name":"images","datatype":"UINT8","shape":[1000,28,28,1],"data":[`, "0,", `0]}]}`))},
		{"zeros before the shape", 4, post(inferTarget, filled(`{"inputs":[{"data":[`, "0,", `0],"name":"images","datatype":"FP32","shape":[1000,28,28,1]}]}`))},
		{"deep JSON", 8, post(inferTarget, filled(`{"a":`, "[", ""))},
		{"nested inputs", 8, post(inferTarget, filled(``, `{"inputs":[`, ""))},
		{"a long number", 8, post(inferTarget, filled(`{"inputs":[{"name":"images","datatype":"FP32","shape":[1,28,28,1],"data":[`, "1", "]}]}"))},
		{"a long id", 8, post(inferTarget, filled(`{"id":"`, "\x01", `"}`))},
		{"many names", 8, post(inferTarget, filled(`{`, `"a":0,`, `"a":0}`))},
		{"many outputs", 8, post(inferTarget, filled(`{"outputs":[`, `{},`, `{}]}`))},
		{"lying binary sizes", 16, post(inferTarget+" ", strings.Replace(tensor("[1000,28,28,1]", "0"), `"data":0`, `"parameters":{"binary_data_size":1099511627776}`, 1))},
		{"a thousand images", 16, post(inferTarget, many)},
		{"replies that nobody takes", 100, hold(header(inferTarget, len(many)) + many)},
		{"pipelined, never read", 64, flood("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")},
		{"half-closed", 300, halfClosed(header(inferTarget, len(ordinary)) + string(ordinary))},
		{"HTTP/1.0", 64, send("POST /predict HTTP/1.0\r\n\r\n" + strings.Repeat("0", 1000))},
		{"connections that reset", 8, reset(header(inferTarget, full) + "{")},
		{"encoded bodies", 64, send(strings.Replace(header("POST /predict", 1000), "\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n", 1) + strings.Repeat("0", 1000))},
		{"a PNG of 8192²", 16, post("POST /predict", bigPNG(8192, 16))},
		{"a PNG of 2400²", 16, post("POST /predict", bigPNG(2400, 8))},
		{"a GIF of 6000²", 16, post("POST /predict", bigGIF(t, 6000))},
		{"a JPEG of 8192² in 400 scans", 16, post("POST /predict", scans(8192, 400))},
		{"a JPEG of 1500² in 400 scans", 16, post("POST /predict", scans(1500, 400))},
		{"many parts of a form", 16, post("POST /predict HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b", filled("", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", "--b--\r\n"))},
		{"reloads", 64, send("POST /v2/repository/models/resnet20/load HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")},
	}
}

// header is a request's, whose body has a length. The first line may have more headers.
func header(request string, length int) string {
	if !strings.Contains(request, "HTTP/1.1") {
		request += " HTTP/1.1"
	}
	return fmt.Sprintf("%s\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", request, length)
}

func chunked(body string) string {
	head := inferTarget + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
	if body == "" {
		return head
	}
	return fmt.Sprintf("%s%x\r\n%s\r\n", head, len(body), body)
}

// filled makes a body of --max-body bytes.
func filled(begin, part, end string) string {
	return begin + strings.Repeat(part, (full-len(begin)-len(end))/len(part)) + end
}

type client = func(ctx context.Context, t *target)

// hold sends text and then nothing, and waits for the end of the connection.
func hold(text string) client {
	data := []byte(text)
	return func(ctx context.Context, t *target) {
		c, closed := t.dial(ctx)
		defer closed()
		if c == nil {
			return
		}
		_ = c.SetReadBuffer(4 << 10)
		_, _ = c.Write(data)
		select { // it reads nothing
		case <-ctx.Done():
		case <-time.After(attackTimeout / 2):
			t.answer(bufio.NewReader(c))
		}
	}
}

// drip sends text and then a byte from time to time.
func drip(text string) client {
	data := []byte(text)
	return func(ctx context.Context, t *target) {
		c, closed := t.dial(ctx)
		defer closed()
		if c == nil {
			return
		}
		_, err := c.Write(data)
		for err == nil && ctx.Err() == nil {
			time.Sleep(200 * time.Millisecond)
			_, err = c.Write([]byte("x"))
		}
		t.answer(bufio.NewReader(c))
	}
}

// send sends text, while it reads an answer, again and again on a connection that is kept.
func send(text string) client {
	data := []byte(text)
	return func(ctx context.Context, t *target) {
		c, closed := t.dial(ctx)
		defer closed()
		if c == nil {
			return
		}
		in := bufio.NewReader(c)
		for more := true; more && ctx.Err() == nil; {
			var sent sync.WaitGroup
			sent.Go(func() { _, _ = c.Write(data) })
			if more = t.answer(in); !more {
				_ = c.Close()
			}
			sent.Wait()
		}
	}
}

// post sends a request with a body again and again.
func post(request, body string) client { return send(header(request, len(body)) + body) }

// flood sends text without end and reads nothing.
func flood(text string) client {
	data := []byte(strings.Repeat(text, 1000))
	return func(ctx context.Context, t *target) {
		c, closed := t.dial(ctx)
		defer closed()
		if c == nil {
			return
		}
		var err error
		for err == nil && ctx.Err() == nil {
			_, err = c.Write(data)
		}
		t.count("cut off")
	}
}

// halfClosed sends text and the end of what it sends.
func halfClosed(text string) client {
	data := []byte(text)
	return func(ctx context.Context, t *target) {
		c, closed := t.dial(ctx)
		defer closed()
		if c == nil {
			return
		}
		_, _ = c.Write(data)
		_ = c.CloseWrite()
		t.answer(bufio.NewReader(c))
	}
}

// reset sends text and breaks the connection off.
func reset(text string) client {
	data := []byte(text)
	return func(ctx context.Context, t *target) {
		c, closed := t.dial(ctx)
		defer closed()
		if c == nil {
			return
		}
		_, _ = c.Write(data)
		_ = c.SetLinger(0)
		t.count("reset")
		time.Sleep(5 * time.Millisecond) // else clients and server take their cores from each other
	}
}

var smallImage = sync.OnceValue(func() []byte {
	var text bytes.Buffer
	_ = png.Encode(&text, image.NewGray(image.Rect(0, 0, 28, 28)))
	return text.Bytes()
})

// bigPNG is a white PNG of side² pixels with alpha.
func bigPNG(side, depth int) string {
	var data bytes.Buffer
	z, _ := zlib.NewWriterLevel(&data, zlib.BestSpeed)
	row := append([]byte{0}, bytes.Repeat([]byte{0xff}, side*depth/2)...)
	for range side {
		_, _ = z.Write(row)
	}
	_ = z.Close()
	text := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		text = binary.BigEndian.AppendUint32(text, uint32(len(data)))
		body := append([]byte(kind), data...)
		text = append(text, body...)
		text = binary.BigEndian.AppendUint32(text, crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(nil, uint32(side))
	head = binary.BigEndian.AppendUint32(head, uint32(side))
	chunk("IHDR", append(head, byte(depth), 6, 0, 0, 0))
	chunk("IDAT", data.Bytes())
	chunk("IEND", nil)
	return string(text)
}

func bigGIF(t *testing.T, side int) string {
	t.Helper()
	var text bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.Black, color.White})
	if err := gif.Encode(&text, m, nil); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// scans is a progressive JPEG of a grey image, which is computed again for each scan: after the first, of the means, all are of
// one coefficient that is zero, as runs of blocks.
func scans(side, n int) string {
	var text []byte
	segment := func(marker byte, data ...byte) {
		text = append(text, 0xff, marker)
		text = binary.BigEndian.AppendUint16(text, uint16(len(data)+2))
		text = append(text, data...)
	}
	text = append(text, 0xff, 0xd8)
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	segment(0xc2, 8, byte(side>>8), byte(side), byte(side>>8), byte(side), 1, 1, 0x11, 0)
	counts := append([]byte{1}, make([]byte, 15)...)
	segment(0xc4, append(append([]byte{0x00}, counts...), 0)...)    // the code 0: no difference of means
	segment(0xc4, append(append([]byte{0x10}, counts...), 0xe0)...) // the code 0: 2^14 blocks and more end here
	blocks := (side + 7) / 8 * ((side + 7) / 8)
	segment(0xda, 1, 1, 0, 0, 0, 0)
	text = append(text, make([]byte, (blocks+7)/8)...)
	for k := range n {
		c := byte(1 + k%63)
		segment(0xda, 1, 1, 0, c, c, 0)
		text = append(text, make([]byte, (blocks/(1<<14)+1)*15/8+2)...)
	}
	return string(append(text, 0xff, 0xd9))
}

// dashboardAttacks are those of a training's dashboard.
func dashboardAttacks() []attack {
	get := func(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n" }
	return []attack{
		{"dashboard: idle connections", 300, hold("")},
		{"dashboard: bodies", 300, hold(header("POST /", full) + "x")},
		{"dashboard: pages that never read", 300, hold(get("/events"))},
		{"dashboard: pages that come and go", 64, reset(get("/events"))},
		{"dashboard: other runs", 64, send(get("/runs/other"))},
		{"dashboard: pipelined, never read", 64, flood(get("/uplot/uPlot.iife.min.js"))},
	}
}
