//go:build campaign && linux

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// target is a process that serves.
type target struct {
	*exec.Cmd
	t       *testing.T
	addr    string
	log     output
	idle    int           // resident bytes without an attack
	highest int           // of these, until now
	timeout time.Duration // of a request
	spare   int           // files that it may open besides
	codes   []int         // exit codes that are right
	probe   func() error
	exited  chan error
	mu      sync.Mutex
	answers map[string]int
}

// startTarget starts a process whose output says its address, and waits until it answers.
func startTarget(t *testing.T, c *exec.Cmd, address string) *target {
	t.Helper()
	s := &target{
		Cmd: c, t: t, exited: make(chan error, 1), answers: map[string]int{}, codes: []int{0}, timeout: attackTimeout,
	}
	s.Stdout, s.Stderr = &s.log, &s.log
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.exited <- s.Wait() }()
	t.Cleanup(func() { _ = s.Process.Kill() }) // it may be done
	pattern := regexp.MustCompile(address)
	eventually(t, "the address", func() bool { return pattern.MatchString(s.log.String()) })
	s.addr = pattern.FindStringSubmatch(s.log.String())[1]
	s.probe = s.infer
	return s
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it does not come in a minute", what)
		}
	}
}

// terminate sends SIGTERM and returns how long the process took to end.
func (s *target) terminate() time.Duration {
	stop := s.watchPeak()
	begun := time.Now()
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.exited:
		if code := s.ProcessState.ExitCode(); !slices.Contains(s.codes, code) {
			s.t.Errorf("after SIGTERM: %v, want exit code %v\n%.2000s", err, s.codes, s.log.String())
		}
	case <-time.After(attackDrain + 5*time.Second):
		s.t.Errorf("after SIGTERM: it has not ended in %v", attackDrain)
	}
	took := time.Since(begun)
	stop()
	if took > attackDrain+time.Second {
		s.t.Errorf("after SIGTERM: it took %v, want at most %v", took, attackDrain)
	}
	return took
}

// watchPeak notes the peak of the process's memory until it has ended.
func (s *target) watchPeak() (stop func()) {
	ended, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			s.highest = max(s.highest, s.status("VmHWM")) // 0 when it has ended
			select {
			case <-ended:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() { close(ended); <-done }
}

// status reads bytes of the process's status; 0: it has ended.
func (s *target) status(field string) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.Process.Pid))
	_, rest, _ := strings.Cut(string(text), field+":")
	n, _ := strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "kB", 2)[0]))
	return n << 10
}

func (s *target) files() int {
	all, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.Process.Pid))
	return len(all)
}

// goroutines asks the server's metrics; 0: it has none.
func (s *target) goroutines() int {
	code, body, err := s.exchange("GET", "/metrics", nil)
	if err != nil {
		return 1 << 20
	}
	if code != http.StatusOK {
		return 0
	}
	for line := range strings.Lines(string(body)) {
		if text, ok := strings.CutPrefix(line, "go_goroutines "); ok {
			n, _ := strconv.Atoi(strings.TrimSpace(text))
			return n
		}
	}
	return 0
}

// idleGoroutines is how many goroutines an idle server may say that it has. The collectors of its
// metrics run while they are counted, in the order that the scheduler likes: the count differs by
// up to four.
func (s *target) idleGoroutines() (most int) {
	for range 20 {
		most = max(most, s.goroutines())
	}
	return most
}

// exchange asks on a connection of its own.
func (s *target) exchange(method, path string, body []byte) (code int, answer []byte, err error) {
	transport := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: s.timeout + 2*time.Second}
	r, err := http.NewRequest(method, "http://"+s.addr+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	a, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close() //nolint:errcheck // it was read
	answer, err = io.ReadAll(a.Body)
	return a.StatusCode, answer, err
}

var ordinary = []byte(tensor("[1,28,28,1]", `"data":[`+strings.Repeat("0,", 783)+"7]"))

// infer is what an ordinary client of a prediction server asks: a tensor's and an image's class.
func (s *target) infer() error {
	for path, body := range map[string][]byte{"/v2/models/resnet20/infer": ordinary, "/predict": smallImage()} {
		if code, text, err := s.exchange("POST", path, body); err != nil || code != http.StatusOK {
			return fmt.Errorf("%s: got %d, %.200s, %v", path, code, text, err)
		}
	}
	return nil
}

// count notes an answer, or why there is none.
func (s *target) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[what]++
}

func (s *target) requests() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.answers {
		n += k
	}
	return n
}

func (s *target) summary() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for what, n := range s.answers {
		all = append(all, fmt.Sprintf("%s: %d", what, n))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// dial opens a connection that ends with ctx; nil: the server has none for us.
func (s *target) dial(ctx context.Context) (c *net.TCPConn, closed func()) {
	dialer := net.Dialer{Timeout: attackTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
		return nil, func() {}
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	return conn.(*net.TCPConn), func() {
		stop()
		_ = conn.Close()
	}
}

// answer reads an answer's status and counts it.
func (s *target) answer(in *bufio.Reader) (more bool) {
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		s.count("closed")
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	s.count(strconv.Itoa(r.StatusCode))
	return err == nil && !r.Close
}
