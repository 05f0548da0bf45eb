package nn

import (
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// GroupImages returns the images of group g in a batch of n.
func GroupImages(n, g int) par.Range {
	return par.Range{First: abi.GroupFirst(n, g), End: abi.GroupFirst(n, g+1)}
}

// tree calls join(left, right) for the nodes of the balanced binary tree over the groups of a batch
// of n images, children first. It returns the group that holds the result. For a node with an empty
// side it does not call join: the node is its other side.
func tree(n int, join func(left, right int)) int {
	return subtree(n, 0, abi.Groups, 1, join)
}

// subtree is the part of tree over groups [first, end). Its leaves are runs of so many groups; each
// run's sum is at its first group. It returns −1 if there are no images.
func subtree(n, first, end, leaf int, join func(left, right int)) int {
	if end-first == leaf {
		if abi.GroupFirst(n, first) == abi.GroupFirst(n, end) {
			return -1
		}
		return first
	}
	middle := (first + end) / 2
	left, right := subtree(n, first, middle, leaf, join), subtree(n, middle, end, leaf, join)
	switch {
	case left < 0:
		return right
	case right < 0:
		return left
	}
	join(left, right)
	return left
}
