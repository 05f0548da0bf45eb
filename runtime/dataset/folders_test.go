package dataset

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// tinyWebP is an image of one pixel.
const tinyWebP = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA="

// painted encodes an image of one colour.
func painted(t testing.TB, format string, width, height int, c color.Color) string {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		m.Set(i%width, i/width, c)
	}
	return encode(t, format, m)
}

func encode(t testing.TB, format string, m image.Image) string {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, m)
	case "jpg":
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 100})
	case "bmp":
		err = bmp.Encode(&b, m)
	case "gif":
		err = gif.Encode(&b, m, nil)
	case "webp":
		var data []byte
		data, err = base64.StdEncoding.DecodeString(tinyWebP)
		b.Write(data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var red, blue = color.RGBA{200, 0, 0, 255}, color.RGBA{0, 0, 200, 255}

// photos is a folder of images of two classes in two sets.
func photos(t *testing.T) map[string]string {
	return map[string]string{
		"train/red/a.png": painted(t, "png", 20, 10, red), "train/red/deep/b.JPG": painted(t, "jpg", 4, 4, red),
		"train/blue/c.bmp": painted(t, "bmp", 3, 9, blue), "train/blue/.hidden.png": "", "train/blue/notes.txt": "", "train/blue/more/notes.TXT": "", "train/.git/x.png": "",
		"test/blue/d.png": painted(t, "png", 1, 1, blue), "train/blue/w.webp": painted(t, "webp", 1, 1, red),
	}
}

var input = Options{Input: [3]int{4, 4, 3}}

func TestImageFolder(t *testing.T) {
	dir := folder(t, photos(t))
	train, test, err := Open(dir, input)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(train.ClassNames, []string{"blue", "red"}) || !slices.Equal(train.Labels, []int32{0, 0, 1, 1}) || !slices.Equal(test.Labels, []int32{0}) {
		t.Errorf("got classes %q, labels %d and %d", train.ClassNames, train.Labels, test.Labels)
	}
	if train.Len() != 4 || train.Size() != 48 || len(train.Images) != 4*48 {
		t.Fatalf("got %d images of %d values", train.Len(), train.Size())
	}
	for i, want := range map[int][]byte{0: {0, 0, 200}, 2: {200, 0, 0}} {
		for p := 0; p < 48; p += 3 {
			if got := train.Image(i)[p:][:3]; !bytes.Equal(got, want) {
				t.Errorf("image %d: got pixel %d, want %d", i, got, want)
			}
		}
	}
	gray, _, err := Open(dir, Options{Input: [3]int{2, 2, 1}, Labels: []string{"red", "green", "blue"}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(gray.Labels, []int32{2, 2, 0, 0}) || gray.Classes != 3 || gray.Size() != 4 || gray.Image(2)[0] != 60 {
		t.Errorf("got labels %d of %d classes, red as %d, want the network's numbers, and 0.299·200", gray.Labels, gray.Classes, gray.Image(2)[0])
	}
}

// TestImageFolderPreprocess holds that images become the network's input as the options say, and
// are shown in their colors.
func TestImageFolderPreprocess(t *testing.T) {
	o := input
	o.Preprocess = preprocess.Options{Resize: 4, Fit: preprocess.FitPad, Interpolation: preprocess.Bilinear, Channels: preprocess.BGR}
	train, _, err := Open(folder(t, photos(t)), o)
	if err != nil {
		t.Fatal(err)
	}
	black, blueFirst := []byte{0, 0, 0}, []byte{200, 0, 0}
	row := slices.Concat(black, black, blueFirst, black) // 3×9 becomes 1×4
	if got := train.Image(0); !bytes.Equal(got, bytes.Repeat(row, 4)) {
		t.Errorf("got %d, want rows of %d", got, row)
	}
	if got := train.GoImage(0).At(2, 1); got != blue {
		t.Errorf("got it shown as %v, want %v", got, blue)
	}
}

// TestSplit takes one in ten of each class for testing, by the seed.
func TestSplit(t *testing.T) {
	files := map[string]string{}
	for i := range 20 {
		files[fmt.Sprintf("red/%02d.png", i)] = painted(t, "png", 1, 1, color.Gray{Y: uint8(i)})
		files[fmt.Sprintf("blue/%02d.png", i)] = painted(t, "png", 1, 1, color.Gray{Y: uint8(100 + i)})
	}
	dir := folder(t, files)
	open := func(seed uint64) *Set {
		o := input
		o.SplitSeed = seed
		train, test, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		if train.Len() != 36 || !slices.Equal(test.Labels, []int32{0, 0, 1, 1}) {
			t.Errorf("got %d images for training, labels %d for testing", train.Len(), test.Labels)
		}
		seen := map[byte]bool{}
		for _, s := range []*Set{train, test} {
			for i := range s.Len() {
				seen[s.Image(i)[0]] = true
			}
		}
		if len(seen) != 40 {
			t.Errorf("got %d of 40 images in the two sets", len(seen))
		}
		return test
	}
	first := open(1)
	if !bytes.Equal(first.Images, open(1).Images) || bytes.Equal(first.Images, open(2).Images) {
		t.Error("got splits that do not depend on the seed alone")
	}
}

// TestBrokenImages names what is wrong, and the file.
func TestBrokenImages(t *testing.T) {
	whole := painted(t, "png", 8, 8, red)
	huge := []byte(painted(t, "bmp", 1, 1, red))
	copy(huge[18:], []byte{0, 0, 1, 0, 0, 0, 1, 0}) // 65536×65536
	for want, content := range map[string]string{
		"got no JPEG, PNG, WebP, BMP or GIF: image: unknown format":     "",
		"got no JPEG, PNG, WebP, BMP or GIF":                            strings.Repeat("no image", 10),
		"got a broken png image: the file is truncated":                 whole[:len(whole)-20],
		"got a broken png image: png: invalid format: invalid checksum": whole[:len(whole)-14] + "x" + whole[len(whole)-13:],
		"got 65536×65536 pixels, want 1 to 67108864":                    string(huge),
		"got a broken jpeg image: the file is truncated":                painted(t, "jpg", 50, 50, blue)[:650],
	} {
		files := photos(t)
		files["train/red/bad.png"] = content
		dir := folder(t, files)
		_, _, err := Open(dir, input)
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "train", "red", "bad.png")) || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want the file and %q", err, want)
		}
		r, err := Check(dir, input)
		if err != nil || len(r.Bad) != 1 || !strings.Contains(r.Bad[0].Reason, want) || r.Train.Images != 4 {
			t.Errorf("got report %+v, error %v, want one bad file", r, err)
		}
	}
}

// TestImageFolderRefusals holds what is said of folders that make no set.
func TestImageFolderRefusals(t *testing.T) {
	without := func(prefix string) map[string]string {
		files := photos(t)
		for name := range files {
			if strings.HasPrefix(name, prefix) {
				delete(files, name)
			}
		}
		return files
	}
	other := photos(t)
	other["test/green/e.png"] = painted(t, "png", 1, 1, blue)
	for want, files := range map[string]map[string]string{
		"got train without test, val": without("test"),

		"got class \"green\", want one of the training set's: blue, red": other,

		"got no image to test with": {"a/1.png": painted(t, "png", 1, 1, red)},

		"; in subfolders:\n  skipped, since their extensions are not those of images: 1 .doc, 1 .txt": {"a/1.txt": "", "b/2.doc": ""},

		"without data": {"a/.hidden": ""},
		`got a folder of the name "b\xe4r", want a class's name in UTF-8`:     {"b\xe4r/1.png": painted(t, "png", 1, 1, red)},
		`got a folder of the name "two\nlines", want a class's name in UTF-8`: {"two\nlines/1.png": painted(t, "png", 1, 1, red)},
	} {
		if _, _, err := Open(folder(t, files), input); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
	if _, _, err := Open(folder(t, photos(t)), Options{Input: [3]int{4, 4, 2}}); err == nil || !strings.Contains(err.Error(), "want 1 or 3 channels") {
		t.Errorf("two channels: got error %v", err)
	}
}

// TestCheck counts and finds duplicates, among images and in other formats.
func TestCheck(t *testing.T) {
	files := photos(t)
	files["test/red/same.bmp"] = painted(t, "bmp", 7, 7, red) // another file, the same pixels
	dir := folder(t, files)
	r, err := Check(dir, input)
	if err != nil {
		t.Fatal(err)
	}
	if r.Train.Images != 4 || r.Test.Images != 2 || r.Train.Classes[1] != (ClassCount{"red", 2}) || len(r.Bad) != 0 || !maps.Equal(r.SkippedFiles, map[string]int{".txt": 2}) || r.Empty != nil {
		t.Errorf("got %+v", r)
	}
	want := Duplicate{filepath.Join(dir, "train/red/a.png"), filepath.Join(dir, "test/red/same.bmp")}
	if !slices.Contains(r.Duplicates, want) {
		t.Errorf("got duplicates %v, want %v", r.Duplicates, want)
	}
	tiny := tinyIDX()
	tiny["t10k"+images+".gz"] = zipped(idx([]byte{5, 6, 7, 8}, 1, 2, 2))
	r, err = Check(folder(t, tiny), Options{})
	if err != nil || !slices.Equal(r.Duplicates, []Duplicate{{"training image 1", "test image 0"}}) || r.Train.Classes[3].Images != 1 {
		t.Errorf("got %+v, error %v", r, err)
	}
	if _, err := Check("absent", Options{}); err == nil {
		t.Error("a name that is none: got no error")
	}
}

// TestOddFolders holds what of a folder is read, and what is told of it.
func TestOddFolders(t *testing.T) {
	files := photos(t)
	files["train/red/.thumbs/a.png"] = painted(t, "png", 1, 1, red) // hidden: not read
	files["train/green/a.png"] = painted(t, "png", 1, 1, blue)      // and none to test with
	capitals := map[string]string{}
	for name, content := range files {
		set, rest, _ := strings.Cut(name, "/")
		capitals[strings.ToUpper(set)+"/"+rest] = content
	}
	dir := folder(t, capitals)
	r, err := Check(dir, input)
	if err != nil || r.Train.Images != 5 || !slices.Equal(r.Untested, []string{"green", "red"}) || r.Empty != nil {
		t.Errorf("got %+v (%v)", r, err)
	}
	gone := filepath.Join(dir, "TRAIN", "white")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), gone); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(dir, input); err == nil || !strings.Contains(err.Error(), gone) {
		t.Errorf("a link to nothing: got error %v, want its path", err)
	}
	if r, err := Check(dir, input); err != nil || len(r.Bad) != 1 || r.Bad[0].File != gone {
		t.Errorf("a link to nothing: got %+v (%v), want it among the bad files", r, err)
	}
}

// TestFoldersOfSets holds which subfolders are sets, which are classes, and that files of a format
// that is not whole do not hide images.
func TestFoldersOfSets(t *testing.T) {
	one := painted(t, "png", 1, 1, red)
	ten := func(classes ...string) map[string]string {
		files := map[string]string{}
		for _, class := range classes {
			for i := range 10 {
				files[fmt.Sprintf("%s/%d.png", class, i)] = one
			}
		}
		return files
	}
	both := map[string]string{"Train/c/1.png": one, "train/a/1.png": one, "test/a/1.png": one}
	stray := ten("b", "data_batch_1")
	stray["data_batch_7.bin"], stray["test-labels-idx1-ubyte"], stray["train.bin"] = "", "", ""
	for name, c := range map[string]struct {
		files   map[string]string
		classes []string
	}{
		"a class of a set's name":     {ten("Bus", "Train"), []string{"Bus", "Train"}},
		"the exact name first":        {both, []string{"a"}},
		"with files of other formats": {stray, []string{"b", "data_batch_1"}},
	} {
		train, _, err := Open(folder(t, c.files), input)
		if err != nil || !slices.Equal(train.ClassNames, c.classes) {
			t.Errorf("%s: got %+v (%v), want classes %q", name, train, err, c.classes)
		}
	}
}

// TestUnreadableFolders names classes' folders that cannot be read, also where nothing else is
// left.
func TestUnreadableFolders(t *testing.T) {
	dir := folder(t, photos(t))
	p, err := findImages(dir, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	closed := badFile{filepath.Join(dir, "train", "red", "closed"), fs.ErrPermission}
	p.train.bad = []badFile{closed}
	for _, left := range []int{4, 0} {
		p.train.files, p.train.labels = p.train.files[:left], p.train.labels[:left]
		r, err := p.check(&input)
		if err != nil || len(r.Bad) != 1 || r.Bad[0].File != closed.Path {
			t.Errorf("%d images: got %+v (%v), want the folder", left, r, err)
		}
	}
}
