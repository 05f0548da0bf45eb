package runs

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRowsHeader tells of records under another header.
func TestRowsHeader(t *testing.T) {
	const header = "step,accuracy,best_accuracy\n"
	f := Folder(t.TempDir())
	for text, want := range map[string]string{
		"a,b,c\n1,2,3\n":        `line 1: got the columns "a,b,c", want "step,accuracy,best_accuracy"`,
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

// TestFormerColumns reads tables of older versions.
func TestFormerColumns(t *testing.T) {
	f := Folder(t.TempDir())
	for name, text := range map[string]string{
		TrainCSV: "step,cost,learning_rate,Precision\n2,1.5,0.1,0.5\n",
		EvalCSV:  "step,epoch,Precision,Best Precision,xent,loss\n2,1,0.25,0.25,1.25,1.5\n",
		TestCSV:  "step,tested_step,Precision\n2,2,0.75\n",
	} {
		if err := f.Write(name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	want := &History{
		Summaries:   []Summary{{Step: 2, Loss: 1.5, LearningRate: 0.1, Accuracy: 0.5}},
		Evaluations: []Evaluation{{Step: 2, Epoch: 1, Accuracy: 0.25, Best: 0.25, CrossEntropy: 1.25, Loss: 1.5}},
		Final:       &FinalTest{Step: 2, Final: Final{Step: 2, Accuracy: 0.75}},
	}
	got, damage := f.History()
	if diff := cmp.Diff(want, got); diff != "" || len(damage) > 0 {
		t.Errorf("damage %v; (-want +got):\n%s", damage, diff)
	}
}

// TestFormerEvaluation reads a checkpoint's evaluation as older versions and this one write it.
func TestFormerEvaluation(t *testing.T) {
	for _, text := range []string{
		`{"precision":0.5,"cross_entropy":1,"loss":2,"epoch":3}`,
		`{"accuracy":0.5,"precision":0.5,"cross_entropy":1,"loss":2,"epoch":3}`,
		`{"accuracy":0.5,"cross_entropy":1,"loss":2,"epoch":3}`,
	} {
		got := evaluationOf(map[string]string{evaluationKey: text}, 4)
		if diff := cmp.Diff(&Evaluation{Step: 4, Epoch: 3, Accuracy: 0.5, CrossEntropy: 1, Loss: 2}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
