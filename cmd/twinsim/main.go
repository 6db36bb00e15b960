// Command twinsim runs digital twins: in simulation, on live hardware, and on
// recorded data. See twinsim --help.
package main

import (
	"os"

	"github.com/twinsim/twinsim/cmd/cli"
	"github.com/twinsim/twinsim/scenarios/library"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr, library.Kinds()))
}
