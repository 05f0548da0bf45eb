package spec_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/spec"
)

const photo = "name: net\ninput: {height: 224, width: 224, channels: 3}\nclasses: 1000\nunits: 2\n"

// familyNames are those of the schema, but for the default.
var familyNames = slices.DeleteFunc(slices.Clone(schemaRoot.Properties["family"].Enum), func(name string) bool { return name == "tensorflow" })

// TestFamilies holds each family to the page that defines them: a spec that names it is one with
// its values written out, but for the family itself.
func TestFamilies(t *testing.T) {
	const torchvision = "unit: post-activation\nshortcut: projection-bn\npadding: symmetric\nrelu_leakiness: 0\n" +
		"batch_norm: {epsilon: 1e-5, decay: 0.9, variance: unbiased, last_gamma: 1}\n"
	const stem = "stem: {kernel: 7, stride: 2, pool: max}\n"
	const imageNet = "standardize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}\n"
	const caffe = "standardize: {mean: [0.40760392156862746, 0.45795686274509806, 0.48501960784313725], " + // 103.939, 116.779 and 123.68 of 255
		"std: [0.00392156862745098, 0.00392156862745098, 0.00392156862745098]}\n"
	const images = "preprocess: {resize: 256, fit: crop, crop: 224, interpolation: bilinear, channels: rgb}\n"
	const decay = "train: {optimizer: mom, momentum: 0.9, weight_decay: 0.0001, decay_on: all"
	for _, c := range []struct{ name, given, same string }{
		{"torchvision", "", torchvision + stem + imageNet + images + decay + "}\nfilters: [64, 64, 128, 256, 512]\nstrides: [1, 2, 2, 2]\n"},
		{"torchvision", "bottleneck: true\n", torchvision + stem + imageNet + images + decay + "}\nfilters: [64, 256, 512, 1024, 2048]\nstrides: [1, 2, 2, 2]\n" +
			"bottleneck: true\nbottleneck_stride: middle\ninner_filters: [64, 128, 256, 512]\n"},
		{
			"torchvision", "stem: {kernel: 3}\nrelu_leakiness: 0.1\ntrain: {decay_on: weights}\nfilters: [8, 16, 32]\nstandardize: {mean: [0, 0, 0], std: [1, 1, 1]}\n",
			strings.Replace(torchvision, "relu_leakiness: 0\n", "", 1) + "stem: {kernel: 3, stride: 2, pool: max}\ntrain: {weight_decay: 0.0001}\n" +
				images + "filters: [8, 16, 32]\nstrides: [1, 2]\nstandardize: {mean: [0, 0, 0], std: [1, 1, 1]}\n",
		},
		{"torchvision-small", "", torchvision + decay + "}\nfilters: [64, 64, 128, 256, 512]\nstrides: [1, 2, 2, 2]\n"},
		{"paper", "", strings.Replace(torchvision, "projection-bn", "subsample-pad", 1) + imageNet + decay + ", augment: {pad: 4}}\ninitialization: fan-in\n"},
		{"v1", "bottleneck: true\n", strings.NewReplacer("1e-5", "1.001e-5", "decay: 0.9", "decay: 0.99", "unbiased", "biased").Replace(torchvision) + stem +
			strings.Replace(images, "rgb", "bgr", 1) + caffe + "train: {weight_decay: 0.0001}\ninitialization: glorot-uniform\nbias: true\nfilters: [64, 256, 512, 1024, 2048]\nstrides: [1, 2, 2, 2]\nbottleneck: true\n"},
	} {
		got, want := parse(t, photo+"family: "+c.name+"\n"+c.given), parse(t, photo+c.same)
		if got.Hash() == want.Hash() {
			t.Errorf("%s: got the hash of the default family", c.name)
		}
		if got.LeakAtZero() == want.LeakAtZero() {
			t.Errorf("%s: got the default family's derivative at 0", c.name)
		}
		want.Family = c.name
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s(-want +got):\n%s", c.name, c.given, diff)
		}
		if got.Hash() != want.Hash() {
			t.Errorf("%s: got another hash than with its values written out", c.name)
		}
		roundTrip(t, got)
	}
}

// TestFamilyChannels holds that the standardization of ImageNet, and its order of channels, are for
// its images' channels alone.
func TestFamilyChannels(t *testing.T) {
	for _, family := range []string{"torchvision", "v1"} {
		grey := parse(t, strings.Replace(photo, "channels: 3", "channels: 1", 1)+"family: "+family+"\n")
		if len(grey.Standardize.Mean) != 0 || grey.Preprocess.Channels != "rgb" {
			t.Errorf("%s: got means %v and channels %s for images of one channel, want none and rgb", family, grey.Standardize.Mean, grey.Preprocess.Channels)
		}
	}
}

// TestFamilyPreprocess holds that a family's preprocessing is for its input's size, and that a file
// changes parts of it.
func TestFamilyPreprocess(t *testing.T) {
	oblong := strings.Replace(photo, "width: 224", "width: 299", 1)
	for add, want := range map[string]spec.Preprocess{
		"family: torchvision": {Resize: 256, Fit: "crop", Interpolation: "bilinear", Channels: "rgb"},
		"family: v1\npreprocess: {fit: stretch, interpolation: bicubic}": {Resize: 224, Fit: "stretch", Interpolation: "bicubic", Channels: "bgr"},
		"family: paper": {},
	} {
		net := parse(t, oblong+add+"\n")
		if net.Preprocess != want {
			t.Errorf("%s: got %+v, want %+v", add, net.Preprocess, want)
		}
		roundTrip(t, net)
	}
}

// TestRefusal holds that known networks of other kinds are refused with the reason, and those of
// the zoo are not.
func TestRefusal(t *testing.T) {
	for name, want := range map[string]string{
		"resnext": "grouped", "resnext50_32x4d": "grouped", "seresnet50": "squeeze", "SENet": "squeeze", "resnet50d": "deep stems",
		"resnet50d.ra2_in1k": "deep stems", "resnetblur50": "anti-aliased", "resnetaa50": "anti-aliased", "drn_c_26": "dilated",
		"resnet50_v1d": "deep stems", "gluon_resnet50_v1d": "deep stems", "wide_resnet50_2d": "deep stems", "xresnet50d": "deep stems", "resnetrs50": "deep stems",
		"resnet50_gn": "group", "resnetv2_50x1_bit": "group", "cspresnet50": "cross-stage", "resnetv2_50": "pre-activation",
		"resnet50v2": "Keras", "resnet_v2_50": "slim",
	} {
		if why := spec.Refusal(name); !strings.Contains(why, want) {
			t.Errorf("%s: got %q, want the reason, with %q", name, why, want)
		}
		_, err := spec.Parse("net.yaml", []byte(photo+"family: "+name+"\n"))
		if got := fmt.Sprint(err); !strings.Contains(got, "net.yaml:5:9: family: got \""+name+"\", want tensorflow, ") || !strings.Contains(got, spec.Refusal(name)) {
			t.Errorf("family: %s: got error %s, want the families and the reason", name, got)
		}
	}
	for _, name := range append([]string{"resnet18", "resnet50_v2", "wide_resnet50_2", "resnet20_paper", "resnet18_small", "vgg", ""}, familyNames...) {
		if why := spec.Refusal(name); why != "" {
			t.Errorf("%s: got refusal %q, want none", name, why)
		}
	}
}

// TestFamiliesDocumented holds the table of families in docs/spec.md to what they fill in.
func TestFamiliesDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/spec.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Families\n")
	section, _, _ = strings.Cut(section, "\n## ")
	got := regexp.MustCompile("(?m)^\\| `.*$").FindAllString(section, -1)
	want := familyRows(t)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/spec.md, Families (-want +got):\n%s", diff)
	}
}

// familyRows are the keys of which a family's value is not the default, with the values of each.
func familyRows(t *testing.T) (rows []string) {
	t.Helper()
	values := func(family, bottleneck string) map[string]string {
		net := parse(t, photo+"family: "+family+"\nbottleneck: "+bottleneck+"\n")
		data, err := json.Marshal(net)
		if err != nil {
			t.Fatal(err)
		}
		var doc document
		if err := json.Unmarshal(data, &doc); err != nil {
			t.Fatal(err)
		}
		flat := map[string]string{}
		flatten(flat, "", doc)
		return flat
	}
	told := []string{"family", "bottleneck", "inner_filters", "strides", "units", "activate_before_residual", "preprocess.resize", "preprocess.crop"} // by the text
	for _, key := range schemaKeys(schemaRoot) {
		path := key.String()
		if slices.Contains(told, path) {
			continue
		}
		var cells []string
		for _, family := range append([]string{"tensorflow"}, familyNames...) {
			cell, bottleneck := values(family, "false")[path], values(family, "true")[path]
			switch {
			case cell == "" && key.Type == "boolean": // left out of the JSON
				cell = "false"
			case cell == "": // of bottlenecks alone
				cell = bottleneck
			case bottleneck != cell:
				cell += "; bottlenecks " + bottleneck
			}
			cells = append(cells, cell)
		}
		if len(slices.Compact(slices.Clone(cells))) > 1 {
			rows = append(rows, "| `"+path+"` | "+strings.Join(cells, " | ")+" |")
		}
	}
	return rows
}

// flatten writes a document's single values and lists by their paths.
func flatten(flat map[string]string, path string, value any) {
	inner, isMapping := value.(document)
	if !isMapping {
		if list, isList := value.([]any); !isList || len(list) > 0 {
			data, _ := json.Marshal(value)
			flat[path] = strings.ReplaceAll(strings.Trim(string(data), `"`), ",", ", ")
		}
		return
	}
	for key, v := range inner {
		flatten(flat, strings.TrimPrefix(path+"."+key, "."), v)
	}
}
