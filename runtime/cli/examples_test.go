package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestExamples holds that every command has examples, with nothing left to fill in; make test-docs
// runs those of real networks.
func TestExamples(t *testing.T) {
	for data, want := range map[string]string{
		"": "--data photos --epochs", "./my photos": "--data './my photos' --epochs", "cifar10": "--data cifar10 --download --epochs",
	} {
		a := &app{Program: program}
		a.Recipe.Data = data
		root := a.root()
		if !strings.Contains(root.Example, want) {
			t.Errorf("data %q: got\n%s\nwant %q in it", data, root.Example, want)
		}
		var all func(c *cobra.Command)
		all = func(c *cobra.Command) {
			if !c.HasSubCommands() && !strings.Contains(c.Example, program.Info.Name+" "+c.Name()) && c.Parent() == root {
				t.Errorf("%s: got the examples\n%s\nwant one of it", c.CommandPath(), c.Example)
			}
			for _, left := range []string{"NAME", "DATA", "DOWNLOAD", "PUBLISHED"} {
				if strings.Contains(c.Example, left) {
					t.Errorf("%s: got %s in\n%s", c.CommandPath(), left, c.Example)
				}
			}
			if !c.HasSubCommands() && c.Example == "" {
				t.Errorf("%s: got no example", c.CommandPath())
			}
			for _, sub := range c.Commands() {
				all(sub)
			}
		}
		all(root)
	}
}
