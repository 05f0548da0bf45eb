package train

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// trained runs a training and returns its folder.
func trained(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(out, &recorder{})); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestHeader holds what a checkpoint says of its run.
func TestHeader(t *testing.T) {
	out := trained(t)
	f, err := checkpoint.Read(runs.Folder(out).Checkpoint(42))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"network": "fake", "input": `{"epoch":6,"batch":0,"batches_per_epoch":7}`,
		"data_sha256": partition.Fingerprint(fakenet.Images(30, 1), fakenet.Images(12, 2)), checkpoint.ArchitectureKey: fakenet.Info.Architecture(),
	} {
		if f.Metadata[key] != want {
			t.Errorf("%s: got %q, want %q", key, f.Metadata[key], want)
		}
	}
	id, err := runs.SettingsOf(f)
	if err != nil || id.Seed != 3 || id.Optimizer != "mom" || len(f.Sum) != 64 {
		t.Errorf("got settings %+v, sum %q, error %v", id, f.Sum, err)
	}
	f.Metadata[runs.SettingsKey] = strings.Replace(f.Metadata[runs.SettingsKey], `"seed":3`, `"seed":4`, 1)
	if _, err := runs.SettingsOf(f); err == nil {
		t.Error("settings that are not those of their hash: got no error")
	}
}

// TestOtherArchitecture names the first variable that differs.
func TestOtherArchitecture(t *testing.T) {
	for want, change := range map[string]func(*network.Info, *fakenet.Net){
		"want float32 of shape [12 4]": func(i *network.Info, n *fakenet.Net) {
			i.Variables[0].Shape = []int{fakenet.Height * fakenet.Width, 4}
			n.Variables()[0].Shape = i.Variables[0].Shape
		},
		"its variables match, but its layers have other sizes or strides": func(i *network.Info, _ *fakenet.Net) {
			i.Layers = []network.Layer{{Name: "logit", Op: "3×3/2"}}
		},
	} {
		out := trained(t)
		info, net := fakenet.Info, fakenet.New(network.Options{})
		info.Variables = append([]network.VariableInfo(nil), info.Variables...)
		change(&info, net)
		o := options(out, &recorder{})
		o.Resume, o.Force = true, true // which is not about architectures
		o.Info, o.Net = &info, net
		_, err := Run(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), "got a checkpoint of another architecture") || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

// TestForcedSettings goes on under other settings when that is asked for, says so, and makes them
// the run's.
func TestForcedSettings(t *testing.T) {
	out := trained(t)
	change := func(o *Options) {
		o.Resume, o.Epochs, o.Seed, o.Recipe.Schedule.Peak = true, 7, 9, 0.01
	}
	o := options(out, &recorder{})
	change(&o)
	var other *SettingsMismatchError
	if _, err := Run(t.Context(), o); !errors.As(err, &other) || other.Run != o.Out || len(other.Wrong) != 2 || !strings.Contains(err.Error(), "seed: got 9, want 3") {
		t.Fatalf("got error %v, want the seeds, and the rates", err)
	}
	o.Force = true
	notes := noting(&o)
	result, err := Run(t.Context(), o)
	if err != nil || result.Step != 49 {
		t.Fatalf("got %+v, error %v", result, err)
	}
	if len(*notes) != 2 || (*notes)[0] != "other settings from step 42 on: seed: got 9, want 3" {
		t.Errorf("got notes %q, want one a setting", *notes)
	}
	o = options(out, &recorder{})
	change(&o)
	o.Epochs = 8
	if _, err := Run(t.Context(), o); err != nil {
		t.Errorf("the settings that were forced: got error %v", err)
	}
}

// TestForeignCheckpoint does not go on from a file that no trainer has written.
func TestForeignCheckpoint(t *testing.T) {
	out := trained(t)
	if err := state.Save(runs.Folder(out).Checkpoint(43), fakenet.New(network.Options{}), 43, nil); err != nil {
		t.Fatal(err)
	}
	o := options(out, &recorder{})
	o.Resume = true
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "got settings with sha256") {
		t.Errorf("got error %v, want that its settings are none", err)
	}
}
