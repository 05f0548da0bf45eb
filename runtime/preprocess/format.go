package preprocess

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"path/filepath"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// format is a format that is read.
type format struct {
	name  string
	begin string // of a file; ? is any byte
	scan  func(*scanner) (*layout, error)
}

func formats() []format {
	return []format{
		{"jpeg", "\xff\xd8", scanJPEG},
		{"png", "\x89PNG\r\n\x1a\n", scanPNG},
		{"webp", "RIFF????WEBP", scanWebP},
		{"bmp", "BM", scanBMP},
		{"gif", "GIF87a", scanGIF},
		{"gif", "GIF89a", scanGIF},
	}
}

// others are formats that are known and not read: their names, and how a file begins.
var others = []struct{ name, begin string }{
	{"HEIC", "????ftyphei"},
	{"HEIC", "????ftyphev"},
	{"HEIC", "????ftypmif1"},
	{"HEIC", "????ftypmsf1"},
	{"AVIF", "????ftypavi"},
	{"Canon CR3", "????ftypcrx"},
	{"MP4 or QuickTime video", "????ftyp"},
	{"JPEG XL", "\xff\x0a"},
	{"JPEG XL", "\x00\x00\x00\x0cJXL "},
	{"JPEG 2000", "\x00\x00\x00\x0cjP  "},
	{"JPEG 2000", "\xff\x4f\xff\x51"},
	{"TIFF", "II*\x00"},
	{"TIFF", "MM\x00*"},
	{"TIFF", "II+\x00"},
	{"TIFF", "MM\x00+"},
	{"PSD", "8BPS"},
	{"XCF", "gimp xcf"},
	{"ICO", "\x00\x00\x01\x00"},
	{"CUR", "\x00\x00\x02\x00"},
	{"OS/2 bitmap array", "BA"},
	{"PBM, PGM or PPM", "P1"},
	{"PBM, PGM or PPM", "P2"},
	{"PBM, PGM or PPM", "P3"},
	{"PBM, PGM or PPM", "P4"},
	{"PBM, PGM or PPM", "P5"},
	{"PBM, PGM or PPM", "P6"},
	{"PAM", "P7"},
	{"PFM", "PF\n"},
	{"PFM", "Pf\n"},
	{"QOI", "qoif"},
	{"PCX", "\x0a?\x01"},
	{"SGI", "\x01\xda"},
	{"Sun raster", "\x59\xa6\x6a\x95"},
	{"DDS", "DDS "},
	{"OpenEXR", "\x76\x2f\x31\x01"},
	{"Radiance HDR", "#?RADIANCE"},
	{"FITS", "SIMPLE  ="},
	{"MNG", "\x8aMNG"},
	{"JNG", "\x8bJNG"},
	{"BPG", "BPG\xfb"},
	{"FLIF", "FLIF"},
	{"PDF", "%PDF-"},
	{"PostScript", "%!PS"},
	{"WMF", "\xd7\xcd\xc6\x9a"},
	{"NumPy", "\x93NUMPY"},
	{"HDF5", "\x89HDF\r\n"},
	{"XPM", "/* XPM"},
	{"XBM", "#define"},
}

// otherEndings are the endings of files in formats that are known and not read.
var otherEndings = map[string]string{
	".heic": "HEIC", ".heif": "HEIC", ".hif": "HEIC", ".avif": "AVIF", ".tif": "TIFF", ".tiff": "TIFF", ".jxl": "JPEG XL",
	".jp2": "JPEG 2000", ".j2k": "JPEG 2000", ".jpf": "JPEG 2000", ".jpx": "JPEG 2000", ".psd": "PSD", ".xcf": "XCF",
	".ico": "ICO", ".svg": "SVG", ".pdf": "PDF", ".pbm": "PBM", ".pgm": "PGM", ".ppm": "PPM", ".pnm": "PNM", ".tga": "TGA",
	".qoi": "QOI", ".pcx": "PCX", ".dds": "DDS", ".exr": "OpenEXR", ".hdr": "Radiance HDR", ".dcm": "DICOM",
	".dng": "camera raw", ".cr2": "camera raw", ".cr3": "camera raw", ".nef": "camera raw", ".arw": "camera raw",
	".orf": "camera raw", ".raf": "camera raw", ".rw2": "camera raw",
}

// ConversionAdvice says what to convert a file to whose name is that of an image in a format that
// is not read. Of other names it says nothing.
func ConversionAdvice(name string) string {
	format := otherEndings[strings.ToLower(filepath.Ext(name))]
	if format == "" {
		return ""
	}
	return format + advice
}

const advice = ": convert to JPEG or PNG"

// beginning is how many bytes of a file say what it is.
const beginning = 1 << 10

// recognize tells a file's format. What is in no format that is read, it names.
func recognize(s *scanner) (format, error) {
	begin, err := s.Peek(beginning)
	if err != nil && !errors.Is(err, io.EOF) {
		return format{}, err
	}
	for _, f := range formats() {
		if begins(begin, f.begin) {
			return f, nil
		}
	}
	if len(begin) == 0 {
		return format{}, fmt.Errorf("got no %s: %w: the file is empty", wanted, image.ErrFormat)
	}
	if err := inputfile.CheckPointer(begin); err != nil && len(begin) < beginning {
		return format{}, &formatError{err.Error()}
	}
	if name := otherName(begin); name != "" {
		return format{}, &formatError{"got " + name + advice}
	}
	if text := beginningText(begin); strings.HasPrefix(text, "<html") || strings.HasPrefix(text, "<!doctype html") {
		return format{}, &formatError{"got a web page in place of an image"}
	}
	return format{}, &formatError{fmt.Sprintf("got no %s: the file begins with %q", wanted, begin[:min(len(begin), 8)])}
}

const wanted = "JPEG, PNG, WebP, BMP or GIF"

// formatError is an error of a file that is in no format that is read.
type formatError struct{ text string }

func (e *formatError) Error() string { return e.text }

func (e *formatError) Unwrap() error { return image.ErrFormat }

// otherName names the format of a file that is not read, or returns nothing.
func otherName(begin []byte) string {
	for _, o := range others {
		if begins(begin, o.begin) {
			if o.name == "HEIC" && bytes.Contains(begin[:min(len(begin), 64)], []byte("avif")) {
				return "AVIF"
			}
			return o.name
		}
	}
	if len(begin) > 132 && string(begin[128:132]) == "DICM" {
		return "DICOM"
	}
	text := beginningText(begin)
	switch {
	case strings.HasPrefix(text, "<svg"), strings.HasPrefix(text, "<?xml") && strings.Contains(text, "<svg"),
		strings.HasPrefix(text, "<!doctype svg"), strings.HasPrefix(text, "<!--") && strings.Contains(text, "<svg"):
		return "SVG"
	}
	return ""
}

// beginningText returns a beginning as text in lower case, without spaces before it.
func beginningText(begin []byte) string {
	return strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\xef\xbb\xbf")), " \t\r\n")))
}

// begins says that b begins so; ? is any byte.
func begins(b []byte, begin string) bool {
	if len(b) < len(begin) {
		return false
	}
	for i := range len(begin) {
		if begin[i] != '?' && b[i] != begin[i] {
			return false
		}
	}
	return true
}
