// Package cli is the twinsim command as a library. A program with twins, stages
// or models of its own is a main of ten lines that hands Main a larger table.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/scenarios"
)

// Exit codes.
const (
	done     = 0
	failed   = 1 // a run failed or was interrupted
	usage    = 2 // a bad command line or a bad file
	rejected = 3 // a check, verify or diff says no
)

// An exit is an error that knows its exit code. Without an error inside,
// everything has been said already.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

func badUsage(format string, args ...any) error { return &exit{usage, fmt.Errorf(format, args...)} }

// An app is one invocation.
type app struct {
	kinds  scenarios.Kinds
	stdout io.Writer
	stderr io.Writer
	args   []string
}

// secondInterrupt is after how long another interrupt is a second one.
const secondInterrupt = 500 * time.Millisecond

// Main carries out one command line (without the program's name) and returns
// the exit code: 0 done; 1 a run failed; 2 bad usage or a bad file; 3 a check,
// verify or diff failed. An interrupt ends a run in order; a second one, after
// half a second, ends the program.
func Main(args []string, stdout, stderr io.Writer, kinds scenarios.Kinds) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Some programs (timeout, for one) interrupt a process and then its group,
	// which is one wish and not two.
	context.AfterFunc(ctx, func() { time.AfterFunc(secondInterrupt, stop) })
	return Run(ctx, args, stdout, stderr, kinds)
}

// Run is Main for a caller that decides itself what interrupts a run: the end of ctx.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, kinds scenarios.Kinds) int {
	a := &app{kinds: kinds, stdout: stdout, stderr: stderr, args: args}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return done
	}
	e := &exit{usage, err} // what cobra itself finds is a matter of usage
	if !errors.As(err, &e) {
		e = &exit{usage, err}
	}
	if e.err != nil {
		a.complain(e.err)
	}
	return e.code
}

// complain shows an error; problems of a scenario file speak for themselves.
func (a *app) complain(err error) {
	var problems *scenarios.Problems
	text := strings.TrimRight(err.Error(), "\n")
	if !errors.As(err, &problems) {
		text = "twinsim: " + text
	}
	fmt.Fprintln(a.stderr, text)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "twinsim",
		Short: "Digital twins that run the same in simulation and on recorded data",
		Long: `Digital twins that run the same in simulation and on recorded data.

A scenario is a file, or the name of one that is built in (see twinsim list scenarios).
Exit codes: 0 done; 1 a run failed; 2 bad usage or a bad file; 3 a check, verify or diff failed.`,
		Example: `  twinsim run farm
  twinsim run farm -p trigger=0.20 --out summer
  twinsim verify summer`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          unknownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		Version:       versionText(),
	}
	root.SetVersionTemplate("{{.Version}}")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return badUsage("%w; see %s --help", err, c.CommandPath())
	})
	root.AddCommand(a.runCommand(), a.checkCommand(), a.planCommand(), a.listCommand(), a.initCommand(),
		a.verifyCommand(), a.diffCommand(), a.versionCommand())
	return root
}

// unknownCommand refuses what is no command, with the nearest that is.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "; see twinsim --help"
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("; did you mean %s?", strings.Join(near, " or "))
	}
	return badUsage("there is no command %q%s", args[0], hint)
}

// encode prints v as one JSON object.
func (a *app) encode(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// plural is "1 row", "2 rows".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// want returns a check of how many arguments a command has.
func want(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return badUsage("%s wants %s, got %s; see %s --help", c.CommandPath(), what, plural(len(args), "argument"), c.CommandPath())
		}
		return nil
	}
}
