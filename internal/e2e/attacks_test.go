//go:build campaign && linux

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// full is the server's --max-body.
const full = 16 << 20

const inferTarget = "POST /v2/models/resnet20/infer"

// serveAttacks are those of a prediction server.
func serveAttacks(t *testing.T) []attack {
	return slices.Concat(connectionAttacks(), bodyAttacks(), protocolAttacks(), imageAttacks(t))
}

// connectionAttacks keep connections busy without a whole request.
func connectionAttacks() []attack {
	long := func(bytes int) string {
		return "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", bytes)
	}
	return []attack{
		{"idle connections", 1100, hold("")},
		{"headers that do not end", 1100, drip("GET / HTTP/1.1\r\nHost: localhost\r\nX: ")},
		{"long headers", 1100, hold(long(15 << 10))},
		{"headers of 64 KiB", 64, send(long(64<<10) + "\r\n\r\n")},
		{"bodies that do not come", 1100, hold(header("POST /predict", full))},
		{"bodies that come byte by byte", 1100, drip(header("POST /predict", full))},
		{"small bodies that do not end", 1100, hold(header(inferTarget, 1000) + "{")},
		{
			"bodies without the last byte", 50,
			hold(header(inferTarget, full) + strings.Repeat("0", full-1)),
		},
		{"chunks without the last", 50, hold(chunked(strings.Repeat("0", full-1)))},
		{"chunks of a byte", 64, send(chunked("") + strings.Repeat("1\r\n0\r\n", 1<<20))},
		{"answered before the body", 1100, hold(header("POST /v2/health/live", 1000))},
		{"wrong paths with bodies", 64, send(header("POST /nowhere", full) + strings.Repeat("0", full))},
		{
			"100-continue without the body", 1100,
			hold(withHeader(header("POST /predict", full), "Expect: 100-continue")),
		},
	}
}

// bodyAttacks are inference requests that cost more to read than others.
func bodyAttacks() []attack {
	const thousand = `"shape":[1000,28,28,1]`
	lying := tensor("[1000,28,28,1]", `"parameters":{"binary_data_size":1099511627776}`)
	images := tensor("[1000,28,28,1]", `"data":[`+strings.Repeat("0,", 784*1000-1)+"0]")
	fill := func(begin, part, end string) client { return post(inferTarget, filled(begin, part, end)) }
	return []attack{
		{"zeros under inputs", 4, fill(`{"inputs":[`, "0,", `0]}`)},
		{
			"zeros as data", 4,
			fill(`{"inputs":[{"name":"images","datatype":"UINT8",`+thousand+`,"data":[`, "0,", `0]}]}`),
		},
		{
			"zeros before the shape", 4,
			fill(`{"inputs":[{"data":[`, "0,", `0],"name":"images","datatype":"FP32",`+thousand+`}]}`),
		},
		{"deep JSON", 8, fill(`{"a":`, "[", "")},
		{"nested inputs", 8, fill(``, `{"inputs":[`, "")},
		{
			"a long number", 8,
			fill(`{"inputs":[{"name":"images","datatype":"FP32","shape":[1,28,28,1],"data":[`, "1", "]}]}"),
		},
		{"a long id", 8, fill(`{"id":"`, "\x01", `"}`)},
		{"many names", 8, fill(`{`, `"a":0,`, `"a":0}`)},
		{"many outputs", 8, fill(`{"outputs":[`, `{},`, `{}]}`)},
		{"lying binary sizes", 16, post(inferTarget+" ", lying)},
		{"a thousand images", 16, post(inferTarget, images)},
		{"replies that nobody takes", 100, hold(header(inferTarget, len(images)) + images)},
	}
}

// protocolAttacks use HTTP as few clients do.
func protocolAttacks() []attack {
	encoded := withHeader(header("POST /predict", 1000), "Content-Encoding: gzip") + strings.Repeat("0", 1000)
	form := "POST /predict HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b"
	part := "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n"
	reload := "POST /v2/repository/models/resnet20/load"
	return []attack{
		{"pipelined, never read", 64, flood("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")},
		{"half-closed", 300, halfClosed(header(inferTarget, len(ordinary)) + string(ordinary))},
		{"HTTP/1.0", 64, send("POST /predict HTTP/1.0\r\n\r\n" + strings.Repeat("0", 1000))},
		{"connections that reset", 8, reset(header(inferTarget, full) + "{")},
		{"encoded bodies", 64, send(encoded)},
		{"many parts of a form", 16, post(form, filled("", part, "--b--\r\n"))},
		{"reloads", 64, send(header(reload, 0))},
	}
}

// imageAttacks are image files that take much more memory or time than their bytes.
func imageAttacks(t *testing.T) []attack {
	return []attack{
		{"a PNG of 8192²", 16, post("POST /predict", bigPNG(8192, 16))},
		{"a PNG of 2400²", 16, post("POST /predict", bigPNG(2400, 8))},
		{"a GIF of 6000²", 16, post("POST /predict", bigGIF(t, 6000))},
		{"a JPEG of 8192² in 400 scans", 16, post("POST /predict", scans(8192, 400))},
		{"a JPEG of 1500² in 400 scans", 16, post("POST /predict", scans(1500, 400))},
	}
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

// header is a request's, whose body has a length. The first line may have more headers.
func header(request string, length int) string {
	if !strings.Contains(request, "HTTP/1.1") {
		request += " HTTP/1.1"
	}
	return fmt.Sprintf("%s\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", request, length)
}

// withHeader puts one more line at the end of a header.
func withHeader(header, line string) string {
	return strings.Replace(header, "\r\n\r\n", "\r\n"+line+"\r\n\r\n", 1)
}

func chunked(body string) string {
	head := inferTarget + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
	if body == "" {
		return head
	}
	return fmt.Sprintf("%s%x\r\n%s\r\n", head, len(body), body)
}

// tensor is the body of an inference request of images of bytes, with a key for the data.
func tensor(shape, data string) string {
	return `{"inputs":[{"name":"images","datatype":"UINT8","shape":` + shape + `,` + data + `}]}`
}

// filled makes a body of --max-body bytes.
func filled(begin, part, end string) string {
	return begin + strings.Repeat(part, (full-len(begin)-len(end))/len(part)) + end
}
