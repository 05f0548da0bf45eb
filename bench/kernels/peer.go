package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// peer is a running bench/onednn program, whose source has the protocol.
type peer struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// startPeer starts the program on one thread, with no instruction set beyond isa, or its own
// choice.
func startPeer(program, isa string) (*peer, error) {
	p := &peer{command: exec.Command(program)}
	p.command.Env = append(os.Environ(), "OMP_NUM_THREADS=1")
	if isa != "" {
		p.command.Env = append(p.command.Env, "DNNL_MAX_CPU_ISA="+isa)
	}
	p.command.Stderr = os.Stderr
	var err error
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.command.Start()
}

func (p *peer) stop() error {
	if err := p.in.Close(); err != nil {
		return err
	}
	return p.command.Wait()
}

// ask sends a line and returns the pairs of the answer.
func (p *peer) ask(format string, args ...any) (map[string]string, error) {
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		return nil, fmt.Errorf("oneDNN: %w", err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("oneDNN: %w", err)
	}
	words, pairs := strings.Fields(line), map[string]string{}
	for i := 0; i+1 < len(words); i += 2 {
		pairs[words[i]] = words[i+1]
	}
	return pairs, nil
}

// prepare makes the convolution with every algorithm there is.
func (p *peer) prepare(s *shape, pass string) error {
	_, err := p.ask("case %s %d %d %d %d %d %d", pass, s.kernel, s.stride, s.size, s.in, s.out, s.batch)
	return err
}

// run returns nanoseconds an image, by algorithm.
func (p *peer) run(milliseconds int) (map[string]float64, error) {
	pairs, err := p.ask("run %d", milliseconds)
	if err != nil {
		return nil, err
	}
	times := map[string]float64{}
	for algorithm, text := range pairs {
		if times[algorithm], err = strconv.ParseFloat(text, 64); err != nil {
			return nil, fmt.Errorf("oneDNN: %w", err)
		}
	}
	return times, nil
}
