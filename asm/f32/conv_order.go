package f32

import (
	"cmp"
	"slices"
)

// fetchBytes is how much of one block of weights a core's cache surely holds from one call to the
// next. Of larger ones, tiles fetch what tiles to come read.
const fetchBytes = 64 << 10

// order orders the tiles into runs, and sets what each fetches. All large tiles come first, unless
// blocks of weights are large and each group of tiles reads a part of its own, as the planes of
// Winograd do. Then group follows group, so that the weights come from memory once.
func (t *Tiles) order() {
	groups := t.groups()
	if groups == nil {
		groups = [][]Tile{t.tiles}
	}
	for i, group := range groups {
		slices.SortStableFunc(group, func(a, b Tile) int { return cmp.Compare(kind(&a), kind(&b)) })
		if 4*t.blockLen <= fetchBytes {
			continue
		}
		switch {
		case len(groups) == 1:
			fetch(group, 0, t.blockLen, 1)
		case i+1 < len(groups):
			first, end := t.weights(&groups[i+1][0])
			fetch(group, first, end, 0)
		default:
			first, end := t.weights(&groups[0][0])
			fetch(group, first, end, 1)
		}
	}
	for i := range t.tiles {
		small := t.tiles[i].small()
		if n := len(t.runs); n > 0 && t.runs[n-1].small == small {
			t.runs[n-1].n++
		} else {
			t.runs = append(t.runs, tileRun{i, 1, small})
		}
	}
}

// kind is 0 for large tiles, 1 for small ones.
func kind(t *Tile) int {
	if t.small() {
		return 1
	}
	return 0
}

// groups cuts large blocks' tiles into runs that read the same weights. It returns nil where blocks
// are small, or groups share weights.
func (t *Tiles) groups() (groups [][]Tile) {
	if 4*t.blockLen <= fetchBytes {
		return nil
	}
	end := 0
	for first := 0; first < len(t.tiles); first += len(groups[len(groups)-1]) {
		n := 1
		for first+n < len(t.tiles) && t.tiles[first+n].First == t.tiles[first].First {
			n++
		}
		groups = append(groups, t.tiles[first:][:n])
		from, to := t.weights(&t.tiles[first])
		if from < end {
			return nil
		}
		end = to
	}
	return groups
}

// weights returns the first element of a block that a tile reads, and the end of what it reads.
func (t *Tiles) weights(tile *Tile) (first, end int) {
	first = t.blockLen
	for _, s := range t.segments[tile.First:][:tile.Count] {
		first, end = min(first, int(s.W)), max(end, int(s.W+s.K*TileChannels))
	}
	return first, end
}

// fetch shares out among tiles what they fetch: the weights from element first of a block up to
// end, of the next blocks where next is 1. A tile fetches a row of weights for each four that it
// multiplies, a small one two: where a group has few tiles, it fetches a part of its share.
func fetch(tiles []Tile, first, end int, next int32) {
	rows := max(0, end-first) / TileChannels
	for i := range tiles {
		tiles[i].Ahead, tiles[i].Next = int32(first+rows*i/len(tiles)*TileChannels), next
	}
}
