package preprocess

import (
	"errors"
	"image"
	"strings"
	"testing"
)

// TestOtherFormats names formats that are not read, and says what to convert to.
func TestOtherFormats(t *testing.T) {
	for begin, want := range map[string]string{
		"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic": "HEIC: convert to JPEG or PNG",
		"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic": "HEIC: convert to JPEG or PNG",
		"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1": "AVIF: convert to JPEG or PNG",
		"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00avifmif1": "AVIF: convert to JPEG or PNG",
		"II*\x00\x08\x00\x00\x00":                          "TIFF: convert to JPEG or PNG",
		"MM\x00*\x00\x00\x00\x08":                          "TIFF: convert to JPEG or PNG",
		"MM\x00+\x00\x08\x00\x00":                          "TIFF: convert to JPEG or PNG",
		"\xff\x0a\x00":                                     "JPEG XL: convert to JPEG or PNG",
		"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a":             "JPEG XL: convert to JPEG or PNG",
		"\x00\x00\x00\x0cjP  \x0d\x0a\x87\x0a":             "JPEG 2000: convert to JPEG or PNG",
		"8BPS\x00\x01":                                     "PSD: convert to JPEG or PNG",
		"\x00\x00\x01\x00\x01\x00":                         "ICO: convert to JPEG or PNG",
		"P6\n1 1\n255\nabc":                                "PBM, PGM or PPM: convert to JPEG or PNG",
		"qoif\x00":                                         "QOI: convert to JPEG or PNG",
		"%PDF-1.7":                                         "PDF: convert to JPEG or PNG",
		"<?xml version='1.0'?>\n<svg>":                     "SVG: convert to JPEG or PNG",
		" <svg xmlns='http://www.w3.org/2000/svg'>":        "SVG: convert to JPEG or PNG",
		"<!DOCTYPE HTML><title>404":                        "a web page in place of an image",
		"":                                                 "the file is empty",
		"hello, world":                                     `got no JPEG, PNG, WebP, BMP or GIF: the file begins with "hello, w"`,
		"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n": "got a Git LFS pointer to a file of 12345 bytes",
	} {
		_, err := Decode(t.Context(), strings.NewReader(begin))
		if !errors.Is(err, image.ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one of the format with %q", begin, err, want)
		}
	}
}

// TestOtherJPEG names the kinds of JPEG that are not read, and reads CMYK without Adobe's segment.
func TestOtherJPEG(t *testing.T) {
	frame := func(marker, bits byte, factors ...byte) string {
		s := string([]byte{0xff, marker, 0, byte(8 + 3*len(factors)), bits, 0, 8, 0, 8, byte(len(factors))})
		for i, f := range factors {
			s += string([]byte{byte(i + 1), f, 0})
		}
		return "\xff\xd8" + s + "\xff\xda\x00\x02"
	}
	for file, want := range map[string]string{
		frame(0xc1, 12, 0x11):              "jpeg: got 12-bit samples: convert to a baseline JPEG or PNG",
		frame(0xc9, 8, 0x11, 0x11, 0x11):   "jpeg: got arithmetic coding: convert to a baseline JPEG or PNG",
		frame(0xca, 8, 0x11):               "jpeg: got arithmetic coding: convert",
		frame(0xc3, 16, 0x11):              "jpeg: got lossless coding: convert",
		frame(0xc5, 8, 0x11):               "jpeg: got hierarchical coding: convert",
		frame(0xc0, 8, 0x11, 0x11):         "jpeg: got 2 components: convert",
		frame(0xc0, 8, 0x50, 0x11, 0x11):   "jpeg: got a sampling factor of 5×0, want 1 to 4",
		"\xff\xd8\xff\xda\x00\x02":         "jpeg: got no frame header, want one",
		"\xff\xd8\xff\xe0\x00\x01":         "jpeg: got a segment of 1 bytes, want 2 or more",
		"\xff\xd8\xff\xc0\x00\x04\x08\x00": "jpeg: got a frame header of 2 bytes, want 6, and 3 for each component",
		"\xff\xd8\xff\xe1\xff\xffExif":     "got a broken jpeg image: the file is truncated",
		frame(0xc2, 8, 0x11) + strings.Repeat("\xff\xda\x00\x02", maxScans): "jpeg: got 501 scans or more, want at most 500",
	} {
		if _, err := Decode(t.Context(), strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q", file[:min(len(file), 20)], err, want)
		}
	}
}

// TestOtherPNG names what is no PNG by the standard.
func TestOtherPNG(t *testing.T) {
	const signature = "\x89PNG\r\n\x1a\n"
	for file, want := range map[string]string{
		signature + "\x00\x00\x00\x04CgBI" + strings.Repeat("x", 30):       "png: got Apple's variant for devices: convert to PNG",
		signature + "\x00\x00\x00\x0dIDAT" + strings.Repeat("x", 30):       `png: got "IDAT" of 13 bytes at the beginning, want IHDR of 13`,
		signature + "\x00\x00\x00\x0dIHDR" + strings.Repeat("\xff", 30):    "png: got 4294967295×4294967295 pixels, want at most 67108864",
		signature + "\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01": "got a broken png image: the file is truncated",
	} {
		if _, err := Decode(t.Context(), strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q", file, err, want)
		}
	}
}

// TestProgressiveWork counts scans: a small file of many is much work.
func TestProgressiveWork(t *testing.T) {
	const scans = 20
	header := "\xff\xd8\xff\xc2\x00\x0b\x08\x10\x00\x20\x00\x01\x01\x11\x00" // 8192×4096, grey
	scan := "\xff\xda\x00\x08\x01\x01\x00\x00\x00\x00\xff\x00\xff\xd0\xfe"
	h, err := ReadHeader(strings.NewReader(header + strings.Repeat(scan, scans) + "\xff\xd9" + scan))
	if pixels := int64(8192 * 4096); err != nil || h.Work != pixels*(1+scans/4) || h.Memory != fixedMemory+5*pixels {
		t.Errorf("got %+v and error %v", h, err)
	}
}
