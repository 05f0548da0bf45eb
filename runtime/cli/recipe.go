package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// recipeFlags replace what the spec says of training, as far as it is not compiled and not the
// learning rate.
type recipeFlags struct {
	augment dataset.Augment
	ema     float64
	views   recipe.Views
}

func (f *recipeFlags) add(c *cobra.Command, r *recipe.Recipe) {
	flags := c.Flags()
	flags.IntVar(&f.augment.Pad, "pad", r.Augment.Pad, "pixels of zeros added on each side before the random crop")
	flags.StringVar(&f.augment.Flip, "flip", r.Augment.Flip, "none; random: half of the images are mirrored; alternating: half in one epoch, the other half in the next")
	flags.IntVar(&f.augment.Cutout, "cutout", r.Augment.Cutout, "side of the square erased in each image, in pixels; 0: none")
	flags.Float64Var(&f.ema, "ema", r.EMA, "decay of the variables' moving averages, which evaluations then use; 0: none")
	flags.BoolVar(&f.views.Flip, "eval-flip", r.Views.Flip, "evaluate by the mean logits of each image and its mirror image")
	flags.IntVar(&f.views.Shift, "eval-shift", r.Views.Shift, "average over shifts of up to so many pixels in each direction, too")
}

// override returns the recipe with what the flags say.
func (f *recipeFlags) override(r recipe.Recipe) recipe.Recipe {
	r.Augment, r.EMA, r.Views = f.augment, f.ema, f.views
	return r
}

func (f *recipeFlags) check() error {
	a := &f.augment
	switch {
	case a.Pad < 0 || a.Pad > 1024:
		return fmt.Errorf("--pad: got %d, want 0 to 1024", a.Pad)
	case a.Flip != "none" && a.Flip != "random" && a.Flip != "alternating":
		return fmt.Errorf("--flip: got %q, want none, random or alternating", a.Flip)
	case a.Cutout < 0 || a.Cutout > 65536:
		return fmt.Errorf("--cutout: got %d, want 0 to 65536", a.Cutout)
	case !(f.ema >= 0 && f.ema < 1):
		return fmt.Errorf("--ema: got %g, want 0 or more, and less than 1", f.ema)
	}
	return checkShift("--eval-shift", f.views.Shift)
}

func checkShift(flag string, shift int) error {
	if shift < 0 || shift > recipe.MaxShift {
		return fmt.Errorf("%s: got %d, want 0 to %d", flag, shift, recipe.MaxShift)
	}
	return nil
}
