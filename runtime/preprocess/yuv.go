package preprocess

import (
	"context"
	"image"
)

// lossyRGB returns the pixels of a lossy WebP image, with the opacity alpha if there is one. It
// gives the bytes that libwebp gives: from the limited range of ITU-R BT.601, in which black is 16
// and white 235, and with chroma that is interpolated between its four nearest samples. It ends
// early once ctx is done. An [image.YCbCr] is of the full range, as in JPEG.
//
// Source: libwebp, src/dsp/yuv.h and upsampling.c, of which these are the formulas.
func lossyRGB(ctx context.Context, m *image.YCbCr, alpha []byte, alphaStride int) image.Image {
	width, height := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	chromaHeight := (height + 1) / 2
	red, blue := make([]byte, width), make([]byte, width)
	for y := range height {
		if ctx.Err() != nil {
			break
		}
		near := y / 2
		far := min(max(near+y&1*2-1, 0), chromaHeight-1)
		if y == 0 || y == height-1 && y&1 != 0 {
			far = near
		}
		upsample(blue, m.Cb[near*m.CStride:], m.Cb[far*m.CStride:], width)
		upsample(red, m.Cr[near*m.CStride:], m.Cr[far*m.CStride:], width)
		luma, pixels := m.Y[y*m.YStride:][:width], out.Pix[y*out.Stride:][:4*width]
		for x, l := range luma {
			p := pixels[4*x : 4*x+4 : 4*x+4]
			p[0], p[1], p[2] = limitedRGB(int32(l), int32(blue[x]), int32(red[x]))
			p[3] = 0xff
			if alpha != nil {
				p[3] = alpha[y*alphaStride+x]
			}
		}
	}
	if alpha == nil {
		return &image.RGBA{Pix: out.Pix, Stride: out.Stride, Rect: out.Rect}
	}
	return out
}

// upsample writes a row of width chroma values, from the row of samples that is nearer and the one
// that is farther: of the four samples around a value they count 9, 3, 3 and 1 sixteenths, at the
// sides of the image 3 and 1 quarters.
func upsample(dst, near, far []byte, width int) {
	n, f := int32(near[0]), int32(far[0])
	dst[0] = byte((3*n + f + 2) >> 2)
	for x := 1; x <= (width-1)/2; x++ {
		nextN, nextF := int32(near[x]), int32(far[x])
		sum := n + nextN + f + nextF + 8
		dst[2*x-1] = byte(((sum+2*(nextN+f))>>3 + n) >> 1)
		dst[2*x] = byte(((sum+2*(n+nextF))>>3 + nextN) >> 1)
		n, f = nextN, nextF
	}
	if width&1 == 0 {
		dst[width-1] = byte((3*n + f + 2) >> 2)
	}
}

// limitedRGB converts a pixel, with coefficients of 14 bits and results of 6 more bits than a byte.
func limitedRGB(y, u, v int32) (r, g, b byte) {
	l := y * 19077 >> 8
	return clip(l + v*26149>>8 - 14234), clip(l - u*6419>>8 - v*13320>>8 + 8708), clip(l + u*33050>>8 - 17685)
}

func clip(v int32) byte { return byte(min(max(v, 0)>>6, 255)) }
