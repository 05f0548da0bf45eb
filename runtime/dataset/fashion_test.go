//go:build tools

package dataset

import (
	"bytes"
	"testing"
)

// TestFashionMNIST reads the whole set from Debian's folder, of which the embedded one is a part.
func TestFashionMNIST(t *testing.T) {
	train, test, err := Open("fashion-mnist", Options{Cache: t.TempDir()})
	if err != nil {
		t.Fatalf("%v (tools/setup installs it)", err)
	}
	if train.Len() != 60000 || test.Len() != 10000 {
		t.Errorf("got %d and %d images, want 60000 and 10000", train.Len(), test.Len())
	}
	_, mini, err := Open("fashion-mini", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(mini.Image(0), test.Image(0)) {
		t.Error("the first test images differ")
	}
}
