// Mpi trains ResNet-32 with two processes of a thread each and with one process of two threads, in
// turns, and says how far apart they are, and how far the formula of docs/mpi.md is from the
// former:
//
//	go run ./bench/mpi
//
// It takes its programs from the folder that `make bench-mpi` builds them in.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// comparison is what is run.
type comparison struct {
	programs      string
	rounds, steps int
}

func main() {
	c := &comparison{}
	flag.StringVar(&c.programs, "programs", "bin/mpi", "the `folder` of resnet32 and linkspeed")
	flag.IntVar(&c.rounds, "rounds", 9, "`rounds` of all trainings")
	flag.IntVar(&c.steps, "steps", 60, "`steps` of a training")
	flag.Parse()
	if err := c.run(); err != nil {
		fmt.Fprintln(os.Stderr, "mpi:", err)
		os.Exit(2)
	}
}

func (c *comparison) run() error {
	model, err := c.measure()
	if err != nil {
		return err
	}
	ways := []way{{1, 1}, {1, 2}, {2, 1}}
	speeds := make([][]float64, len(ways))
	var ratios []float64 // of the last to the one before it, round by round: what the machine does besides changes from one to the next
	for range c.rounds {
		for i, w := range ways {
			speed, err := c.train(w)
			if err != nil {
				return err
			}
			speeds[i] = append(speeds[i], speed)
		}
		round := len(ratios)
		ratios = append(ratios, speeds[2][round]/speeds[1][round])
	}
	fmt.Printf("a gather of a norm's sums %.1f µs; gradients %.2f GB/s; a step of one thread %.1f ms, of these %.1f ms on every rank\n\n",
		1e6*model.gather, model.bandwidth/1e9, 1e3*(model.shared+model.own), 1e3*model.own)
	fmt.Printf("| ranks | threads each | images/s, median of %d | the formula | \n| --- | --- | --- | --- |\n", c.rounds)
	medians := make([]float64, len(ways))
	for i, w := range ways {
		slices.Sort(speeds[i])
		medians[i] = speeds[i][len(speeds[i])/2]
		predicted := ""
		if w.threads == 1 {
			predicted = fmt.Sprintf("%.0f", float64(model.batch)/model.step(w.ranks))
		}
		fmt.Printf("| %d | %d | %.0f | %s |\n", w.ranks, w.threads, medians[i], predicted)
	}
	slices.Sort(ratios)
	fmt.Printf("\ntwo ranks of a thread: %.3f of the images/s of one process of two threads, the median of the rounds (%.3f to %.3f)\n",
		ratios[len(ratios)/2], ratios[0], ratios[len(ratios)-1])
	return nil
}

// model is the formula of docs/mpi.md, in seconds and bytes.
type model struct {
	shared, own       float64 // a step of one rank: what ranks share, and what each does
	gather, bandwidth float64
	gathers           int
	gradients         float64 // bytes
	batch             int     // images
}

// step predicts the time of a step of so many ranks, each with a core of its own.
func (m *model) step(ranks int) float64 {
	if ranks == 1 {
		return m.shared + m.own
	}
	exchanged := m.gradients / m.bandwidth
	hidden := m.shared / float64(ranks) / 2 // the backward pass is more than half of what is shared
	return m.shared/float64(ranks) + m.own + float64(m.gathers)*m.gather + max(0, exchanged-hidden)
}

// measure profiles a step of one thread, and the link.
func (c *comparison) measure() (m *model, err error) {
	var profile struct {
		Phases []struct {
			Pass string
			MS   float64
		}
	}
	if err := output(&profile, filepath.Join(c.programs, "resnet32"), "profile", "--threads", "1", "--json", "--steps", "15"); err != nil {
		return nil, err
	}
	var info struct {
		Batch      int
		Parameters int64
		Variables  []struct{ Trainable bool }
	}
	if err := output(&info, filepath.Join(c.programs, "resnet32"), "info", "--json"); err != nil {
		return nil, err
	}
	m = &model{batch: info.Batch, gradients: 4 * float64(info.Parameters)}
	m.gathers = 3 // of the loss, of who wants to stop, of the times
	for _, p := range profile.Phases {
		if p.Pass == "pack" || p.Pass == "update" {
			m.own += p.MS / 1e3
		} else {
			m.shared += p.MS / 1e3
		}
	}
	for _, v := range info.Variables {
		if !v.Trainable {
			m.gathers++ // a norm has two averages, and gathers forward and backward
		}
	}
	var link struct {
		Gather   float64 `json:"gather_us"`
		Exchange float64 `json:"exchange_gb_per_second"`
	}
	if err := output(&link, "mpirun", "--bind-to", "none", "-np", "2", filepath.Join(c.programs, "linkspeed")); err != nil {
		return nil, err
	}
	m.gather, m.bandwidth = link.Gather/1e6, link.Exchange*1e9
	return m, nil
}

// output runs a command and reads the JSON that it prints.
func output(into any, name string, arguments ...string) error {
	c := exec.Command(name, arguments...)
	c.Stderr = os.Stderr
	text, err := c.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return json.Unmarshal(text, into)
}

// writeNoise writes a CIFAR-10 of noise: speed does not depend on what is learnt.
func writeNoise(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	const images, bytes = 256, 1 + 32*32*3
	r := rand.NewChaCha8([32]byte{})
	for _, name := range []string{"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"} {
		data := make([]byte, images*bytes)
		_, _ = r.Read(data) // never an error
		for i := range images {
			data[i*bytes] %= 10 // the label
		}
		if err := os.WriteFile(filepath.Join(dir, name+".bin"), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// way is how many processes train, and with how many threads each.
type way struct{ ranks, threads int }

// train returns the median images/s of a training.
func (c *comparison) train(w way) (float64, error) {
	dir, err := os.MkdirTemp("", "bench-mpi")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	data := filepath.Join(dir, "cifar")
	if err := writeNoise(data); err != nil {
		return 0, err
	}
	command := []string{
		filepath.Join(c.programs, "resnet32"), "train", "--data", data, "--steps", strconv.Itoa(c.steps),
		"--threads", strconv.Itoa(w.threads), "--out", filepath.Join(dir, "run"),
	}
	if w.ranks > 1 {
		command = append([]string{"mpirun", "--bind-to", "none", "-np", strconv.Itoa(w.ranks)}, command...)
	}
	if text, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%v: %w\n%s", command, err, text)
	}
	text, err := os.ReadFile(filepath.Join(dir, "run", "speed.csv"))
	if err != nil {
		return 0, err
	}
	var speeds []float64
	for _, line := range strings.Fields(string(text))[1:] {
		_, number, _ := strings.Cut(line, ",")
		speed, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return 0, err
		}
		speeds = append(speeds, speed)
	}
	slices.Sort(speeds)
	return speeds[len(speeds)/2], nil
}
