package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
)

// TestConfusionPictures draws matrices of few classes and of many.
func TestConfusionPictures(t *testing.T) {
	for _, classes := range []int{1, 3, 20, 100, MaxClasses} {
		r := eval.NewTest(fakenet.Images(3, 1), classes)
		for i := range r.Confusion {
			r.Confusion[i] = i % 7
		}
		names := eval.ClassNames(nil, classes)
		picture, err := Confusion(r, "a title", names, &Themes[0], "png")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
			t.Errorf("%d classes: %v", classes, err)
		}
		svg, err := Confusion(r, "a title", names, &Themes[1], "svg")
		if err != nil {
			t.Fatal(err)
		}
		cells := 0
		for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%d classes: %v", classes, err)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "path" {
				cells++
			}
		}
		if cells < classes*classes || !strings.Contains(string(svg), "a title") {
			t.Errorf("%d classes: got %d shapes, want a cell for each of %d pairs, and the title", classes, cells, classes*classes)
		}
	}
	r := eval.NewTest(fakenet.Images(3, 1), 2)
	copy(r.Confusion, []int{3, 1, 0, 0})
	if got := fmt.Sprint(shares(r)); got != "[[75 25] [0 0]]" {
		t.Errorf("got shares %s, want [[75 25] [0 0]]", got)
	}
}
