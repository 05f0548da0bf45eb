package serve

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"mime/multipart"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// same compares JSON with what is wanted of it.
func same(t *testing.T, what, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Errorf("%s: got %q: %v", what, got, err)
		return
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("%s: got %s, want %s", what, got, want)
	}
}

// TestHealthAndMetadata holds the protocol's answers about the server and its model.
func TestHealthAndMetadata(t *testing.T) {
	s := begin(t, nil)
	model := `{"name":"net","versions":["7"],"platform":"resnetgen_safetensors","classes":["left","middle","right"],
		"inputs":[{"name":"images","datatype":"FP32","shape":[-1,2,3,1],"parameters":{"accepts":"UINT8"}}],
		"outputs":[{"name":"logits","datatype":"FP32","shape":[-1,3]},{"name":"probabilities","datatype":"FP32","shape":[-1,3]},{"name":"class","datatype":"INT64","shape":[-1]}]}`
	for path, want := range map[string]string{
		"/v2/health/live":                 `{"live":true}`,
		"/v2/health/ready":                `{"ready":true}`,
		"/v2":                             `{"name":"resnetgen","version":"2","extensions":["binary_tensor_data","model_repository"]}`,
		"/v2/":                            `{"name":"resnetgen","version":"2","extensions":["binary_tensor_data","model_repository"]}`,
		"/v2/models/net":                  model,
		"/v2/models/net/versions/7":       model,
		"/v2/models/net/ready":            `{"name":"net","ready":true}`,
		"/v2/models/net/versions/7/ready": `{"name":"net","ready":true}`,
	} {
		r := s.ask("GET", path, nil)
		if kind := r.header.Get("Content-Type"); r.code != 200 || kind != "application/json" {
			t.Errorf("%s: got %d, %s, want 200, application/json", path, r.code, kind)
		}
		same(t, path, r.body, want)
	}
	same(t, "index", s.ask("POST", "/v2/repository/index", nil).body, `[{"name":"net","version":"7","state":"READY"}]`)
}

// TestInfer holds inputs in all their forms, and outputs as they are asked for.
func TestInfer(t *testing.T) {
	s := begin(t, nil)
	const standard = `"shape":[2,2,3,1],"data":[0,1,0,0,1,0, 0,0,0.5,0,0,-1]`
	const all = `[{"name":"logits","datatype":"FP32","shape":[2,3],"data":[0,14,0,0,0,-3.5]},
		{"name":"probabilities","datatype":"FP32","shape":[2,3],"data":[8.3152736e-7,0.99999833,8.3152736e-7,0.49256295,0.49256295,0.014874112]},
		{"name":"class","datatype":"INT64","shape":[2],"data":[1,0]}]`
	for what, c := range map[string][2]string{
		"flat":   {`{"inputs":[{"name":"images","datatype":"FP32",` + standard + `}]}`, all},
		"nested": {`{"inputs":[{"name":"images","datatype":"FP32","shape":[2,2,3,1],"data":[ [[[0],[1],[0]], [[0],[1] , [0]]],[[[0],[0],[5e-1]],[[0],[0],[-1.0]]] ]}],"parameters":{"priority":3}}`, all},
		"one":    {`{"inputs":[{"name":"images","datatype":"FP32",` + standard + `}],"outputs":[{"name":"class"}]}`, `[{"name":"class","datatype":"INT64","shape":[2],"data":[1,0]}]`},
		"order":  {`{"inputs":[{"name":"images","datatype":"FP32",` + standard + `}],"outputs":[{"name":"class"},{"name":"logits"}]}`, `[{"name":"class","datatype":"INT64","shape":[2],"data":[1,0]},{"name":"logits","datatype":"FP32","shape":[2,3],"data":[0,14,0,0,0,-3.5]}]`},
	} {
		for path, version := range map[string]string{"/v2/models/net/infer": "7", "/v2/models/net/versions/7/infer": "7"} {
			r := s.ask("POST", path, strings.NewReader(c[0]))
			if r.code != 200 {
				t.Fatalf("%s: got %d, %s", what, r.code, r.body)
			}
			same(t, what, r.body, `{"model_name":"net","model_version":"`+version+`","outputs":`+c[1]+`}`)
		}
	}
	r := s.ask("POST", "/v2/models/net/infer", strings.NewReader(strings.Replace(request(1), "{", `{"id":"mine",`, 1)))
	if !strings.Contains(r.body, `"id":"mine"`) {
		t.Errorf("got %s, want the request's id", r.body)
	}
}

// TestInferBytes holds that bytes are standardized as the trainer does it.
func TestInferBytes(t *testing.T) {
	s := begin(t, nil)
	pixels := []byte{0, 10, 250, 3, 200, 255}
	var standard [testElements]float32
	testStandardizer.Standardize(standard[:], pixels)
	var want [3]float32
	for i, v := range standard {
		want[i%3] += 7 * v
	}
	text := `{"inputs":[{"name":"images","datatype":"UINT8","shape":[1,2,3,1],"data":[0,10,250,3,200,255]}],"outputs":[{"name":"logits"}]}`
	var got struct{ Outputs []struct{ Data []float32 } }
	s.ask("POST", "/v2/models/net/infer", strings.NewReader(text)).decode(t, &got)
	if !slices.Equal(got.Outputs[0].Data, want[:]) {
		t.Errorf("got %v, want %v", got.Outputs[0].Data, want)
	}
}

// TestInferBinary holds the binary tensor extension, of inputs and of outputs.
func TestInferBinary(t *testing.T) {
	s := begin(t, nil)
	floats := binary.LittleEndian.AppendUint32(nil, math.Float32bits(0.25))
	floats = append(floats, make([]byte, 5*4)...)
	for datatype, tensor := range map[string][]byte{"FP32": floats, "UINT8": {200, 0, 0, 200, 0, 0}} {
		for parameters, isBinary := range map[string]bool{
			`"parameters":{"binary_data_output":true}`:                                                                  true,
			`"outputs":[{"name":"logits","parameters":{"binary_data":true}},{"name":"class"}]`:                          true,
			`"outputs":[{"name":"logits","parameters":{"binary_data":false}}],"parameters":{"binary_data_output":true}`: false,
		} {
			text := `{"inputs":[{"name":"images","datatype":"` + datatype + `","shape":[1,2,3,1],"parameters":{"binary_data_size":` + strconv.Itoa(len(tensor)) + `}}],` + parameters + `}`
			r := s.ask("POST", "/v2/models/net/infer", bytes.NewReader(append([]byte(text), tensor...)), headerLength+": "+strconv.Itoa(len(text)))
			if r.code != 200 {
				t.Fatalf("%s: got %d, %s", parameters, r.code, r.body)
			}
			length := r.header.Get(headerLength)
			if isBinary != (length != "") {
				t.Fatalf("%s: got %s %q", parameters, headerLength, length)
			}
			if !isBinary {
				continue
			}
			n, err := strconv.Atoi(length)
			if err != nil {
				t.Fatal(err)
			}
			var head struct{ Outputs []inferOutput }
			if err := json.Unmarshal([]byte(r.body[:n]), &head); err != nil {
				t.Fatal(err)
			}
			if head.Outputs[0].Name != outputLogits || head.Outputs[0].Parameters["binary_data_size"] != 12 {
				t.Fatalf("got %+v", head)
			}
			left := math.Float32frombits(binary.LittleEndian.Uint32([]byte(r.body[n:])))
			if want := float32(1.75); datatype == "FP32" && left != want || left <= 0 {
				t.Errorf("%s: got logit %g for left, want %g", datatype, left, want)
			}
		}
	}
}

// TestPredict holds an image as the body and in a form, whatever its size.
func TestPredict(t *testing.T) {
	s := begin(t, nil)
	for column, class := range testClasses {
		for size, resized := range map[int]bool{3: false, 300: true} {
			content := drawn(t, size, size*2/3, column)
			var form bytes.Buffer
			w := multipart.NewWriter(&form)
			if err := w.WriteField("note", "not the file"); err != nil {
				t.Fatal(err)
			}
			part, err := w.CreateFormFile("image", "x.png")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := part.Write(content); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			for _, r := range []response{
				s.ask("POST", "/predict?top=2", bytes.NewReader(content)),
				s.ask("POST", "/predict?top=2", &form, "Content-Type: "+w.FormDataContentType()),
			} {
				var got predictResponse
				r.decode(t, &got)
				if r.code != 200 || got.Model != "net" || got.Version != "7" || got.Resized != resized || len(got.Guesses) != 2 || got.Guesses[0].Class != class {
					t.Errorf("column %d of %d: got %d, %s, want %s", column, size, r.code, r.body, class)
				}
			}
		}
	}
	var got predictResponse
	s.Preprocess = preprocess.Options{Resize: 4, Fit: preprocess.FitStretch, Interpolation: preprocess.Bilinear, Channels: preprocess.RGB}
	s.ask("POST", "/predict", bytes.NewReader(drawn(t, 6, 4, 1))).decode(t, &got)
	if got.Guesses[0].Class != testClasses[0] || !got.Resized {
		t.Errorf("the middle of 6 columns: got %+v, want %s", got, testClasses[0])
	}
	s.Preprocess = preprocess.Options{}
	s.ask("POST", "/predict", bytes.NewReader(drawn(t, 3, 2, 0))).decode(t, &got)
	if len(got.Guesses) != len(testClasses) {
		t.Errorf("without top: got %d guesses, want all %d", len(got.Guesses), len(testClasses))
	}
}
