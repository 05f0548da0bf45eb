package dashboard

import (
	"bytes"
	"encoding/base64"
	"image/png"

	"github.com/resnetgen/resnetgen/runtime/train/eval"
)

// testResult is how the test set fared.
type testResult struct {
	Step      int       `json:"step"`
	Classes   []string  `json:"classes"`
	Confusion []int     `json:"confusion"` // [label][guess]; empty for more classes than the page shows
	Mistakes  []mistake `json:"mistakes"`  // the worst first
}

// mistake is an image that was taken for another class.
type mistake struct {
	Picture    string  `json:"picture"` // a data URL
	Label      string  `json:"label"`
	Guess      string  `json:"guess"`
	Confidence float64 `json:"confidence"`
	Image      int     `json:"image"`
}

// classesShown is the most classes of a confusion matrix on the page.
const classesShown = 100

func newTestResult(step int, t *eval.Test, classes []string) *testResult {
	r := &testResult{Step: step, Classes: classes}
	if t.Classes <= classesShown {
		r.Confusion = t.Confusion
	}
	encoder := png.Encoder{BufferPool: new(workspace)}
	for _, m := range t.Mistakes {
		var b bytes.Buffer
		if err := encoder.Encode(&b, t.Set.GoImage(m.Image)); err != nil {
			continue // of an image without a pixel
		}
		r.Mistakes = append(r.Mistakes, mistake{
			Picture: "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes()),
			Label:   classes[m.Label], Guess: classes[m.Predicted], Confidence: m.Confidence, Image: m.Image,
		})
	}
	return r
}

// workspace is what an encoder leaves to its next image: most of the work on a small one is to
// make it.
type workspace struct{ buffer *png.EncoderBuffer }

func (w *workspace) Get() *png.EncoderBuffer  { return w.buffer }
func (w *workspace) Put(b *png.EncoderBuffer) { w.buffer = b }
