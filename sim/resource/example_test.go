package resource_test

import (
	"context"
	"fmt"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
)

// bank is two tellers and customers who leave after five minutes in line.
type bank struct {
	id        sim.ActorID
	tellers   *resource.Resource
	rand      *sim.Stream
	customers []resource.Claim // by Arg of their events; kept state
}

const (
	arrives int32 = iota
	isServed
	gaveUp
	isDone
)

func (b *bank) Handle(s *sim.Sim, e sim.Event) error {
	switch e.Kind {
	case arrives:
		if err := b.after(s, 60, arrives, e.Arg+1); err != nil {
			return err
		}
		c, granted, err := b.tellers.Request(resource.Demand{
			To: b.id, Rank: sim.RankTimer, Arg: e.Arg, Kind: isServed, ExpiredKind: gaveUp, Patience: 5 * sim.Minute,
		})
		if err != nil {
			return err
		}
		b.customers = append(b.customers, c)
		if !granted {
			return nil
		}
		return b.after(s, 110, isDone, e.Arg)
	case isServed:
		return b.after(s, 110, isDone, e.Arg)
	case isDone:
		_, err := b.tellers.Release(b.customers[e.Arg])
		return err
	}
	return nil // gave up: the claim is gone
}

// after schedules an event in an exponential time with a mean in s.
func (b *bank) after(s *sim.Sim, mean float64, kind int32, arg uint64) error {
	span, err := sim.FromSeconds(mean * b.rand.Exponential())
	if err != nil {
		return err
	}
	_, err = s.Schedule(sim.Event{At: s.Now() + span, Rank: sim.RankTimer, To: b.id, Kind: kind, Arg: arg})
	return err
}

// A bank: customers come every minute, two tellers take 110 s for one, and who has
// waited for five minutes leaves.
func Example() {
	s := sim.New(sim.Config{Seed: 1})
	b := &bank{rand: s.Rand("bank")}
	var err error
	if b.id, err = s.Add("bank", b); err != nil {
		fmt.Println(err)
	}
	if b.tellers, err = resource.New(s, "tellers", resource.Config{Capacity: 2}); err != nil {
		fmt.Println(err)
	}
	if err := s.Keep("customers", &b.customers); err != nil {
		fmt.Println(err)
	}
	if err := b.after(s, 60, arrives, 0); err != nil {
		fmt.Println(err)
	}
	if err := s.Run(context.Background(), 8*sim.Hour); err != nil {
		fmt.Println(err)
	}
	st := b.tellers.Stats()
	fmt.Printf("%d came, %d were served, %d gave up, %d wait\n", st.Arrivals, st.Grants, st.Expired, b.tellers.Len())
	fmt.Printf("waited %.0f s, utilisation %.0f %%\n", st.Wait.Mean, 100*st.Utilisation(s.Now()))
	// Output:
	// 448 came, 385 were served, 57 gave up, 6 wait
	// waited 125 s, utilisation 85 %
}

// pallet is an item of the warehouse.
type pallet struct {
	No   int
	Cold bool
}

// A warehouse: a lorry for cold goods waits until a cold pallet comes, and
// doesn't hold up the lorry behind it.
func ExampleStore() {
	s := sim.New(sim.Config{})
	var shelf *resource.Store[pallet]
	claims := make([]resource.Claim, 2)
	lorries, err := s.Add("lorries", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		p, _ := shelf.Take(claims[e.Arg])
		fmt.Printf("%v: lorry %d gets pallet %d\n", s.Now(), e.Arg, p.No)
		return nil
	}))
	if err != nil {
		fmt.Println(err)
	}
	crane, err := s.Add("crane", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		_, _, err := shelf.Put(resource.Demand{}, pallet{No: int(e.Arg), Cold: e.Arg == 3})
		return err
	}))
	if err != nil {
		fmt.Println(err)
	}
	shelf, err = resource.NewStore(s, "shelf", resource.StoreConfig[pallet]{
		Capacity: 100,
		Filters:  []func(*pallet, uint64) bool{func(p *pallet, _ uint64) bool { return p.Cold }},
	})
	if err != nil {
		fmt.Println(err)
	}
	const onlyCold = 1
	for lorry, filter := range []int32{onlyCold, 0} {
		_, claims[lorry], _, err = shelf.Get(resource.Demand{To: lorries, Arg: uint64(lorry), Filter: filter})
		if err != nil {
			fmt.Println(err)
		}
	}
	for no := range 4 {
		if _, err := s.Schedule(sim.Event{At: sim.Time(no+1) * sim.Minute, To: crane, Arg: uint64(no)}); err != nil {
			fmt.Println(err)
		}
	}
	if err := s.Run(context.Background(), sim.Hour); err != nil {
		fmt.Println(err)
	}
	fmt.Println("left:", shelf.Items())
	// Output:
	// 1m0s: lorry 1 gets pallet 0
	// 4m0s: lorry 0 gets pallet 3
	// left: [{1 false} {2 false}]
}

// Machines in two shifts with a break, closed on the second Monday.
func ExampleCalendar() {
	const monday, friday = 0, 4
	c := resource.Calendar{Exceptions: []resource.Shift{{From: 7 * sim.Day, To: 8 * sim.Day}}}
	for day := monday; day <= friday; day++ {
		c.Week = append(c.Week, resource.Daily(6*sim.Hour, 22*sim.Hour, 3, day)...)
		c.Week = append(c.Week, resource.Daily(12*sim.Hour, 12*sim.Hour+30*sim.Minute, 1, day)...)
	}
	for t := sim.Time(0); t < 13*sim.Hour; t = c.Next(t) {
		fmt.Println(t, c.At(t))
	}
	fmt.Println(c.At(7*sim.Day + 10*sim.Hour))
	// Output:
	// 0s 0
	// 6h0m0s 3
	// 12h0m0s 1
	// 12h30m0s 3
	// 0
}

// A job of ten minutes is broken off after four by a repair of three. What becomes of
// the rest is the model's choice.
func ExampleWork() {
	const (
		jobDone int32 = iota
		jobLost
		jobAgain
		repairComes
		repairDone
	)
	for _, choice := range []string{"resume", "restart", "resample"} {
		s := sim.New(sim.Config{})
		var machine *resource.Resource
		var job, repair resource.Claim
		var end sim.Handle
		var id sim.ActorID
		work := resource.NewWork(10 * sim.Minute)
		begin := func() (err error) {
			end, err = s.Schedule(sim.Event{At: work.Begin(s.Now()), To: id, Kind: jobDone})
			return err
		}
		ask := func() error {
			c, granted, err := machine.Request(resource.Demand{To: id, Kind: jobAgain, PreemptedKind: jobLost, Priority: 1})
			if job = c; granted {
				return begin()
			}
			return err
		}
		handle := func(s *sim.Sim, e sim.Event) (err error) {
			switch e.Kind {
			case jobLost:
				s.Cancel(end)
				work.Break(s.Now())
				switch choice {
				case "restart":
					work.Restart()
				case "resample":
					work = resource.NewWork(8 * sim.Minute)
				}
				return ask()
			case jobAgain:
				return begin()
			case jobDone:
				fmt.Println(choice, s.Now())
				_, err = machine.Release(job)
			case repairComes:
				if repair, _, err = machine.Request(resource.Demand{To: id, Preempt: true}); err != nil {
					return err
				}
				_, err = s.Schedule(sim.Event{At: s.Now() + 3*sim.Minute, To: id, Kind: repairDone})
			case repairDone:
				_, err = machine.Release(repair)
			}
			return err
		}
		id, _ = s.Add("shop", sim.HandlerFunc(handle))
		machine, _ = resource.New(s, "machine", resource.Config{Preemptive: true})
		_, _ = s.Schedule(sim.Event{At: 4 * sim.Minute, To: id, Kind: repairComes})
		if err := ask(); err != nil {
			fmt.Println(err)
		}
		if err := s.Run(context.Background(), sim.Hour); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// resume 13m0s
	// restart 17m0s
	// resample 15m0s
}
