package serve

import (
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
)

// FuzzInfer holds that no body makes a panic or takes more memory and time than its length allows,
// and that one that is taken has the images that it says.
func FuzzInfer(f *testing.F) {
	o := &Options{Name: "net", Input: testInput, Classes: len(testClasses), Limits: DefaultLimits}
	f.Add(request(2), "")
	f.Add(`{"inputs":[{"name":"images","datatype":"UINT8","shape":[1,2,3,1],"data":[[[[1],[2],[3]],[[4],[5],[255]]]]}],"outputs":[{"name":"class"}]}`, "")
	f.Add(`{"inputs":[{"name":"images","datatype":"UINT8","shape":[1,2,3,1],"parameters":{"binary_data_size":6}}]}abcdef`, "107")
	f.Add(`{"inputs":[{"name":"images","datatype":"UINT8","shape":[1.0,2,3,1e0],"data":[1.0,2e1,3,4,5,255.0]}]}`, "")
	f.Add(`{"inputs":[`+strings.Repeat("0,", 1000)+`0]}`, "")
	f.Add(strings.Repeat(`{"inputs":[`, 1000), "")
	f.Add(strings.Replace(request(1), "[1,0,0", "[-1e-9,0.5,[", 1), "7")
	f.Fuzz(func(t *testing.T, body, length string) {
		fuzzbound.Default.Check(t, len(body)+len(length), func() { checkInfer(t, o, body, length) })
	})
}

func checkInfer(t *testing.T, o *Options, body, length string) {
	text, binary, err := split([]byte(body), length)
	if err != nil {
		return
	}
	q, err := parseInference(text, binary, o)
	if err != nil {
		return
	}
	values, err := q.images(o)
	if err != nil {
		return
	}
	if q.n < 1 || len(values) != q.n*testElements || len(q.outputs) < 1 {
		t.Errorf("got %d values of %d images, %d outputs", len(values), q.n, len(q.outputs))
	}
	for _, v := range values {
		if v-v != 0 {
			t.Errorf("got %g", v)
		}
	}
}
