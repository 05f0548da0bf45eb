// Package cli is the trainer of a generated network: its commands, their flags, output and exit
// codes.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/internal/thirdparty"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/engine"
	"github.com/resnetgen/resnetgen/runtime/mem"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/report"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// Program is a network and how its spec wants it to be trained.
type Program struct {
	Info   *network.Info
	Spec   string // the spec, as YAML, for the run's folder; may be empty
	Recipe recipe.Recipe
	New    func(network.Options) network.Network
	Infer  func(*checkpoint.File, engine.Options) (classify.Model, error) // the network that only predicts
	Parts  []Part                                                         // what observes its trainings, in the order of their flags

	Commands []Command // what it has besides
	Ranks    Launcher  // what joins its trainings to other processes; may be nil
}

// The exit codes.
const (
	done    = 0
	failed  = 1 // what the command checks does not hold, or it failed
	misused = 2 // wrong input
	stopped = 3 // a training was stopped before its end, and can be resumed
)

// Main runs the command that the program's arguments name, and ends the program with its exit code.
func Main(p Program) {
	os.Exit(Run(context.Background(), p, os.Args[1:], os.Stdout, os.Stderr))
}

// Run is Main with arguments and streams, and returns the exit code. A done ctx stops a training
// after its step.
func Run(ctx context.Context, p Program, args []string, out, errOut io.Writer) int {
	shown, shownErr := printable.NewWriter(out), printable.NewWriter(errOut)
	defer func() { _ = errors.Join(shown.Flush(), shownErr.Flush()) }() // half a character, of a text that is cut off
	a := &app{Program: p, out: shown, errOut: shownErr}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.errOut)
	err := cpu.Err()
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		a.ranks.leave(nil)
		return done
	}
	if errors.Is(err, train.ErrStopped) { // the training has said so
		a.ranks.leave(err)
		return stopped
	}
	_, writeErr := printable.Fprintf(a.errOut, "%s: %s%v\n", p.Info.Name, a.ranks.prefix(), advise(err))
	a.ranks.leave(err)
	if writeErr != nil {
		return failed
	}
	var f failure
	var trained *runs.Failure
	if errors.As(err, &f) || errors.As(err, &trained) {
		return failed
	}
	return misused
}

// failure is an error that is not the user's: exit code 1.
type failure struct{ error }

// Unwrap returns what failed.
func (f failure) Unwrap() error { return f.error }

// app is what the commands share.
type app struct {
	Program
	out, errOut io.Writer // they escape control characters
	threads     int
	ranks       ranks
}

func (a *app) root() *cobra.Command {
	i := a.Info
	root := &cobra.Command{
		Use: i.Name,
		Long: fmt.Sprintf("%s trains, evaluates and measures a residual network: %d×%d×%d images, %d classes, %d parameters.",
			i.Name, i.Input[0], i.Input[1], i.Input[2], i.Classes, i.Parameters),
		SilenceUsage: true, SilenceErrors: true,
	}
	root.AddCommand(a.infoCommand(), a.trainCommand(), a.initCommand(), a.evalCommand(), a.predictCommand(),
		a.stepCommand(), a.benchCommand(), a.profileCommand(), a.runsCommand(), a.dataCommand(), a.exportCommand(), a.importCommand(), a.versionCommand())
	for _, command := range a.Commands {
		root.AddCommand(command(a.host()))
	}
	a.addExamples(root)
	return root
}

func (a *app) versionCommand() *cobra.Command {
	var licences bool
	c := &cobra.Command{
		Use: "version", Short: "print network, spec and generator version, or the licences of linked libraries", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if licences {
				return a.print(thirdparty.Licences())
			}
			return a.printf("%s, spec %.12s, resnetgen %s\n", a.Info.Name, a.Info.SpecHash, a.Info.Generator)
		},
	}
	c.Flags().BoolVar(&licences, "licences", false, "print the licences of Go, resnetgen and the libraries in this program")
	return c
}

// threadsFlag adds --threads to a command.
func (a *app) threadsFlag(c *cobra.Command) {
	c.Flags().IntVar(&a.threads, "threads", 0, "worker threads, at most 16; 0: one for each core (results do not depend on it)")
}

// build returns the network with that many workers.
func (a *app) build() (network.Network, error) {
	if a.threads < 0 || a.threads > maxThreads {
		return nil, fmt.Errorf("--threads: got %d, want 0 to %d", a.threads, maxThreads)
	}
	o := network.Options{Threads: a.threads}
	a.ranks.add(&o)
	net, err := a.reserve(o)
	if err != nil {
		return nil, failure{fmt.Errorf("%w: the network takes %s, and %s a worker; want more memory, a smaller train.batch or "+
			"eval.batch in its spec, train.recompute there, or fewer --threads",
			err, report.Bytes(a.Info.ArenaBytes), report.Bytes(a.Info.ScratchBytes))}
	}
	return net, nil
}

// reserve takes the network's memory. Its error is that there is none.
func (a *app) reserve(o network.Options) (_ network.Network, err error) {
	defer mem.Recover(&err)
	return a.New(o), nil
}

// classifier returns the network that only predicts, with a checkpoint's variables and that many
// workers.
func (a *app) classifier(f *checkpoint.File) (classify.Model, error) {
	if a.threads < 0 || a.threads > maxThreads {
		return nil, fmt.Errorf("--threads: got %d, want 0 to %d", a.threads, maxThreads)
	}
	if a.Infer == nil {
		return nil, failure{fmt.Errorf("got a trainer of an older resnetgen, without an inference package: run resnetgen generate again")}
	}
	model, err := a.reserveClassifier(f)
	if out := new(mem.OutOfMemory); errors.As(err, &out) {
		err = failure{fmt.Errorf("%w: to predict takes %s a worker; want more memory or fewer --threads", err, report.Bytes(a.Info.InferBytes))}
	}
	return model, err
}

// reserveClassifier takes the memory of the network that only predicts.
func (a *app) reserveClassifier(f *checkpoint.File) (_ classify.Model, err error) {
	defer mem.Recover(&err)
	return a.Infer(f, engine.Options{Threads: a.threads})
}

// maxThreads is more than any machine has; a network uses at most abi.Groups.
const maxThreads = 4096

// printf prints a line of output. Its texts may be from outside.
func (a *app) printf(format string, args ...any) error {
	_, err := printable.Fprintf(a.out, format, args...)
	return written(err)
}

// print prints lines that are made already.
func (a *app) print(lines string) error {
	_, err := io.WriteString(a.out, lines)
	return written(err)
}

// note tells the user something beside the output.
func (a *app) note(format string, args ...any) {
	printable.Fprintf(a.errOut, format+"\n", adviseAll(args)...)
}

// json prints a value for other programs.
func (a *app) json(v any) error {
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	return written(e.Encode(v))
}

// written says of an error that it is one of the output, not the user's.
func written(err error) error {
	if err == nil {
		return nil
	}
	return failure{fmt.Errorf("write output: %w", err)}
}

// required refuses flags that were not given.
func required(c *cobra.Command, flags ...string) error {
	for _, name := range flags {
		if !c.Flags().Changed(name) {
			return fmt.Errorf("--%s: got nothing, want %s", name, c.Flags().Lookup(name).Usage)
		}
	}
	return nil
}
