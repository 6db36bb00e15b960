package synth_test

import (
	"context"
	"fmt"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/synth"
	"github.com/twinsim/twinsim/sim"
)

// A soil probe with a resolution of 0.01 reads a drying field; on the second
// day it begins to drift.
func Example() {
	var channels devices.Channels
	probe, err := channels.Add("zone-1", []devices.Attr{{Name: "soil_moisture", Unit: "m3/m3"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	source := &synth.Sampler{
		Channels: &channels,
		Sensors:  []synth.Sensor{{Channel: probe, Config: &synth.Config{Every: 12 * sim.Hour, Resolution: 0.01}}},
		Faults: []synth.Fault{{
			Name: "corroded", Kind: "drift", Channels: []devices.ChannelID{probe},
			From: sim.Day, With: map[string]float64{"per_day": 0.04},
		}},
		Probe: func(_ devices.ChannelID, at sim.Time) float64 { return 0.31 - 0.02*at.Days() },
		Truth: func(e synth.FaultEvent) { fmt.Println(e.At, e.Fault, "begins:", e.Active) },
	}
	run := sim.New(sim.Config{Seed: 42})
	if err := source.Start(run, func(r devices.Reading) { fmt.Println(r.At, r.Value) }); err != nil {
		fmt.Println(err)
		return
	}
	if err := run.Run(context.Background(), 2*sim.Day); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 0s 0.31
	// 12h0m0s 0.3
	// 24h0m0s corroded begins: true
	// 24h0m0s 0.29
	// 36h0m0s 0.3
	// 48h0m0s 0.31
}
