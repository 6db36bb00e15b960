package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/scenarios"
)

func (a *app) planCommand() *cobra.Command {
	var f sceneFlags
	c := &cobra.Command{
		Use:   "plan SCENARIO",
		Short: "Show what a scenario expands to, without running it",
		Args:  want(1, "a scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := load(args[0])
			if err != nil {
				return err
			}
			o, err := a.options(c, &f, s)
			if err != nil {
				return err
			}
			run, err := scenarios.Build(s.spec, o)
			if err != nil {
				return &exit{usage, err}
			}
			defer run.Close()
			for _, line := range run.Plan() {
				if _, err := fmt.Fprintln(a.stdout, line); err != nil {
					return err
				}
			}
			return nil
		},
	}
	f.add(c)
	return c
}
