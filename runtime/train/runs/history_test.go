package runs

import (
	"strings"
	"testing"
)

// TestRowsHeader tells of records under another header.
func TestRowsHeader(t *testing.T) {
	const header = "step,Precision,Best Precision\n"
	f := Folder(t.TempDir())
	for text, want := range map[string]string{
		"a,b,c\n1,2,3\n":        `line 1: got the columns "a,b,c", want "step,Precision,Best Precision"`,
		header + "1,0.5,high\n": `line 2: got "high", want a number`,
	} {
		if err := f.Write(EvalCSV, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Rows(EvalCSV, header); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q in it", text, err, want)
		}
	}
}
