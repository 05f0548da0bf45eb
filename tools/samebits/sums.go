package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// sumTensors sums the tensors of a safetensors file in the order of their names: all, or the one
// that is named.
func sumTensors(path, only string) (string, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if len(file) < 8 || uint64(len(file)-8) < binary.LittleEndian.Uint64(file) {
		return "", fmt.Errorf("%s: got no safetensors file", path)
	}
	end := 8 + binary.LittleEndian.Uint64(file)
	header := map[string]struct {
		Dtype   string
		Shape   []int
		Offsets [2]int `json:"data_offsets"`
	}{}
	text := map[string]json.RawMessage{}
	if err := json.Unmarshal(file[8:end], &text); err != nil {
		return "", err
	}
	delete(text, "__metadata__")
	rest, err := json.Marshal(text)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(rest, &header); err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if t := header[name]; only == "" || name == only {
			fmt.Fprintln(h, name, t.Dtype, t.Shape) // a hash's Write returns no error
			h.Write(file[end:][t.Offsets[0]:t.Offsets[1]])
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}

// The fields of an ONNX ModelProto that are metadata.
const (
	producerName    = 2
	producerVersion = 3
	docString       = 6
	metadataProps   = 14
)

// sumModel sums an ONNX file without its metadata.
func sumModel(path string) (string, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for len(file) > 0 {
		number, _, n := protowire.ConsumeField(file)
		if n < 0 {
			return "", fmt.Errorf("%s: %w", path, protowire.ParseError(n))
		}
		switch number {
		case producerName, producerVersion, docString, metadataProps:
		default:
			h.Write(file[:n])
		}
		file = file[n:]
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}
