//go:build campaign

package packaging

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/gen"
)

// TestPackagingWorkspace holds that the README's commands work in a module of a workspace, where
// -mod=mod does not.
func TestPackagingWorkspace(t *testing.T) {
	s := newScratch(t, "v"+gen.Version)
	s.env = append(s.env, "GOWORK=", "GOFLAGS=-modcacherw -trimpath")
	root := s.dir
	s.write("go.work", "go 1.26\n\nuse ./other\n")
	s.write("other/go.mod", "module example.com/other\n\ngo 1.26\n")
	s.write("shop/.keep", "")
	s.dir = filepath.Join(root, "shop")
	s.run("go", "mod", "init", "example.com/shop")
	s.run("go", "work", "use", ".")
	s.run("go", "get", "-tool", tool+"@v"+gen.Version)
	s.run("go", "tool", "resnetgen", "init", "--from", "zoo/resnet20-fashion-fast", "clothes")
	s.run("go", "generate", "./...")
	s.run("go", "mod", "tidy")
	if got := s.run("go", "list", "-deps", "./clothes/cmd/clothes"); !strings.Contains(got, ours+"/runtime/cli\n") {
		t.Errorf("got the packages\n%s\nwant the trainer's", got)
	}
	s.run("go", "build", "-o", "bin/", "./clothes/cmd/clothes")
	if got := s.run(filepath.Join(s.dir, "bin", "clothes"), "version"); !strings.HasPrefix(got, "clothes, spec ") {
		t.Errorf("got %q", got)
	}
}
