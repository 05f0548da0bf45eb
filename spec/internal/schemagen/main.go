// Schemagen writes schema.json, the JSON Schema of network specs, from the types of package spec,
// and the table of keys in docs/spec.md from the schema. It runs in spec's folder: go generate
// ./spec.
package main

import (
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run("schema.json", "../docs/spec.md", "net.go"); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

// run writes the schema to output and its keys' table into document, with the comments of source as
// descriptions.
func run(output, document, source string) error {
	schema, err := generate(source)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(document)
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	if text, err = documented(text, schema); err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	if err := replace(output, schema); err != nil {
		return err
	}
	return replace(document, text)
}

// replace writes a file whole or not at all.
func replace(path string, data []byte) error {
	temp := path + ".new"
	err := os.WriteFile(temp, data, 0o644)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return nil
}
