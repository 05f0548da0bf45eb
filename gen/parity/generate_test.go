package parity

import "github.com/resnetgen/resnetgen/gen"

// generate adds the files of the network's package, in a folder of its name, to those of a module.
func (n *network) generate(files map[string][]byte, module string) error {
	generated, err := gen.Compile(n.spec, gen.Options{ImportPath: module + "/" + n.name})
	if err != nil {
		return err
	}
	for _, file := range generated {
		files[n.name+"/"+file.Path] = file.Content
	}
	return nil
}
