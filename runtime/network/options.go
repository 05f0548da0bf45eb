package network

// Options are what a machine decides about a network: nothing in them changes a result's bits, but
// for LocalNorms and FastSums.
type Options struct {
	// Threads is the number of workers that share a step; 0 means one for each usable core.
	// More than abi.Groups workers are not used.
	Threads int

	// Link joins the network's training steps to those of other processes; nil: it is alone. Each
	// rank is given the whole batch's labels, and of its images at least those of [RankImages]; the
	// metrics are the batch's, the last logits those of the rank's images. See [CheckRanks].
	Link Link
	// LocalNorms takes the batch norms' statistics from each rank's own images, not from all.
	LocalNorms bool
	// FastSums leaves the sum of the ranks' gradients to the link, in an order of its own.
	FastSums bool
}
