package sim_test

import (
	"context"
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// A pump is switched on, and off again half an hour later unless somebody
// cancels that.
func Example() {
	s := sim.New(sim.Config{Seed: 42})
	const on, off = 1, 2
	var pump sim.ActorID
	pump, _ = s.Add("pump", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		switch e.Kind {
		case on:
			fmt.Println(s.Now(), "on")
			_, err := s.Schedule(sim.Event{At: s.Now() + 30*sim.Minute, To: pump, Kind: off})
			return err
		case off:
			fmt.Println(s.Now(), "off")
		}
		return nil
	}))
	if _, err := s.Schedule(sim.Event{At: 2 * sim.Hour, To: pump, Kind: on}); err != nil {
		fmt.Println(err)
	}
	if err := s.Run(context.Background(), 3*sim.Hour); err != nil {
		fmt.Println(err)
	}
	fmt.Println(s.Now(), "end")
	// Output:
	// 2h0m0s on
	// 2h30m0s off
	// 3h0m0s end
}
