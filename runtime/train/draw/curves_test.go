package draw

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// TestCurves reads a picture's texts and marks: a mark for each evaluation in both panels and one
// in both legends, epochs on the axis, and no point that is NaN.
func TestCurves(t *testing.T) {
	h := &runs.History{}
	for i := 1; i <= 8; i++ {
		h.Summaries = append(h.Summaries, runs.Summary{Step: 50 * i, Loss: 4 / float64(i), Accuracy: float64(i) / 10})
	}
	h.Summaries[7].Loss = math.NaN()
	for i := 1; i <= 4; i++ {
		h.Evaluations = append(h.Evaluations, runs.Evaluation{Step: 100 * i, Epoch: i, Loss: 3 / float64(i), Accuracy: 0.6})
	}
	picture, err := Curves(h, Plot{Title: "a run", Part: "validation", StepsPerEpoch: 100, Theme: &Themes[0]}, "svg")
	if err != nil {
		t.Fatal(err)
	}
	svg := string(picture)
	if got := strings.Count(svg, "<circle"); got != 2*(4+1) {
		t.Errorf("got %d marks, want 10", got)
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "-9223372036854775808") {
		t.Error("got a point without a number")
	}
	var texts []string
	for _, m := range regexp.MustCompile(`<text[^>]*>([^<]*)</text>`).FindAllStringSubmatch(svg, -1) {
		texts = append(texts, m[1])
	}
	const want = "a run|0|1|2|3|4|0.0|0.5|1.0|1.5|2.0|2.5|3.0|3.5|4.0|loss|validation set|training batches|" +
		"0 %|20 %|40 %|60 %|80 %|100 %|0.0|0.5|1.0|1.5|2.0|2.5|3.0|3.5|4.0|accuracy|validation set|training batches|epoch"
	if got := strings.Join(texts, "|"); got != want {
		t.Errorf("got texts\n%s\nwant\n%s", got, want)
	}
}
