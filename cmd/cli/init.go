package cli

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

//go:embed starter.toml
var starter string

func (a *app) initCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init NAME",
		Short: "Write a starter scenario, NAME.toml, to change into your own",
		Args:  want(1, "the name of the new scenario"),
		RunE: func(_ *cobra.Command, args []string) error {
			path := args[0]
			if !strings.HasSuffix(path, ".toml") {
				path += ".toml"
			}
			name := strings.TrimSuffix(filepath.Base(path), ".toml")
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" || name == "" {
				return badUsage("%q can't be the name of a scenario: want letters, digits, - and _", name)
			}
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if err != nil {
				return badUsage("init: %w", err)
			}
			_, err = f.WriteString(strings.ReplaceAll(starter, "NAME", name))
			if cerr := f.Close(); err == nil {
				err = cerr
			}
			if err != nil {
				return &exit{failed, fmt.Errorf("init: %w", err)}
			}
			_, err = fmt.Fprintf(a.stdout, "wrote %s; try: twinsim run %s\n", path, path)
			return err
		},
	}
}
