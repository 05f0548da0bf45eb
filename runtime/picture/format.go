package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
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
		return format{}, &formatError{"got " + name + ": convert to JPEG or PNG"}
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
	text := strings.ToLower(string(bytes.TrimLeft(bytes.TrimPrefix(begin, []byte("\xef\xbb\xbf")), " \t\r\n")))
	switch {
	case strings.HasPrefix(text, "<svg"), strings.HasPrefix(text, "<?xml") && strings.Contains(text, "<svg"),
		strings.HasPrefix(text, "<!doctype svg"), strings.HasPrefix(text, "<!--") && strings.Contains(text, "<svg"):
		return "SVG"
	case strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<!doctype html"):
		return "a web page in place of an image"
	}
	return ""
}

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
