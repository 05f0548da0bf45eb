// Package turns runs a program and its peers on the same cores, one after the other.
package turns

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// allocator tells glibc to keep memory instead of giving it back after every step: PyTorch spends
// up to three quarters of its time on page faults otherwise, where a virtual machine makes them
// dear. Our trainers do not use it.
var allocator = []string{"MALLOC_MMAP_THRESHOLD_=2000000000", "MALLOC_TRIM_THRESHOLD_=4000000000", "MALLOC_TOP_PAD_=1000000000"}

// OnCores runs a program on the first cores, and reads the JSON that it prints into result.
func OnCores(cores int, result any, program string, arguments ...string) error {
	command := exec.Command("taskset", append([]string{"-c", fmt.Sprintf("0-%d", cores-1), program}, arguments...)...)
	command.Env = append(os.Environ(), allocator...)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(errors.String()))
	}
	if err := json.Unmarshal(out, result); err != nil {
		return fmt.Errorf("%s: got %q, want JSON: %w", program, out, err)
	}
	return nil
}

// Counts are the numbers of threads that are measured: one, and the most.
func Counts(most int) []int {
	if most > 1 {
		return []int{1, most}
	}
	return []int{1}
}

// Median is the middle of the samples, the mean of the two in the middle of an even number.
func Median(samples []float64) float64 {
	x := slices.Sorted(slices.Values(samples))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
