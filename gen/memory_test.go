package gen

import "testing"

// TestMemoryOfResNet50 holds that a training step of 32 images of 224×224 fits in 4 GiB, with the
// scratch of eight workers, and nothing computed twice.
func TestMemoryOfResNet50(t *testing.T) {
	net := fromZoo(t, "resnet50")
	if net.Train.Batch != 32 || net.Train.Recompute != 0 {
		t.Fatalf("got a batch of %d, recompute %d, want 32 and 0", net.Train.Batch, net.Train.Recompute)
	}
	info, err := Describe(net)
	if err != nil {
		t.Fatal(err)
	}
	const limit, workers = 4 << 30, 8
	if total := info.ArenaBytes + workers*info.ScratchBytes; total > limit {
		t.Errorf("got %d bytes, want at most %d", total, limit)
	}
}
