package engine

import (
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/mem"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

func random(r *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func newImages(n int, l conv.Layout) Images {
	return NewImages(mem.New(int64(n*l.Len()*4)+64), 0, n, l)
}

// inside returns what of image i is the image.
func inside(m *Images, i int) (values []float32) {
	for h := range m.Height {
		values = append(values, m.At(i)[m.Index(h, 0):][:m.Width*m.Channels]...)
	}
	return values
}

// layer is what generated code makes of a convolution and what ends it.
type layer interface {
	Convolution
	Convolve(ctx *WorkerContext, y, x *Images, w []float32)
	ConvolveWith(ctx *WorkerContext, x *Images, w []float32, e Epilogue)
	Finish(ctx *WorkerContext, y *Images, e Epilogue)
	Pool(ctx *WorkerContext, pool *Pool, y, x *Images)
	Copy(ctx *WorkerContext, dst, src *Images)
}

// drawLayer draws a convolution and the layouts of its input and output.
func drawLayer(t *rapid.T, team, chunk int) (l layer, in, out conv.Layout) {
	height, width := rapid.IntRange(1, 20).Draw(t, "height"), rapid.IntRange(1, 11).Draw(t, "width")
	from, to := rapid.IntRange(1, 20).Draw(t, "in"), rapid.SampledFrom([]int{1, 7, 16, 24, 40, 64, 528}).Draw(t, "out")
	if rapid.Bool().Draw(t, "Winograd") {
		w := NewWinograd(team, chunk, height, width, from, to)
		if rapid.Bool().Draw(t, "bands") {
			w.byRowsOfTiles(team)
		}
		return w, conv.TiledHalo(height, width, from, 1), conv.Tiled(height, width, to)
	}
	kernel, stride := rapid.SampledFrom([]int{1, 3, 5}).Draw(t, "kernel"), rapid.IntRange(1, 2).Draw(t, "stride")
	c := NewConv(team, kernel, stride, height, width, from, to)
	return c, c.shape.Input(), conv.Plain(c.height, c.width, to)
}

// byRowsOfTiles makes each row of tiles a band.
func (w *Winograd) byRowsOfTiles(team int) {
	w.bandRows = 1
	for n := range w.images {
		w.add(n+1, w.from.Rows, w.channels)
	}
	for k := range team {
		s := w.share(&WorkerContext{part: par.Part{Index: k, Of: team}})
		w.add(1, abi.WinogradTiles(s.endRow-s.firstRow), s.channels())
	}
}

// TestLayer holds that a team has the bits of one worker, for a convolution of any shape with all
// that may follow it, and that these are those of the convolution's definition.
func TestLayer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		team, images := rapid.IntRange(1, 5).Draw(t, "team"), rapid.IntRange(1, 5).Draw(t, "images")
		l, in, out := drawLayer(t, team, images)
		shape := l.WeightShape()
		value := random(r, shape[0]*shape[1]*shape[2]*shape[3])
		w := l.Pack(value)
		x, add := newImages(images, in), newImages(images, conv.Plain(out.Height, out.Width, out.Channels))
		for i := range images {
			x.Put(i, random(r, in.Height*in.Width*in.Channels))
			add.Put(i, random(r, out.Height*out.Width*out.Channels))
		}
		a := &Affine{random(r, out.Channels), random(r, out.Channels), 0.1}
		pool := NewPool(conv.NewPool(1, 1, out.Height, out.Width, out.Channels, out.Channels))
		run := func(team, images int) (sum, act, copied Images) {
			sum, act, copied = newImages(images, add.Layout), newImages(images, add.Layout), newImages(images, conv.TiledHalo(out.Height, out.Width, out.Channels, 1))
			y, pooled := newImages(images, out), newImages(images, add.Layout)
			var all sync.WaitGroup
			together := make(barrier, team)
			for k := range team {
				all.Go(func() {
					ctx := &WorkerContext{images: images, part: par.Part{Index: k, Of: team}, workspace: make([]float32, 1<<20)}
					if team > 1 {
						ctx.team = together
					}
					l.Convolve(ctx, &y, &x, w)
					l.Pool(ctx, pool, &pooled, &add)
					l.Finish(ctx, &y, Epilogue{Sum: &sum, Add: &pooled, Act: &act, Norm: a})
					l.Copy(ctx, &copied, &act)
				})
			}
			all.Wait()
			return sum, act, copied
		}
		sum, act, copied := run(1, images)
		for i := range images {
			want, magnitude := direct(inside(&x, i), value, in, out, shape[0])
			got, shortcut := inside(&sum, i), inside(&add, i)
			for k := range want {
				if d := math.Abs(float64(got[k]) - want[k] - float64(shortcut[k])); !(d <= 1e-5*(magnitude+math.Abs(float64(shortcut[k])))) {
					t.Fatalf("image %d: element %d: got %g, want %g", i, k, got[k], want[k]+float64(shortcut[k]))
				}
			}
			if !slices.Equal(inside(&act, i), inside(&copied, i)) {
				t.Error("Copy: got another image")
			}
		}
		joinedSum, joined := newImages(images, add.Layout), newImages(images, conv.TiledHalo(out.Height, out.Width, out.Channels, 1))
		l.ConvolveWith(&WorkerContext{images: images, part: par.Part{Index: 0, Of: 1}, workspace: make([]float32, 1<<20)}, &x, w, Epilogue{Sum: &joinedSum, Add: &add, Act: &joined, Norm: a})
		one := singleImages(images, out, func(ctx *WorkerContext, y, oneSum *Images, act *Images) {
			l.Convolve(ctx, y, &x, w)
			l.Finish(ctx, y, Epilogue{Sum: oneSum, Add: &add, Act: act, Norm: a})
		})
		for i := range images {
			if want := inside(&act, i); !slices.Equal(joined.At(i), copied.At(i)) || !slices.Equal(inside(&joinedSum, i), inside(&sum, i)) || !slices.Equal(inside(&one, i), want) {
				t.Errorf("image %d: got other bits joined, or image by image", i)
			}
		}
		if team > 1 {
			sharedSum, sharedAct, sharedCopy := run(team, 1)
			if got := joinedByTeam(l, team, &x, w, Epilogue{Add: &add, Act: &joined, Norm: a}); !slices.Equal(inside(got, 0), inside(&act, 0)) {
				t.Errorf("a team of %d: got other bits joined than one worker", team)
			}
			if !slices.Equal(inside(&sharedSum, 0), inside(&sum, 0)) || !slices.Equal(sharedAct.At(0), act.At(0)) || !slices.Equal(sharedCopy.At(0), copied.At(0)) {
				t.Errorf("a team of %d: got other bits than one worker", team)
			}
		}
	})
}

// singleImages calls a layer image by image, with room for one image of all but the last tensor,
// and returns that.
func singleImages(images int, out conv.Layout, layer func(ctx *WorkerContext, y, sum, act *Images)) Images {
	plain := conv.Plain(out.Height, out.Width, out.Channels)
	y, sum, act := newImages(1, out), newImages(1, plain), newImages(images, plain)
	ctx := &WorkerContext{images: images, part: par.Part{Index: 0, Of: 1}, workspace: make([]float32, 1<<20)}
	for ctx.NextImage() {
		layer(ctx, &y, &sum, &act)
	}
	return act
}

// joinedByTeam computes the first image by a team, the convolution joined with its epilogue, and
// returns what that activates.
func joinedByTeam(l layer, team int, x *Images, w []float32, e Epilogue) *Images {
	clear(e.Act.data)
	var all sync.WaitGroup
	for k := range team {
		all.Go(func() {
			ctx := &WorkerContext{images: 1, part: par.Part{Index: k, Of: team}, workspace: make([]float32, 1<<20)}
			l.ConvolveWith(ctx, x, w, e)
		})
	}
	all.Wait()
	return e.Act
}

// TestNextImage holds that a context goes through a chunk's images one by one, again and again.
func TestNextImage(t *testing.T) {
	for _, images := range []int{1, 2, 5} {
		ctx := &WorkerContext{images: images}
		for range 2 {
			var seen, want []int
			for ctx.NextImage() {
				for i := range ctx.eachImage {
					seen = append(seen, i)
				}
			}
			for i := range ctx.eachImage {
				want = append(want, i)
			}
			if !slices.Equal(seen, want) || len(want) != images {
				t.Errorf("%d images: got %v one by one, then %v together", images, seen, want)
			}
		}
	}
}

// direct is a convolution with TensorFlow's SAME padding, as it is defined, and the largest sum of
// its products' magnitudes: what rounding errs by, and Winograd's transforms some times more, is in
// proportion to that.
func direct(x, w []float32, in, out conv.Layout, kernel int) (y []float64, magnitude float64) {
	stride := 1
	for (in.Height+stride-1)/stride != out.Height || (in.Width+stride-1)/stride != out.Width {
		stride++
	}
	top := max((out.Height-1)*stride+kernel-in.Height, 0) / 2
	left := max((out.Width-1)*stride+kernel-in.Width, 0) / 2
	y = make([]float64, out.Height*out.Width*out.Channels)
	for i := range y {
		sum := 0.0
		o, pixel := i%out.Channels, i/out.Channels
		for tap := range kernel * kernel {
			h, v := pixel/out.Width*stride-top+tap/kernel, pixel%out.Width*stride-left+tap%kernel
			if h < 0 || h >= in.Height || v < 0 || v >= in.Width {
				continue
			}
			for c := range in.Channels {
				product := float64(x[(h*in.Width+v)*in.Channels+c]) * float64(w[(tap*in.Channels+c)*out.Channels+o])
				y[i] += product
				sum += math.Abs(product)
			}
		}
		magnitude = max(magnitude, sum)
	}
	return y, magnitude
}

// TestBarrier holds that nobody passes before all have come, many times over, on fewer cores than
// workers too.
func TestBarrier(t *testing.T) {
	const workers, rounds = 5, 300
	b := make(barrier, workers)
	var counts [workers][rounds]bool
	var all sync.WaitGroup
	for k := range workers {
		all.Go(func() {
			for round := range rounds {
				counts[k][round] = true
				b.wait(k)
				for other := range workers {
					if !counts[other][round] {
						t.Errorf("worker %d passed round %d before worker %d came", k, round, other)
						return
					}
				}
				b.wait(k)
			}
		})
	}
	all.Wait()
}

// TestVariables holds which values count, and that all that is wrong is told.
func TestVariables(t *testing.T) {
	v := NewVariables(&checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "a", Shape: []int{2}, Float32: []float32{1, 2}},
		{Name: "a/ExponentialMovingAverage", Shape: []int{2}, Float32: []float32{3, 4}},
		{Name: "step", Shape: []int{}, Int64: []int64{5}},
		{Name: "bn/gamma", Shape: []int{1}, Float32: []float32{2}},
		{Name: "bn/beta", Shape: []int{1}, Float32: []float32{0.5}},
		{Name: "bn/moving_mean", Shape: []int{1}, Float32: []float32{3}},
		{Name: "bn/moving_variance", Shape: []int{1}, Float32: []float32{4}},
		{Name: "infinite", Shape: []int{1}, Float32: []float32{float32(math.Inf(1))}},
		{Name: "a/Momentum", Shape: []int{2}, Float32: []float32{5, 6}},
		{Name: "global_step", Shape: []int{}, Int64: []int64{7}},
		{Name: "deeper/DW", Shape: []int{1}, Float32: []float32{0}},
		{Name: "b", Shape: []int{1}, Float32: []float32{1}},
		{Name: "b/ExponentialMovingAverage", Shape: []int{2}, Float32: []float32{3, 4}},
		{Name: "c", Shape: []int{1}, Float32: []float32{1}},
		{Name: "c/ExponentialMovingAverage", Shape: []int{1}, Float32: []float32{float32(math.NaN())}},
		{Name: "sick/gamma", Shape: []int{1}, Float32: []float32{2}},
		{Name: "sick/beta", Shape: []int{1}, Float32: []float32{0.5}},
		{Name: "sick/moving_mean", Shape: []int{1}, Float32: []float32{3}},
		{Name: "sick/moving_variance", Shape: []int{1}, Float32: []float32{-4}},
	}}, checkpoint.Function{Leak: 0.1})
	if got := v.Get("a", 2); !slices.Equal(got, []float32{3, 4}) {
		t.Errorf("got %v, want the moving average", got)
	}
	if a := v.Norm("bn", 1); a.Scale[0] != 1 || a.Shift[0] != -2.5 || a.Leak != 0.1 {
		t.Errorf("got %+v, want gamma/√variance = 1, beta − mean = −2.5", a)
	}
	huge := NewVariables(&checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "w", Shape: []int{1, 1, 1, 1}, Float32: []float32{3e38}},
		{Name: "bn/gamma", Shape: []int{1}, Float32: []float32{2}},
		{Name: "bn/beta", Shape: []int{1}, Float32: []float32{0}},
		{Name: "bn/moving_mean", Shape: []int{1}, Float32: []float32{0}},
		{Name: "bn/moving_variance", Shape: []int{1}, Float32: []float32{1}},
	}}, checkpoint.Function{Leak: 0.1})
	if huge.Fold(NewConv(1, 1, 1, 1, 1, 1, 1), "w", "bn"); !errors.Is(huge.Err(), ErrDiverged) {
		t.Errorf("a product beyond float32: got error %v", huge.Err())
	}
	if v.errs != nil {
		t.Errorf("got errors %v", v.errs)
	}
	v.Get("a", 3)
	v.Get("step")
	v.Get("none", 1)
	v.Get("infinite", 1)
	v.Get("b", 1)
	v.Get("c", 1)
	v.Norm("sick", 1)
	for _, want := range []string{
		"a/ExponentialMovingAverage: got float32 of shape [2], want float32 of shape [3]", "b/ExponentialMovingAverage: got float32 of shape [2], want float32 of shape [1]",
		"variable c/ExponentialMovingAverage: got NaN at element 0", "variable sick/moving_variance: got -4 at element 0, want 0 or more",
		"step: got int64", "none: missing, want float32 of shape [1]", "variable infinite: got +Inf at element 0",
		"deeper/DW: unexpected tensor, which the network does not have",
	} {
		if err := v.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

// TestTorchVariables holds PyTorch's names and layouts.
func TestTorchVariables(t *testing.T) {
	v := NewVariables(&checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "conv1.weight", Shape: []int{2, 2, 1, 1}, Float32: []float32{1, 2, 3, 4}},
		{Name: "fc.weight", Shape: []int{3, 2}, Float32: []float32{1, 2, 3, 4, 5, 6}},
		{Name: "bn1.weight", Shape: []int{1}, Float32: []float32{2}},
		{Name: "bn1.bias", Shape: []int{1}, Float32: []float32{0.5}},
		{Name: "bn1.running_mean", Shape: []int{1}, Float32: []float32{3}},
		{Name: "bn1.running_var", Shape: []int{1}, Float32: []float32{4}},
		{Name: "bn1.num_batches_tracked", Shape: []int{}, Int64: []int64{7}},
	}}, checkpoint.Function{}).PyTorch()
	if got := v.Get("conv1.weight", 1, 1, 2, 2); !slices.Equal(got, []float32{1, 3, 2, 4}) {
		t.Errorf("got the kernel %v, want it in HWIO", got)
	}
	if got := v.Get("fc.weight", 2, 3); !slices.Equal(got, []float32{1, 3, 5, 2, 4, 6}) {
		t.Errorf("got the matrix %v, want [in][out]", got)
	}
	if a := v.Norm("bn1", 1); a.Scale[0] != 1 || a.Shift[0] != -2.5 {
		t.Errorf("got %+v, want gamma/√variance = 1, beta − mean = −2.5", a)
	}
	if err := v.Err(); err != nil {
		t.Errorf("got error %v", err)
	}
	v.Get("conv1.weight", 1, 1, 1, 4)
	if err := v.Err(); err == nil || !strings.Contains(err.Error(), "conv1.weight: got float32 of shape [2 2 1 1], want float32 of shape [4 1 1 1]") {
		t.Errorf("got error %v, want one in shapes of files", err)
	}
}

// tiny is a network of two pixels, whose logits are what it is given.
func tiny() Program[Images] {
	return Program[Images]{
		Name: "tiny", Input: [3]int{1, 2, 1}, Classes: 2, Chunk: 1,
		NewMemory: func() *Images { m := newImages(1, conv.Plain(1, 2, 1)); return &m },
		Images:    func(m *Images) *Images { return m }, Logits: func(m *Images) *Images { return m },
		Forward: func(*WorkerContext, *Images) {},
	}
}

// TestImagesStandardized holds what a network is given of images: by their own means, or by
// those of the program.
func TestImagesStandardized(t *testing.T) {
	p := image.NewGray(image.Rect(0, 0, 2, 1))
	copy(p.Pix, []byte{51, 255})
	for _, c := range []struct{ mean, std []float64 }{{nil, nil}, {[]float64{0.4}, []float64{0.25}}} {
		want := []float32{-1, 1}
		if c.mean != nil {
			want = []float32{-0.8, 2.4}
		}
		program := tiny()
		program.Function.Mean, program.Function.Std = c.mean, c.std
		e := New(program, 2)
		defer e.Close()
		got := make([]float32, 2)
		if err := e.LogitsOfImage(got, p); err != nil || !slices.Equal(got, want) {
			t.Errorf("mean %v: got %v, error %v, want %v", c.mean, got, err, want)
		}
		if err := e.LogitsOfImages([]image.Image{p, p, p}, func(i int, logits []float32) {
			if !slices.Equal(logits, want) {
				t.Errorf("mean %v, image %d: got %v, want %v", c.mean, i, logits, want)
			}
		}); err != nil {
			t.Error(err)
		}
		if n := testing.AllocsPerRun(20, func() {
			if err := e.LogitsOfImage(got, p); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("mean %v: got %g allocations an image, want 0", c.mean, n)
		}
	}
}

// TestImagesPreprocessed holds that images become the network's input as its function says.
func TestImagesPreprocessed(t *testing.T) {
	p := image.NewGray(image.Rect(0, 0, 1, 1))
	p.Pix[0] = 51
	program := tiny()
	program.Function.Mean, program.Function.Std = []float64{0.4}, []float64{0.25}
	program.Function.Preprocess = network.Preprocess{Resize: 1, Fit: "pad", Interpolation: "bilinear", Channels: "rgb"}
	e := New(program, 1)
	defer e.Close()
	got, want := make([]float32, 2), []float32{-0.8, -1.6}
	if err := e.LogitsOfImage(got, p); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, error %v, want %v: the image, and black beside it", got, err, want)
	}
}

// TestLogitsErrors refuses what is no whole image, and too little room.
func TestLogitsErrors(t *testing.T) {
	e := New(tiny(), 2)
	defer e.Close()
	logits := make([]float32, 6)
	if err := e.Logits(logits, []float32{1, 2, 3, 4, 5, 6}); err != nil || !slices.Equal(logits, []float32{1, 2, 3, 4, 5, 6}) {
		t.Errorf("got %v, error %v, want what went in", logits, err)
	}
	for want, call := range map[string]func() error{
		"got 3 values of images, want whole images of 2":    func() error { return e.Logits(logits, make([]float32, 3)) },
		"got room for 6 logits, want 2 of each of 1 images": func() error { return e.Logits(logits, make([]float32, 2)) },
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
	if err := e.Logits(nil, nil); err != nil {
		t.Errorf("no images: got error %v", err)
	}
}
