package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/scenarios/report"
)

// program says what is running, from what the Go tool wrote into it.
func program() report.Program {
	p := report.Program{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return p
	}
	p.Version = info.Main.Version
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && (p.Version == "" || p.Version == "(devel)"):
			p.Version = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true" && len(p.Version) == 12:
			p.Version += "+dirty"
		}
	}
	if p.Version == "" {
		p.Version = "unknown"
	}
	return p
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program and of the formats it writes",
		Args:  want(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprint(a.stdout, versionText())
			return err
		},
	}
}

// versionText is what version and --version print.
func versionText() string {
	p := program()
	return fmt.Sprintf("twinsim %s\n%s %s\nscenario spec %d, recording %d, run folder %d\n",
		p.Version, p.Go, p.Platform, specVersion, wire.Version, report.ManifestVersion)
}

// specVersion is the version of the scenario language that Decode reads.
const specVersion = 1
