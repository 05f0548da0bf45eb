package network

import (
	"crypto/sha256"
	"fmt"
)

// Architecture is the sha256 of what makes a checkpoint a network's own: the shapes of its input,
// layers and variables, hexadecimal. Checkpoints have it in their header, so the layers' names and
// the words of [Info.LayerOps] are part of their format. What changes speed alone has no part in
// it, nor has arithmetic such as a slope, nor how the network is trained.
func (i *Info) Architecture() string {
	h := sha256.New()
	fmt.Fprintln(h, i.Input, i.Classes) // a hash's Write returns no error
	ops := i.LayerOps()
	for k, l := range i.Layers {
		fmt.Fprintln(h, l.Name, ops[k], l.In, l.Out)
	}
	for _, v := range i.Variables {
		fmt.Fprintln(h, v.Name, v.Shape, v.Trainable)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
