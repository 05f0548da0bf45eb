package f32

import (
	"slices"
	"testing"
)

// planes returns tiles that read so many rows of weights from a plane of their own each, two large
// ones and a small one for each plane.
func planes(n, rows int) (tiles []Tile, segments []Segment) {
	for plane := range n {
		segments = append(segments, Segment{W: int32(plane * rows * TileChannels), K: int32(rows)})
		for i := range 3 {
			t := Tile{First: int32(plane), Count: 1}
			for p := range TilePixels {
				t.X[p] = int32(min(p, TilePixels-1-2*(i/2)))
				t.Y[p] = t.X[p]
			}
			tiles = append(tiles, t)
		}
	}
	return tiles, segments
}

// TestFetchPlanes holds that the tiles of each plane of large blocks come one after the other, and
// fetch thirds of the next plane; those of the last plane, of the next blocks' first one.
func TestFetchPlanes(t *testing.T) {
	const n, rows = 4, 300
	tiles, segments := planes(n, rows)
	got := NewTiles(tiles, segments, 2*TileChannels, n*rows*TileChannels)
	for i, tile := range got.tiles {
		plane, third := i/3, i%3
		ahead, next := int32(((plane+1)%n*rows+third*rows/3)*TileChannels), int32((plane+1)/n)
		if tile.First != int32(plane) || tile.Ahead != ahead || tile.Next != next || tile.small() != (third == 2) {
			t.Errorf("tile %d: got %+v, want plane %d, fetching from %d of blocks %d on, the last of three small", i, tile, plane, ahead, next)
		}
	}
	if want := n * 2; len(got.runs) != want {
		t.Errorf("got %d runs of tiles, want %d", len(got.runs), want)
	}
}

// TestFetchShared holds that tiles that share large blocks of weights fetch the next ones, each its
// part.
func TestFetchShared(t *testing.T) {
	const rows = 1200
	tiles := slices.Repeat([]Tile{{Count: 1}}, 4)
	for i := range tiles {
		tiles[i].Count = int32(1 + i%2) // as at the edges of an image
	}
	got := NewTiles(tiles, []Segment{{K: rows / 2}, {W: rows / 2 * TileChannels, K: rows / 2}}, 1, rows*TileChannels)
	for i, tile := range got.tiles {
		if ahead := int32(i * rows / 4 * TileChannels); tile.Ahead != ahead || tile.Next != 1 {
			t.Errorf("tile %d: got %+v, want it to fetch from %d of the next block on", i, tile, ahead)
		}
	}
}

// TestFetchSmall holds that tiles of small blocks come in two runs, and fetch nothing new.
func TestFetchSmall(t *testing.T) {
	tiles, segments := planes(4, 16)
	got := NewTiles(tiles, segments, TileChannels, 4*16*TileChannels)
	if want := []tileRun{{0, 8, false}, {8, 4, true}}; !slices.Equal(got.runs, want) {
		t.Errorf("got runs %v, want %v", got.runs, want)
	}
	for _, tile := range got.tiles {
		if tile.Ahead != 0 || tile.Next != 0 {
			t.Errorf("got %+v, want the first weights", tile)
		}
	}
}
