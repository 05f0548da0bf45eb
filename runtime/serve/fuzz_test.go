package serve

import (
	"strings"
	"testing"
)

// FuzzInfer holds that no body makes a panic, and that one that is taken has the images that it says.
func FuzzInfer(f *testing.F) {
	o := &Options{Name: "net", Input: testInput, Classes: len(testClasses), Limits: DefaultLimits}
	f.Add(request(2), "")
	f.Add(`{"inputs":[{"name":"images","datatype":"UINT8","shape":[1,2,3,1],"data":[[[[1],[2],[3]],[[4],[5],[255]]]]}],"outputs":[{"name":"class"}]}`, "")
	f.Add(`{"inputs":[{"name":"images","datatype":"UINT8","shape":[1,2,3,1],"parameters":{"binary_data_size":6}}]}abcdef`, "107")
	f.Add(strings.Replace(request(1), "[1,0,0", "[-1e-9,0.5,[", 1), "7")
	f.Fuzz(func(t *testing.T, body, length string) {
		text, binary, err := split([]byte(body), length)
		if err != nil {
			return
		}
		q, err := parseInference(text, binary, o)
		if err != nil {
			return
		}
		if q.n < 1 || len(q.images) != q.n*testElements || len(q.outputs) < 1 {
			t.Errorf("got %d values of %d images, %d outputs", len(q.images), q.n, len(q.outputs))
		}
		for _, v := range q.images {
			if v-v != 0 {
				t.Errorf("got %g", v)
			}
		}
	})
}
