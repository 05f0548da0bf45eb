package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// keepFlags say how a run is kept, and how it goes on.
type keepFlags struct {
	checkpoints int
	patience    time.Duration
	force       bool
}

func (f *keepFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.IntVar(&f.checkpoints, "keep", 3, "number of newest checkpoints to keep, besides the best")
	flags.DurationVar(&f.patience, "retry-for", time.Minute, "how long to retry if the last checkpoint cannot be written")
	flags.BoolVar(&f.force, "force-settings", false, "with --resume: continue even with other settings than the run was started with")
}

func (f *keepFlags) check(given func(flag string) bool, resume bool) error {
	switch {
	case f.checkpoints < 1:
		return fmt.Errorf("--keep: got %d, want 1 or more", f.checkpoints)
	case f.patience < 0:
		return fmt.Errorf("--retry-for: got %v, want 0 or more", f.patience)
	case given("force-settings") && !resume:
		return fmt.Errorf("--force-settings: got it without --resume, want both")
	}
	return nil
}
