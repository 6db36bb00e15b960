package replay_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/replay"
	"github.com/twinsim/twinsim/sim"
)

func ExampleSource() {
	files := fstest.MapFS{"soil.csv": {Data: []byte(`time;vwc_20cm
01/05/2026 06.00;0,231
13/05/2026 06.00;-200
13/05/2026 06.10;0,228
`)}}
	source, err := replay.New(replay.Config{
		FS: files, File: "soil.csv", Decimal: ',',
		Time:    []string{"time"},
		Missing: []string{"-200"},
		Columns: []replay.Column{{Column: "vwc_20cm", Channel: 7}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer source.Close()
	fmt.Println(source.Describe())

	run := sim.New(sim.Config{})
	err = source.Start(run, func(r devices.Reading) { fmt.Println(r.At, r.Value, r.Quality) })
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := run.Run(context.Background(), 30*sim.Day); err != nil {
		fmt.Println(err)
		return
	}
	c := source.Counters()
	fmt.Println(c.Rows, "rows,", c.Missing, "missing")
	// Output:
	// csv, delimiter ';', columns ["time" "vwc_20cm"], time dmy (found from the first rows)
	// 0s 0.231 good
	// 288h0m0s 0 missing
	// 288h10m0s 0.228 good
	// 3 rows, 1 missing
}
