package prep_test

import (
	"fmt"
	"io"
	"testing/fstest"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/analytics/prep"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/replay"
)

// A file is cleaned without a run: its rows are read by column, a batch at a
// time, and each column goes through a chain of stages.
func Example() {
	files := fstest.MapFS{"flat.csv": {Data: []byte(`time,temperature,humidity
2024-01-01 00:00:00,20.5,41
2024-01-01 00:01:00,85.0,43
2024-01-01 00:02:00,21.0,
2024-01-01 00:03:00,21.5,45
`)}}
	r, err := replay.NewReader(replay.Config{
		FS: files, File: "flat.csv", Time: []string{"time"},
		Columns: []replay.Column{{Column: "temperature"}, {Column: "humidity", Channel: 1}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	made := func(s analytics.Stage, err error) analytics.Stage {
		if err != nil {
			panic(err)
		}
		return s
	}
	temperature := analytics.NewChain(
		made(prep.Range{Min: 10, Max: 40, Action: prep.Blank}.New()),
		made(prep.Fill{Method: prep.Linear}.New()),
		made(prep.MinMax{Min: 10, Max: 40}.New()),
	)
	humidity := analytics.NewChain(made(prep.Fill{Method: prep.RollingMean, Window: 3}.New()))

	var t, h []devices.Reading // with room for what they take, nothing below allocates
	for batch := r.NewBatch(256); err == nil; {
		_, err = r.NextBatch(batch)
		t = temperature.ApplyBatch(batch.Column(0), t)
		h = humidity.ApplyBatch(batch.Column(1), h)
	}
	if err != io.EOF {
		fmt.Println(err)
		return
	}
	t = temperature.Flush(t) // a linear fill waits for the end of a gap
	for i := range t {
		fmt.Printf("%v: %.3f %v, %v %% %v\n", t[i].At, t[i].Value, t[i].Quality, h[i].Value, h[i].Quality)
	}
	// Output:
	// 0s: 0.350 good, 41 % good
	// 1m0s: 0.358 out_of_range+imputed, 43 % good
	// 2m0s: 0.367 good, 42 % imputed
	// 3m0s: 0.383 good, 45 % good
}
