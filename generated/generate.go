// Package generated holds networks that resnetgen has compiled from the specs beside it, for
// reading, for the tests of a step and for the project's trainers in bin/. Nothing else needs it.
package generated

//go:generate go run ../cmd/resnetgen generate resnet20.yaml resnet32.yaml resnet164.yaml
