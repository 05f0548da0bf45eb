//go:build tools && campaign

package parity

import "testing"

// TestTorchvisionParityLarge is TestTorchvisionParity with larger models and images.
func TestTorchvisionParityLarge(t *testing.T) {
	for _, c := range []visionCase{
		{"resnet34_odd", "resnet34", 2, visionOptions{height: 97, width: 131}},
		{"resnet50_odd", "resnet50", 2, visionOptions{height: 97, width: 131}},
		{"resnet18_224", "resnet18", 2, visionOptions{height: 224, width: 224}},
		{"resnet50_224", "resnet50", 2, visionOptions{height: 224, width: 224}},
		{"resnet50_224_winograd", "resnet50", 2, visionOptions{height: 224, width: 224, algorithm: "winograd"}},
		{"wide_resnet50_2_odd", "wide_resnet50_2", 2, visionOptions{height: 97, width: 131}},
		{"wide_resnet50_2_224", "wide_resnet50_2", 2, visionOptions{height: 224, width: 224}},
	} {
		t.Run(c.name, func(t *testing.T) { checkTorchvision(t, c) })
	}
}
