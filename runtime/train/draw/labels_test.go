package draw

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// TestShortened holds what a picture says in place of a text that it has no room for.
func TestShortened(t *testing.T) {
	for text, want := range map[string]string{
		"ash":                        "ash",
		"":                           "–",
		"  ":                         "–",
		"a\nb":                       `a\nb`,
		"nul\x00":                    `nul\u0000`,
		"\xff\xfe":                   `\xff\xfe`,
		"exactly-18-letters":         "exactly-18-letters",
		"one letter too many":        "one letter too ma…",
		strings.Repeat("x", 80):      strings.Repeat("x", 17) + "…",
		strings.Repeat("日本語", 9):     strings.Repeat("日本語", 5) + "日本…",
		"cut at a space: so:  later": "cut at a space: s…",
	} {
		if got := shortened(text, longestLabel); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestPicturesOfAnyNames draws matrices and curves whatever the classes are called, however many
// there are.
func TestPicturesOfAnyNames(t *testing.T) {
	kinds := map[string]func(i int) string{
		"long":    func(i int) string { return fmt.Sprint(strings.Repeat("x", 80), i) },
		"huge":    func(int) string { return strings.Repeat("W", 5000) },
		"empty":   func(int) string { return "" },
		"Chinese": func(i int) string { return fmt.Sprint("漢字の名前", i) },
		"Arabic":  func(i int) string { return fmt.Sprint("طائرة", i) },
		"emoji":   func(int) string { return "👩‍👩‍👧‍👦🏳️‍🌈" },
		"control": func(int) string { return "a\x00\x1b[31m\r\n\x7f\u202e" },
		"invalid": func(int) string { return "\xff\xfe\x80" },
		"markup":  func(int) string { return `<script>&amp;"']]>` },
		"format":  func(int) string { return "%s%d{value}{b}\\n" },
	}
	for kind, name := range kinds {
		for _, classes := range []int{1, 2, maxNumbered, maxNumbered + 1, MaxClasses} {
			if testing.Short() && classes == MaxClasses {
				continue
			}
			r := eval.NewTest(fakenet.Images(3, 1), classes)
			names := make([]string, classes)
			for i := range names {
				names[i] = name(i)
			}
			for _, format := range []string{"png", "svg"} {
				picture, err := Confusion(r, name(0), names, &Themes[0], format)
				checkPicture(t, fmt.Sprint(kind, " ", classes), format, picture, err)
			}
		}
		h := &runs.History{Summaries: []runs.Summary{{Step: 1, Loss: 2, LearningRate: 0.1, Accuracy: 0.5}}, Evaluations: []runs.Evaluation{{Step: 1, Accuracy: 0.5}}}
		for _, format := range []string{"png", "svg"} {
			picture, err := Curves(h, Plot{Title: name(0), Part: "test", StepsPerEpoch: 1, Theme: &Themes[1]}, format)
			checkPicture(t, kind+", curves", format, picture, err)
		}
	}
}

// checkPicture fails unless a picture can be read.
func checkPicture(t *testing.T, of, format string, picture []byte, err error) {
	t.Helper()
	if err == nil && format == "png" {
		_, err = png.Decode(bytes.NewReader(picture))
	}
	for d := xml.NewDecoder(bytes.NewReader(picture)); err == nil && format == "svg"; {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			err = nil
			break
		}
	}
	if err != nil {
		t.Errorf("%s, %s: %v", of, format, err)
	}
}

// TestShortLabels keeps the order and number of names.
func TestShortLabels(t *testing.T) {
	if got := shortLabels([]string{"b", "", "a"}); !slices.Equal(got, []string{"b", "–", "a"}) {
		t.Errorf("got %q", got)
	}
}
