package state

import (
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// Header is the metadata of every checkpoint of a network.
func Header(i *network.Info) (map[string]string, error) {
	metadata := map[string]string{"network": i.Name, "spec_sha256": i.SpecHash, "generator": i.Generator}
	return metadata, checkpoint.FunctionOf(i).WriteMetadata(metadata)
}

// ImportedKey is the entry of a checkpoint's metadata that says which file of another program it
// was made of.
const ImportedKey = "imported_from"

// ImportedHeader is the metadata of a checkpoint that was made of another program's file. A run can
// go on from it: its settings are then those that it goes on with.
func ImportedHeader(i *network.Info, from string) (map[string]string, error) {
	metadata, err := Header(i)
	if err != nil {
		return nil, err
	}
	metadata[ImportedKey] = from
	return metadata, nil
}
