package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/scenarios"
)

func (a *app) checkCommand() *cobra.Command {
	var f sceneFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "check SCENARIO",
		Short: "Check a scenario without running it; exit code 2 if something is wrong",
		Args:  want(1, "a scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			err := a.check(c, args[0], &f)
			if asJSON {
				return a.checkJSON(args[0], err)
			}
			if err == nil {
				_, err = fmt.Fprintf(a.stdout, "%s: ok\n", args[0])
			}
			return err
		},
	}
	f.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// check decodes and builds.
func (a *app) check(c *cobra.Command, arg string, f *sceneFlags) error {
	run, err := a.build(c, arg, f)
	if err != nil {
		return err
	}
	return run.Close()
}

// build makes a run that is ready to start of the scenario that arg names.
func (a *app) build(c *cobra.Command, arg string, f *sceneFlags) (*scenarios.Run, error) {
	s, err := load(arg)
	if err != nil {
		return nil, err
	}
	o, err := a.options(c, f, s)
	if err != nil {
		return nil, err
	}
	return s.make(o)
}

// A finding is a problem as JSON, for editors.
type finding struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	What     string `json:"what"`
	Expected string `json:"expected,omitempty"`
	Try      string `json:"try,omitempty"`
}

// findings are the problems that err tells of; file is the scenario.
func findings(file string, err error) []finding {
	found := []finding{}
	var problems *scenarios.Problems
	switch {
	case errors.As(err, &problems):
		for _, p := range problems.List {
			found = append(found, finding{p.File, p.Pos.Line, p.Pos.Col, p.What, p.Expected, p.Try})
		}
	case err != nil:
		found = append(found, finding{File: file, What: err.Error()})
	}
	return found
}

func (a *app) checkJSON(file string, err error) error {
	if eerr := a.encode(map[string]any{"ok": err == nil, "problems": findings(file, err)}); eerr != nil {
		return eerr
	}
	if err != nil {
		return &exit{code: usage}
	}
	return nil
}
