package process_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/process"
	"github.com/twinsim/twinsim/sim/resource"
)

// start returns a run with processes, or nil after printing the error.
func start(seed uint64) (*sim.Sim, *process.Env) {
	s := sim.New(sim.Config{Seed: seed})
	env, err := process.New(s, process.Config{})
	if err != nil {
		fmt.Println(err)
	}
	return s, env
}

func finish(s *sim.Sim, until sim.Time) {
	if err := s.Run(context.Background(), until); err != nil {
		fmt.Println(err)
	}
}

// A car drives and parks, as in SimPy's first example.
func Example() {
	s, env := start(1)
	defer env.Close()
	env.Go("car", func(p process.Process) error {
		for {
			fmt.Println(p.Now(), "parks")
			if err := p.Wait(5 * sim.Minute); err != nil {
				return err
			}
			fmt.Println(p.Now(), "drives")
			if err := p.Wait(2 * sim.Minute); err != nil {
				return err
			}
		}
	})
	finish(s, 15*sim.Minute)
	// Output:
	// 0s parks
	// 5m0s drives
	// 7m0s parks
	// 12m0s drives
	// 14m0s parks
}

// Bank renege: customers come to a counter and leave again if they have to wait
// for too long.
func Example_bankRenege() {
	s, env := start(42)
	defer env.Close()
	counter, err := env.NewResource("counter", resource.Config{Capacity: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	rand := s.Rand("bank")
	spans := func(mean sim.Time) sim.Time { return sim.Time(rand.ExponentialInv()*mean.Seconds()) * sim.Second }
	customer := func(p process.Process) error {
		patience := sim.Minute + spans(2*sim.Minute)
		came := p.Now()
		claim, err := counter.Request(p, process.Ask{Patience: patience})
		if errors.Is(err, process.ErrReneged) {
			fmt.Println(p.Now(), p.Name(), "reneged after", p.Now()-came)
			return nil
		}
		if err != nil {
			return err
		}
		defer claim.Release()
		fmt.Println(p.Now(), p.Name(), "waited", p.Now()-came)
		return p.Wait(spans(6 * sim.Minute))
	}
	env.Go("source", func(p process.Process) error {
		for range 6 {
			env.Spawn("customer", customer)
			if err := p.Wait(spans(3 * sim.Minute)); err != nil {
				return err
			}
		}
		return nil
	})
	finish(s, sim.Never)
	stats := counter.Stats()
	fmt.Println(stats.Expired, "of", stats.Arrivals, "reneged")
	// Output:
	// 0s customer#2 waited 0s
	// 2m3s customer#3 waited 45s
	// 5m0s customer#4 waited 0s
	// 11m20s customer#5 reneged after 4m24s
	// 11m41s customer#7 reneged after 1m10s
	// 13m39s customer#6 reneged after 5m2s
	// 3 of 6 reneged
}

// Machine shop: a machine makes parts and breaks; the repairman, who has other
// work to do, leaves that for a repair.
func Example_machineShop() {
	s, env := start(7)
	defer env.Close()
	repairman, err := env.NewResource("repairman", resource.Config{Preemptive: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	parts := 0
	machine := env.Go("machine", func(p process.Process) error {
		for {
			for left := 10 * sim.Minute; left > 0; {
				err := p.Wait(left)
				var broken *process.Interrupted
				if !errors.As(err, &broken) {
					if err != nil {
						return err
					}
					break
				}
				left = broken.Left // resume, where a restart would be 10 minutes again
				fmt.Println(p.Now(), broken.Cause, "with", left, "of the part to do")
				claim, err := repairman.Request(p, process.Ask{Priority: 1, Preempt: true})
				if err != nil {
					return err
				}
				err = p.Wait(30 * sim.Minute)
				claim.Release()
				if err != nil {
					return err
				}
				fmt.Println(p.Now(), "repaired")
			}
			parts++
		}
	})
	env.Go("breakdowns", func(p process.Process) error {
		for {
			if err := p.Wait(63 * sim.Minute); err != nil {
				return err
			}
			if err := machine.Interrupt("machine breaks"); err != nil {
				return err
			}
		}
	})
	env.Go("other work", func(p process.Process) error {
		for left := 100 * sim.Minute; left > 0; {
			claim, err := repairman.Request(p, process.Ask{Priority: 2})
			if err != nil {
				return err
			}
			err = p.Wait(left)
			var lost *process.Interrupted
			if !errors.As(err, &lost) {
				claim.Release()
				fmt.Println(p.Now(), "other work is done")
				return err
			}
			left = lost.Left
			fmt.Println(p.Now(), lost.Cause, "- other work left:", left)
		}
		return nil
	})
	finish(s, 3*sim.Hour)
	fmt.Println(parts, "parts")
	// Output:
	// 1h3m0s machine breaks with 7m0s of the part to do
	// 1h3m0s process: repairman was taken by machine - other work left: 37m0s
	// 1h33m0s repaired
	// 2h6m0s machine breaks with 4m0s of the part to do
	// 2h6m0s process: repairman was taken by machine - other work left: 4m0s
	// 2h36m0s repaired
	// 2h40m0s other work is done
	// 12 parts
}

// Car wash: a number of machines, and cars that take one when it is free.
func Example_carWash() {
	s, env := start(1)
	defer env.Close()
	wash, err := env.NewResource("wash", resource.Config{Capacity: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	car := func(p process.Process) error {
		fmt.Println(p.Now(), p.Name(), "arrives")
		claim, err := wash.Request(p, process.Ask{})
		if err != nil {
			return err
		}
		defer claim.Release()
		fmt.Println(p.Now(), p.Name(), "enters")
		if err := p.Wait(5 * sim.Minute); err != nil {
			return err
		}
		fmt.Println(p.Now(), p.Name(), "leaves")
		return nil
	}
	env.Go("source", func(p process.Process) error {
		for i := range 4 {
			env.Go(fmt.Sprint("car ", i), car)
			if i < 2 {
				continue // three cars at once, one later
			}
			if err := p.Wait(7 * sim.Minute); err != nil {
				return err
			}
		}
		return nil
	})
	finish(s, sim.Never)
	// Output:
	// 0s car 0 arrives
	// 0s car 0 enters
	// 0s car 1 arrives
	// 0s car 1 enters
	// 0s car 2 arrives
	// 5m0s car 0 leaves
	// 5m0s car 1 leaves
	// 5m0s car 2 enters
	// 7m0s car 3 arrives
	// 7m0s car 3 enters
	// 10m0s car 2 leaves
	// 12m0s car 3 leaves
}

// Warehouse: a picker takes what is for its zone, a truck leaves when it is full
// or at its time, whichever is first.
func Example_warehouse() {
	s, env := start(1)
	defer env.Close()
	type box struct {
		zone string
		n    int
	}
	belt, err := process.NewStore(env, "belt", process.StoreConfig[box]{Capacity: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	dock, err := process.NewStore(env, "dock", process.StoreConfig[box]{})
	if err != nil {
		fmt.Println(err)
		return
	}
	env.Go("inbound", func(p process.Process) error {
		for n := range 5 {
			if err := belt.Put(p, box{[]string{"cold", "dry"}[n%2], n}); err != nil {
				return err
			}
			if err := p.Wait(4 * sim.Minute); err != nil {
				return err
			}
		}
		return nil
	})
	for _, zone := range []string{"cold", "dry"} {
		env.Go("picker "+zone, func(p process.Process) error {
			for {
				b, err := belt.GetWithin(p, func(b box) bool { return b.zone == zone }, sim.Never)
				if err != nil {
					return err
				}
				if err := p.Wait(3 * sim.Minute); err != nil {
					return err
				}
				if err := dock.Put(p, b); err != nil {
					return err
				}
			}
		})
	}
	env.Go("truck", func(p process.Process) error {
		for range 2 {
			var load []box
			leaves := env.Timeout(18 * sim.Minute)
			for len(load) < 3 {
				get := dock.Getting(nil)
				if err := p.WaitFor(env.AnyOf(get, leaves)); err != nil {
					return err
				}
				b, err := get.Value()
				if errors.Is(err, process.ErrWithdrawn) {
					break // it is time; the get has left the line and takes nothing
				}
				load = append(load, b)
			}
			fmt.Println(p.Now(), "leaves with", load)
		}
		return nil
	})
	finish(s, sim.Never)
	for _, w := range s.Waiting() {
		fmt.Println(w.Who, "waits for", w.What, "since", w.Since)
	}
	// Output:
	// 11m0s leaves with [{cold 0} {dry 1} {cold 2}]
	// 29m0s leaves with [{dry 3} {cold 4}]
	// picker dry waits for an item of store belt since 15m0s
	// picker cold waits for an item of store belt since 19m0s
}

// Values of processes, and which of several things came first.
func ExampleEnv_AnyOf() {
	s, env := start(1)
	defer env.Close()
	env.Go("parent", func(p process.Process) error {
		answer := process.Go(env, "thinker", func(p process.Process) (int, error) { return 42, p.Wait(3 * sim.Second) })
		first, err := env.AnyOf(answer, env.Timeout(sim.Hour)).Wait(p)
		if err != nil {
			return err
		}
		v, err := answer.Value()
		fmt.Println(p.Now(), len(first), v, err)
		return nil
	})
	finish(s, sim.Never)
	fmt.Println(s.Now(), "is the end: the timeout has left the queue")
	// Output:
	// 3s 1 42 <nil>
	// 3s is the end: the timeout has left the queue
}
