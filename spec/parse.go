// Package spec reads network specs: the YAML files that say what resnetgen compiles.
//
// Reading is strict. Problems are unknown and repeated keys, values of the wrong type or out of
// range, and values that do not fit together. Each has a position. One run finds all problems of a
// file. Anchors, aliases, merge keys, tags and further documents are refused. So a spec can be read
// at face value, and needs no more memory than its file.
package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// MaxBytes is the size of the largest spec that is read.
const MaxBytes = 1 << 20

// Load reads the spec at path. Its error is [Errors] where the spec itself is wrong.
func Load(path string) (*Net, error) {
	f, err := inputfile.Open(path, math.MaxInt64) // Parse says what is too large
	if err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read spec: %w", err)
	}
	return Parse(path, data)
}

// Parse decodes a spec; file is its name in messages. Its error is of type [Errors].
func Parse(file string, data []byte) (*Net, error) {
	root, errs := parseTree(file, data)
	if errs != nil {
		return nil, errs
	}
	d := newDecoder(file, root)
	net := new(Net)
	if d.plain(root, "") {
		d.mapping(root, reflect.ValueOf(net).Elem(), "")
		if root.Kind == yaml.MappingNode {
			d.defaults(net)
			d.idle(reflect.ValueOf(net).Elem(), "")
			d.check(net)
		}
	}
	if len(d.errs) > 0 {
		return nil, d.problems()
	}
	return net, nil
}

// parseTree returns the value of the only document in data.
func parseTree(file string, data []byte) (*yaml.Node, Errors) {
	at := func(line, col int, got, want string) Errors {
		return Errors{{File: file, Line: line, Col: col, Got: got, Want: want}}
	}
	if len(data) > MaxBytes {
		return nil, at(1, 1, "a file of more than 1 MiB", "1 MiB or less")
	}
	if line, col, ok := invalidUTF8(data); ok {
		return nil, at(line, col, "bytes that are not UTF-8", "UTF-8 text")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && document.Content[0].ShortTag() == "!!null" {
		return nil, at(1, 1, "an empty file", "a network spec")
	}
	if err == nil {
		err = decoder.Decode(&second)
		if err == nil {
			return nil, at(second.Line, second.Column, "a second document", "one document")
		}
	}
	if !errors.Is(err, io.EOF) {
		line, got := syntaxError(err)
		last, _ := position(data) // to yaml the end of a file is on a line of its own
		return nil, at(min(line, last), 1, got, "well-formed YAML")
	}
	return document.Content[0], nil
}

// invalidUTF8 returns the position of the first byte of data that is no UTF-8.
func invalidUTF8(data []byte) (line, col int, found bool) {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			line, col = position(data[:i])
			return line, col, true
		}
		i += size
	}
	return 0, 0, false
}

// position returns the place where text ends, counting lines as YAML does.
func position(text []byte) (line, col int) {
	line, col = 1, 1
	previous := rune(0)
	for _, r := range string(text) {
		switch r {
		case '\n', '\r', '\u0085', '\u2028', '\u2029':
			if r != '\n' || previous != '\r' {
				line++
			}
			col = 1
		default:
			col++
		}
		previous = r
	}
	return line, col
}

var syntaxPattern = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// lineFromZero matches the messages of yaml's parser, which count lines from 0. Its scanner's and
// reader's count from 1.
var lineFromZero = regexp.MustCompile(`^(did not find expected (<|node content|'-' indicator|key|',' or)` +
	`|found (undefined tag handle|duplicate %|incompatible YAML document))`)

// syntaxError takes yaml's message apart: it knows the line, but no column.
func syntaxError(err error) (line int, problem string) {
	message := strings.ReplaceAll(err.Error(), "\n", " ")
	m := syntaxPattern.FindStringSubmatch(message)
	if m == nil {
		return 1, message
	}
	line, err = strconv.Atoi(m[1])
	if err != nil || line < 1 {
		line = 1
	} else if lineFromZero.MatchString(m[2]) {
		line++
	}
	return line, "a syntax error (" + shown(m[2]) + ")"
}
