//go:build campaign && linux

package generated_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// What an attack may take, and how long it lasts.
const (
	attackTimeout = 4 * time.Second  // the server's --timeout
	attackDrain   = 10 * time.Second // and its --drain
	attackTime    = attackTimeout / 2
	attackMemory  = 256 << 20 // resident, over the idle server

	dashboardTimeout = 10 * time.Second // which its server has
)

// TestAttack attacks a prediction server and a training's dashboard in every way that the project knows. Beside each attack an
// ordinary client asks on. It is answered in time, memory stays within its bound, connections and goroutines end with the attack,
// and SIGTERM in the middle of the attack ends the server with exit code 0.
func TestAttack(t *testing.T) {
	bin, folder := trainer(t), t.TempDir()
	checkpoint := filepath.Join(folder, "first.safetensors")
	if out, err := exec.Command(bin, "init", "--out", checkpoint).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fmt.Printf("%-34s %9s %10s %8s %10s %6s %7s  %s\n", "attack", "requests", "MiB more", "slowest", "goroutines", "files", "SIGTERM", "answers")
	for _, a := range serveAttacks(t) {
		t.Run(a.name, func(t *testing.T) {
			command := exec.Command(bin, "serve", "--checkpoint", checkpoint, "--addr", "127.0.0.1:0", "--poll", "0",
				"--timeout", attackTimeout.String(), "--drain", attackDrain.String())
			s := startTarget(t, command, `url=http://(\S+)/`)
			s.attack(&a)
		})
	}
	for _, a := range dashboardAttacks() {
		t.Run(a.name, func(t *testing.T) { attackTraining(t, bin, &a) })
	}
	if !t.Failed() {
		fmt.Println("OK")
	}
}

// attack is what many clients do at one time, each again and again until ctx is done.
type attack struct {
	name    string
	clients int
	client  func(ctx context.Context, t *target)
}

// target is a process that serves.
type target struct {
	*exec.Cmd
	t       *testing.T
	addr    string
	log     lockedBuffer
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
	s := &target{Cmd: c, t: t, exited: make(chan error, 1), answers: map[string]int{}, codes: []int{0}, timeout: attackTimeout}
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

// attack runs an attack twice: the first time to its end, the second until the server is told to end.
func (s *target) attack(a *attack) {
	for range 3 {
		if err := s.probe(); err != nil {
			s.t.Fatalf("before the attack: %v", err)
		}
	}
	s.idle = s.status("VmRSS")
	goroutines, files := s.goroutines(), s.files()
	end := s.begin(a)
	slowest := s.ask(attackTime)
	end()
	s.settled(goroutines, files)
	goroutinesAfter, filesAfter := s.goroutines(), s.files()
	end = s.begin(a)
	time.Sleep(attackTime / 4)
	took := s.terminate()
	more := s.highest - s.idle
	end()
	fmt.Printf("%-34s %9d %10.1f %8s %4d → %3d %2d → %d %7s  %s\n", a.name, s.requests(), float64(more)/(1<<20), slowest.Round(time.Millisecond),
		goroutines, goroutinesAfter, files, filesAfter, took.Round(10*time.Millisecond), s.summary())
	if more > attackMemory {
		s.t.Errorf("%s: got %d bytes more than idle, want at most %d", a.name, more, attackMemory)
	}
}

// begin begins an attack. The function that it returns ends it.
func (s *target) begin(a *attack) (end func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var all sync.WaitGroup
	for range a.clients {
		all.Go(func() {
			for ctx.Err() == nil {
				a.client(ctx, s)
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// ask asks as an ordinary client does, each time on a new connection, and returns the longest that it took.
func (s *target) ask(during time.Duration) (slowest time.Duration) {
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		begun := time.Now()
		if err := s.probe(); err != nil {
			s.t.Errorf("beside the attack: %v", err)
		}
		slowest = max(slowest, time.Since(begun))
	}
	if slowest > s.timeout {
		s.t.Errorf("beside the attack: it took %v, want at most %v", slowest, s.timeout)
	}
	return slowest
}

// settled waits until the connections and goroutines of an attack have ended.
func (s *target) settled(goroutines, files int) {
	var g, f int
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if g, f = s.goroutines(), s.files(); g <= goroutines+1 && f <= files+s.spare {
			return
		}
	}
	s.t.Errorf("after the attack: got %d goroutines and %d files, want %d and %d as before", g, f, goroutines, files)
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

var ordinary = []byte(`{"inputs":[{"name":"images","datatype":"UINT8","shape":[1,28,28,1],"data":[` + strings.Repeat("0,", 783) + `7]}]}`)

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

// attackTraining attacks the dashboard of a training that may have 256 files open. Its checkpoints go on.
func attackTraining(t *testing.T, bin string, a *attack) {
	run := filepath.Join(t.TempDir(), "run")
	other := filepath.Join(filepath.Dir(run), "other")
	if err := os.MkdirAll(other, 0o755); err != nil {
		t.Fatal(err)
	}
	table := "step,cost,learning_rate,Precision\n" + strings.Repeat("1,2.5,0.1,0.25\n", 100_000)
	if err := errors.Join(os.WriteFile(filepath.Join(other, "run.json"), []byte("{}"), 0o644), os.WriteFile(filepath.Join(other, "train.csv"), []byte(table), 0o644)); err != nil {
		t.Fatal(err)
	}
	s := startTarget(t, exec.Command("bash", "-c", `ulimit -n 256 && exec "$0" "$@"`, bin, "train", "--data", "fashion-mini", "--steps", "1000000",
		"--save-every", "5", "--threads", "1", "--out", run, "--dashboard", "127.0.0.1:0"), `dashboard: http://(\S+)/`)
	s.codes, s.spare, s.timeout = []int{0, 3}, 8, dashboardTimeout
	s.probe = func() error {
		code, text, err := s.exchange("GET", "/", nil)
		if err != nil || code != http.StatusOK {
			return fmt.Errorf("got %d, %.200s, %v", code, text, err)
		}
		return nil
	}
	saved := func() (last time.Time) {
		all, _ := filepath.Glob(filepath.Join(run, "checkpoints", "*.safetensors"))
		for _, path := range all {
			if info, err := os.Stat(path); err == nil && info.ModTime().After(last) {
				last = info.ModTime()
			}
		}
		return last
	}
	eventually(t, "a checkpoint", func() bool { return !saved().IsZero() })
	before := saved()
	s.attack(a)
	if after := saved(); !after.After(before) {
		t.Error("got no checkpoint during the attack, want some")
	}
	if log := s.log.String(); strings.Contains(log, "too many open files") {
		t.Errorf("got %.2000s, want enough files for the training", log)
	}
}
