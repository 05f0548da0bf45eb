package f32

// PixelSums are two sums over the pixels of an image, for each channel: Σ d and Σ d² of [Moments],
// or Σ dz and Σ dz·(x−Mean) of the gradients. Each is two chains from +0, of the even and of the
// odd pixels, which [PixelSums.Totals] adds last. So an image may come in parts, of which all but
// the last have an even number of pixels.
type PixelSums struct {
	memory   []float32 // [5][channels]: each sum's even and odd chain; the first pixel
	channels int
	pixels   int // so far
}

// PixelSumsLen is the elements of memory of the sums, for each channel.
const PixelSumsLen = 5

// NewPixelSums begins the sums of an image. The memory has PixelSumsLen·channels elements, whose
// contents do not matter.
func NewPixelSums(memory []float32, channels int) PixelSums {
	if !(channels > 0 && len(memory) == times(PixelSumsLen, channels)) {
		fail("NewPixelSums", "got %d elements for %d channels, want %d for each", len(memory), channels, PixelSumsLen)
	}
	return PixelSums{memory: memory, channels: channels}
}

// Totals returns both sums, of the pixels so far, and the first pixel. Nothing can be added then.
func (s *PixelSums) Totals() (sum, dot, first []float32) {
	if s.pixels <= 0 {
		fail("Totals", "got %d pixels, want the sums of some", s.pixels)
	}
	sum, dot, first = s.row(0), s.row(2), s.row(4)
	Add(sum, sum, s.row(1))
	Add(dot, dot, s.row(3))
	s.pixels = -1
	return sum, dot, first
}

func (s *PixelSums) row(i int) []float32 { return s.memory[i*s.channels:][:s.channels] }

// begin checks that the pixels of x can be added, and returns how many they are and whether they
// are the first ones.
func (s *PixelSums) begin(kernel string, x []float32, channels int) (pixels int, first bool) {
	wholePixels(kernel, x, channels)
	if !(s.channels == channels && len(s.memory) == PixelSumsLen*channels) {
		fail(kernel, "got sums of %d channels in %d elements, want %d channels", s.channels, len(s.memory), channels)
	}
	if s.pixels < 0 || s.pixels%2 != 0 {
		fail(kernel, "got pixels behind %d others, want them behind an even number, and before the totals", s.pixels)
	}
	pixels, first = len(x)/channels, s.pixels == 0
	if first {
		clear(s.memory)
	}
	s.pixels += pixels
	return pixels, first
}

// from returns the chains of channels from c on. The odd one of each sum stands a pixel behind.
func (s *PixelSums) from(c int) (sum, dot *float32) { return &s.memory[c], &s.memory[2*s.channels+c] }

// first returns the first pixel's channels from c on.
func (s *PixelSums) first(c int) *float32 { return &s.memory[4*s.channels+c] }

// add adds pixel p to a channel's sums, in the portable version.
func (s *PixelSums) add(p, c int, sum, x, y float32) {
	chain := p % 2 * s.channels
	s.memory[chain+c] += sum
	dot := &s.memory[2*s.channels+chain+c]
	*dot = FMA(x, y, *dot)
}
