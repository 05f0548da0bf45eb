package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// examples are command lines of each command, by its name: NAME stands for the program, DATA for
// its data, and PUBLISHED for published data. Those of a command run as they stand, one after the
// other, in a folder where the program's own have run.
var examples = map[string]string{
	"": `NAME train --data DATA DOWNLOAD --epochs 5 --out runs/first
NAME eval --data DATA --checkpoint runs/first
NAME predict --checkpoint runs/first photo.jpg`,
	"train": `NAME train --data DATA DOWNLOAD --epochs 5 --seed 2 --out runs/second
NAME train --data DATA --epochs 6 --out runs/second --seed 2 --resume
NAME train --data DATA --epochs 2 --init runs/second --learning-rate 0.01 --out runs/tuned`,
	"eval": `NAME eval --data DATA --checkpoint runs/first
NAME eval --data DATA --checkpoint runs/first --flip --json
NAME eval --data DATA --watch runs/first --once`,
	"predict": `NAME predict --checkpoint runs/first photo.jpg
NAME predict --checkpoint runs/first --format csv photos >photos.csv
NAME predict --checkpoint runs/first --json - <photo.jpg`,
	"serve": `NAME serve --checkpoint runs/first &
curl --retry 9 --retry-connrefused --data-binary @photo.jpg http://127.0.0.1:8080/predict`,
	"dashboard": `NAME dashboard runs &
curl --retry 9 --retry-connrefused http://127.0.0.1:8080/runs`,
	"export": `NAME export --checkpoint runs/first --format tf --out out/model.ckpt-2345 --with-momentum
NAME export --checkpoint runs/first --format safetensors --out NAME.safetensors
NAME export --checkpoint runs/first --format onnx --out NAME.onnx --preprocess --softmax`,
	"import": `NAME import model.ckpt-64000.index --out official.safetensors
NAME import logs --run runs/official
NAME train --data DATA --epochs 200 --out runs/official --resume`,
	"info": `NAME info
NAME info --json`,
	"init": `NAME init --seed 7 --out first.safetensors`,
	"step": `NAME init --out weights.safetensors
NAME step --weights weights.safetensors --batch batch.safetensors --out after.safetensors`,
	"bench": `NAME bench --steps 5
NAME bench --mode infer --batch 64 --steps 5`,
	"profile": `NAME profile --steps 5`,
	"runs": `NAME runs runs
NAME runs --json runs`,
	"data fetch": `NAME data fetch PUBLISHED`,
	"data check": `NAME data check photos
NAME data check DATA`,
	"version": `NAME version`,
}

// addExamples gives each command its examples.
func (a *app) addExamples(root *cobra.Command) {
	data, published, download := a.Recipe.Data, "fashion-mnist", ""
	switch {
	case data == "":
		data = "photos"
	case slices.Contains(dataset.Names(), data):
		published, download = data, "--download "
	}
	fill := strings.NewReplacer("NAME", a.Info.Name, "DATA", printable.Word(data), "PUBLISHED", published, "DOWNLOAD ", download)
	var add func(c *cobra.Command)
	add = func(c *cobra.Command) {
		name := strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), a.Info.Name), " ")
		if text := examples[name]; text != "" {
			c.Example = "  " + strings.ReplaceAll(fill.Replace(text), "\n", "\n  ")
		}
		for _, sub := range c.Commands() {
			add(sub)
		}
	}
	add(root)
}
