package nn

import (
	"crypto/sha256"
	"fmt"
)

// Architecture is the sha256 of what makes a checkpoint a network's own: the shapes of its input, layers and
// variables, hexadecimal. How it is computed and trained has no part in it.
func (i *Info) Architecture() string {
	h := sha256.New()
	fmt.Fprintln(h, i.Input, i.Classes) // a hash's Write returns no error
	for _, l := range i.Layers {
		fmt.Fprintln(h, l.Name, l.Op, l.In, l.Out)
	}
	for _, v := range i.Variables {
		fmt.Fprintln(h, v.Name, v.Shape, v.Trainable)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
