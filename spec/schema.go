package spec

import _ "embed"

//go:generate go run ./internal/schemagen

//go:embed schema.json
var schema []byte

//go:embed template.yaml
var template []byte

// Schema returns the JSON Schema (draft 2020-12) of specs, for editors. It is generated from the
// types of this package. The decoder refuses more than a schema can express: values that do not fit
// together, notations of numbers other than decimal, anchors, aliases and tags.
func Schema() []byte { return append([]byte(nil), schema...) }

// Template returns a commented spec to start from: ResNet-20 for CIFAR-10 with every key written
// out.
func Template() []byte { return append([]byte(nil), template...) }
