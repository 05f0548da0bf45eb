package network

import (
	"fmt"
	"math/bits"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Link joins the ranks of a training: Size processes, numbered from 0, that train one network
// together. All call the same methods in the same order. A Link has no errors to return: one that
// loses a rank ends the program.
type Link interface {
	// Rank returns this process's number.
	Rank() int
	// Size returns the number of processes.
	Size() int
	// Gather sets to to the ranks' from, in the order of the ranks: Size times as many elements.
	Gather(to, from []float64)
	// Broadcast sets every rank's values to those of rank 0.
	Broadcast(values []float32)
	// Floats returns memory for the methods below. They use it after they return: until Done
	// reports their end, or Wait returns.
	Floats(n int) []float32
	// Doubles returns memory for StartGatherDoubles.
	Doubles(n int) []float64
	// StartGatherDoubles begins what Gather does.
	StartGatherDoubles(to, from []float64) Exchange
	// StartExchange begins to set to to Size pieces, that of rank r being piece Rank of r's from.
	StartExchange(to, from []float32) Exchange
	// StartGather begins to set to to the ranks' from, in the order of the ranks.
	StartGather(to, from []float32) Exchange
	// StartSum begins to set to to the sum of the ranks' from, in an order that is the link's own.
	StartSum(to, from []float32) Exchange
	// Done reports whether an exchange has ended, and moves it on.
	Done(Exchange) bool
	// Wait returns when an exchange has ended.
	Wait(Exchange)
}

// Exchange is one that has begun. Those of a kind end in the order in which they began.
type Exchange int

// RankImages returns the images of a batch of n that are a rank's: those of its run of groups.
func RankImages(n, rank, size int) par.Range {
	return par.Range{First: abi.GroupFirst(n, rank*abi.Groups/size), End: abi.GroupFirst(n, (rank+1)*abi.Groups/size)}
}

// CheckRanks returns an error if so many ranks cannot share batches of so many images. Each rank
// has a whole subtree of the groups' tree.
func CheckRanks(size, images int) error {
	switch {
	case size < 1 || size > abi.Groups || bits.OnesCount(uint(size)) != 1:
		return fmt.Errorf("got %d ranks, want 1, 2, 4, 8 or 16: each sums a subtree of the batch's 16 groups", size)
	case images < size:
		return fmt.Errorf("got batches of %d images, want one or more for each of %d ranks", images, size)
	}
	return nil
}
