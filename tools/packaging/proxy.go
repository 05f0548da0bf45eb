package packaging

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// sourceFile is a file of the checkout, for a module's zip.
type sourceFile struct{ root, path string }

func (f sourceFile) Path() string                 { return f.path }
func (f sourceFile) Lstat() (os.FileInfo, error)  { return os.Lstat(filepath.Join(f.root, f.path)) }
func (f sourceFile) Open() (io.ReadCloser, error) { return os.Open(filepath.Join(f.root, f.path)) }

// Files lists the paths, with slashes, of the files that a commit of everything in the checkout
// root would have: those that git knows or would take up, and that are there.
func Files(root string) ([]string, error) {
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	list, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files in %s: %w", root, err)
	}
	var files []string
	for path := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		if _, err := os.Lstat(filepath.Join(root, path)); os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		files = append(files, path)
	}
	return files, nil
}

// Publish puts the checkout root as a version of a module into a module proxy of files in folder,
// and returns the proxy's URL.
func Publish(root, folder string, version module.Version) (string, error) {
	archive, err := archived(root, version)
	if err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	dir := filepath.Join(folder, filepath.FromSlash(version.Path), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("publish: %w", err)
	}
	list, err := os.ReadFile(filepath.Join(dir, "list"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("publish: %w", err)
	}
	for name, data := range map[string][]byte{
		"list":                    append(list, version.Version+"\n"...),
		version.Version + ".info": fmt.Appendf(nil, `{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, version.Version),
		version.Version + ".mod":  mod,
		version.Version + ".zip":  archive,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return "", fmt.Errorf("publish: %w", err)
		}
	}
	return "file://" + filepath.ToSlash(folder), nil
}

// archived returns the module's zip.
func archived(root string, version module.Version) ([]byte, error) {
	paths, err := Files(root)
	if err != nil {
		return nil, err
	}
	var files []zip.File
	for _, path := range paths {
		files = append(files, sourceFile{root, path})
	}
	if _, err := zip.CheckFiles(files); err != nil {
		return nil, fmt.Errorf("got files that a module must not have: %w", err)
	}
	var archive bytes.Buffer
	if err := zip.Create(&archive, version, files); err != nil {
		return nil, fmt.Errorf("module zip: %w", err)
	}
	return archive.Bytes(), nil
}

// Environment is that of somebody whose go command gets the module path from the proxy at url and
// puts modules into the folder cache. Other modules come from this machine's cache, or from where
// its go command gets them.
func Environment(path, url, cache string) ([]string, error) {
	downloads, err := setting("GOMODCACHE")
	if err != nil {
		return nil, err
	}
	proxies, err := setting("GOPROXY")
	if err != nil {
		return nil, err
	}
	return append(
		os.Environ(),
		"GOPROXY="+url+",file://"+filepath.ToSlash(downloads)+"/cache/download,"+proxies,
		"GONOSUMDB="+path, "GOPRIVATE=", "GONOPROXY=", "GOFLAGS=-modcacherw", "GOWORK=off", "GOMODCACHE="+cache, "RESNETGEN_CPU=",
	), nil
}

// setting is one of the go command's.
func setting(name string) (string, error) {
	value, err := exec.Command("go", "env", name).Output()
	if err != nil {
		return "", fmt.Errorf("go env %s: %w", name, err)
	}
	return strings.TrimSpace(string(value)), nil
}
