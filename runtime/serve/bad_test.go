package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// bad is a request that is wrong, and how it is answered.
type bad struct {
	method, path, body string
	header             []string
	code               int
	want               string // in the error
}

const inferPath = "/v2/models/net/infer"

// input is an inference request with this after its input's name.
func input(rest string) string { return `{"inputs":[{"name":"images",` + rest + `}]}` }

func badRequests(t *testing.T) []bad {
	const shape = `"datatype":"FP32","shape":[1,2,3,1],`
	imageFile := string(drawn(t, 30, 20, 1))
	all := []bad{
		{"POST", "/predict", "", nil, 400, "body: got nothing, want an image"},
		{"POST", "/predict", "no image", nil, 415, "got no JPEG, PNG, WebP, BMP or GIF"},
		{"POST", "/predict", imageFile[:len(imageFile)/2], nil, 400, "truncated"},
		{"POST", "/predict?top=0", imageFile, nil, 400, `top: got "0", want 1 or more`},
		{"POST", "/predict?top=x", imageFile, nil, 400, `top: got "x"`},
		{"POST", "/predict", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b--\r\n", []string{"Content-Type: multipart/form-data; boundary=b"}, 400, "a form without a file"},
		{"POST", "/predict", "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\nx", []string{"Content-Type: multipart/form-data; boundary=b"}, 400, "unexpected EOF"},
		{"POST", "/predict", imageFile, []string{"Content-Type: multipart/form-data"}, 400, "boundary"},
		{"POST", "/predict", imageFile, []string{"Content-Encoding: gzip"}, 415, `Content-Encoding: got "gzip", want none`},
		{"GET", "/predict", "", nil, 405, "got GET, want POST"},
		{"POST", "/v2/health/live", "", nil, 405, "got POST, want GET"},
		{"GET", "/v3", "", nil, 404, `path: got "/v3"`},
		{"GET", "/v2/models/other", "", nil, 404, `model: got "other", want "net"`},
		{"GET", "/v2/models/net/versions/6/ready", "", nil, 404, `got "6", want "7"`},
		{"POST", "/v2/models/net/versions/6/infer", request(1), nil, 404, `got "6", want "7"`},
		{"POST", "/v2/repository/models/other/load", "", nil, 404, `model: got "other"`},
		{"GET", "/", "", []string{"Host: elsewhere.example"}, 403, "want localhost"},
		{"POST", "/v2/repository/models/net/load", "", []string{"Sec-Fetch-Site: cross-site"}, 403, "origin"},
	}
	for body, want := range map[string]string{
		"":                                 "not an inference request",
		"{":                                "not an inference request",
		"[]":                               "not an inference request",
		request(1) + "x":                   "not an inference request",
		`{"id":7}`:                         "not an inference request",
		`{}`:                               `inputs: got none, want one, "images"`,
		`{"inputs":[{"name":"pictures"}]}`: `inputs: got "pictures", want one, "images"`,
		input(`"datatype":"FP16"`):         `got datatype "FP16", want FP32`,
		input(`"datatype":"FP32"`):         "got shape [], want [n 2 3 1]",
		input(`"datatype":"FP32","shape":[1,3,2,1],"data":[1,2,3,4,5,6]`): "got shape [1 3 2 1], want [n 2 3 1]",
		input(`"datatype":"FP32","shape":[0,2,3,1],"data":[]`):            "got shape [0 2 3 1]",
		input(`"datatype":"FP32","shape":[-1,2,3,1],"data":[]`):           "got shape [-1 2 3 1]",
		input(`"datatype":"FP32","shape":[1.5,2,3,1],"data":[]`):          "got 1.5, want an integer",
		input(`"datatype":"FP32","shape":[1e30,2,3,1],"data":[]`):         "got 1e30, want an integer of at most 2^53",
		input(shape + `"data":[1,2,3,4,5,6]},{"name":"more"`):             "inputs: got more than one, want one",
		`{"inputs":[0,0,0]}`:                          "inputs[0]: got number, want an object",
		`{"inputs":7}`:                                "inputs: got number, want an array",
		strings.Repeat(`{"inputs":[`, 20000):          "exceeded max depth",
		`{"a":` + strings.Repeat("[", 20000):          "exceeded max depth",
		`{"id":"` + strings.Repeat("x", 20000) + `"}`: "id: got 20002 bytes, want at most 16384",
		strings.Replace(request(1), "{", `{"id":"`+strings.Repeat("x", 2000)+`",`, 1):          "id: got 2000 bytes, want at most 1024",
		input(`"datatype":"UINT8","shape":[1,2,3,1],"data":[1,2,3,4,5,1e999]`):                 "got 1e999, out of the range of UINT8",
		input(shape + `"data":[1,2,3,4,5]`):                                                    "got 5 on axis 0, want 6",
		input(shape + `"data":[1,2,3,4,5,6,7]`):                                                "got more than 6 on axis 0",
		input(shape + `"data":[]`):                                                             "got 0 on axis 0, want 6",
		input(shape + `"data":[1,2,3,4,5,"6"]`):                                                "want a number",
		input(shape + `"data":[1,2,3,4,5,null]`):                                               "want a number",
		input(shape + `"data":[1,2,3,4,5,1e99]`):                                               "got 1e99, out of the range of FP32, want -3.4028235e+38 to",
		input(shape + `"data":[1,2,3,4,5,[6]]`):                                                "want a number",
		input(shape + `"data":[[[[1],[2],[3]],[[4],[5]]]]`):                                    "got 2 on axis 2, want 3",
		input(shape + `"data":[[[[1],[2],[3]],[4,5,6]]]`):                                      "want an array of 1",
		input(shape + `"data":{"a":1}`):                                                        "want an array",
		input(shape + `"data":7`):                                                              "want an array",
		input(shape + `"parameters":{}`):                                                       "got no data, want 6 values",
		input(`"datatype":"UINT8","shape":[1,2,3,1],"data":[1,2,3,4,5,256]`):                   "got 256, out of the range of UINT8, want 0 to 255",
		input(`"datatype":"UINT8","shape":[1,2,3,1],"data":[1,2,3,4,5,0.5]`):                   "got 0.5, want an integer",
		input(`"datatype":"UINT8","shape":[1,2,3,1],"data":[1,2,3,4,5,-1]`):                    "got -1, out of the range of UINT8",
		input(shape + `"parameters":{"binary_data_size":24}`):                                  "got binary_data_size 24 and 0 bytes",
		input(shape + `"data":[1,2,3,4,5,6],"parameters":{"binary_data_size":24}`):             "want one of them",
		strings.Replace(request(1), "{", `{"outputs":[{"name":"top"}],`, 1):                    `outputs[0]: got "top", want logits`,
		strings.Replace(request(1), "{", `{"outputs":[{"name":"class"},{"name":"class"}],`, 1): `outputs[1]: got "class" twice`,
	} {
		all = append(all, bad{"POST", inferPath, body, nil, 400, want})
	}
	nan := input(shape + `"parameters":{"binary_data_size":24}`)
	return append(all,
		bad{"POST", inferPath, input(`"datatype":"FP32","shape":[99999999999,2,3,1],"data":[1]`), nil, 413, "got 99999999999 images"},
		bad{"POST", inferPath, request(1), []string{headerLength + ": 9999"}, 400, headerLength + `: got "9999"`},
		bad{"POST", inferPath, request(1), []string{headerLength + ": -1"}, 400, headerLength},
		bad{"POST", inferPath, request(1) + "xx", []string{fmt.Sprintf("%s: %d", headerLength, len(request(1)))}, 400, "got 2 bytes after the JSON"},
		bad{"POST", inferPath, nan + strings.Repeat("\xff", 24), []string{fmt.Sprintf("%s: %d", headerLength, len(nan))}, 400, "got NaN as value 0"},
	)
}

// TestBad holds that whatever is wrong is said so, as JSON with a status of 4xx, and that the
// server lives.
func TestBad(t *testing.T) {
	s := begin(t, nil)
	for _, b := range badRequests(t) {
		r := s.ask(b.method, b.path, strings.NewReader(b.body), b.header...)
		var got map[string]string
		if err := json.Unmarshal([]byte(r.body), &got); err != nil || len(got) != 1 {
			t.Errorf("%s %s %.120q: got %q, want one error as JSON", b.method, b.path, b.body, r.body)
		}
		if r.code != b.code || !strings.Contains(got["error"], b.want) {
			t.Errorf("%s %s %.120q: got %d, %q, want %d, %q", b.method, b.path, b.body, r.code, got["error"], b.code, b.want)
		}
	}
	s.lives()
	if text := s.log.text(); strings.Contains(text, "ERROR") {
		t.Errorf("got %s, want no errors of the server", text)
	}
}

// TestTooLarge holds that a body that is too large is refused: of a known length, without one, and
// in a form.
func TestTooLarge(t *testing.T) {
	s := begin(t, func(l *Limits) { l.MaxBody = 1000 })
	large := strings.Repeat("1", 1001)
	form := "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\n" + large + "\r\n--b--\r\n"
	for _, r := range []response{
		s.ask("POST", inferPath, strings.NewReader(large)),
		s.ask("POST", "/predict", strings.NewReader(large)),
		s.ask("POST", "/predict", io.MultiReader(strings.NewReader(large))), // chunked
		s.ask("POST", "/predict", io.MultiReader(strings.NewReader(form)), "Content-Type: multipart/form-data; boundary=b"),
	} {
		if r.code != http.StatusRequestEntityTooLarge || !strings.Contains(r.body, "got more than 1000 bytes") {
			t.Errorf("got %d, %s", r.code, r.body)
		}
	}
	s.lives()
}

// TestSlowAndCutOff holds that a body that does not come is given up, and that one that ends early
// is a bad request.
func TestSlowAndCutOff(t *testing.T) {
	s := begin(t, func(l *Limits) { l.ReadTimeout = 500 * time.Millisecond })
	for _, path := range []string{inferPath, "/predict"} {
		for body, want := range map[string]string{
			"Content-Length: 100\r\n\r\n{\"inputs\"":               "408 Request Timeout",
			"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"in":         "408 Request Timeout",
			"Content-Length: 100\r\n\r\n{\"inputs\"END":            "400 Bad Request",
			"Transfer-Encoding: chunked\r\n\r\nxyz\r\nnonsenseEND": "400 Bad Request",
		} {
			body, cut := strings.CutSuffix(body, "END")
			c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: localhost\r\n%s", path, body); err != nil {
				t.Fatal(err)
			}
			if cut {
				if err := c.(*net.TCPConn).CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(c)
			if err != nil {
				t.Fatal(err)
			}
			if head := "HTTP/1.1 " + want; !strings.HasPrefix(string(answer), head) || !bytes.Contains(answer, []byte(`{"error":"body: `)) {
				t.Errorf("%s, %q: got %q, want %s", path, body, answer, want)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	s.lives()
}

// TestSlowHeader holds that a connection whose header does not come is closed.
func TestSlowHeader(t *testing.T) {
	s := begin(t, func(l *Limits) { l.ReadTimeout = 500 * time.Millisecond })
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // the server has closed it
	if _, err := io.WriteString(c, "POST /pre"); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); err != nil {
		t.Errorf("got error %v, want the end of the connection", err)
	}
	s.lives()
}
