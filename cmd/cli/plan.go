package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) planCommand() *cobra.Command {
	var f sceneFlags
	c := &cobra.Command{
		Use:   "plan SCENARIO",
		Short: "Show what a scenario expands to, without running it",
		Args:  want(1, "a scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			run, err := a.build(c, args[0], &f)
			if err != nil {
				return err
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
