package resource

import (
	"context"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// desk of customers: each holds for a time, and notes when.
type bench struct {
	t     *testing.T
	s     *sim.Sim
	id    sim.ActorID
	on    func(*sim.Sim, sim.Event)
	ended []int
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, s: sim.New(sim.Config{})}
	id, err := b.s.Add("client", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		b.on(s, e)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	b.id = id
	return b
}

func (b *bench) run(until sim.Time) {
	b.t.Helper()
	if err := b.s.Run(context.Background(), until); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) at(t sim.Time, kind int32, arg uint64) {
	b.t.Helper()
	if _, err := b.s.Schedule(sim.Event{At: t, Rank: sim.RankPlant, To: b.id, Kind: kind, Arg: arg}); err != nil {
		b.t.Fatal(err)
	}
}

// Three units, nine users of 1 s: served at 0,0,0,1,1,1,2,2,2.
func TestSlots(t *testing.T) {
	b := newBench(t)
	r, err := New(b.s, "slots", Config{Capacity: 3})
	if err != nil {
		t.Fatal(err)
	}
	var claims [9]Claim
	var got []sim.Time
	const come, granted, done = 0, 1, 2
	b.on = func(s *sim.Sim, e sim.Event) {
		switch e.Kind {
		case come:
			c, ok, err := r.Request(Demand{To: b.id, Kind: granted, Arg: e.Arg})
			if err != nil {
				t.Fatal(err)
			}
			claims[e.Arg] = c
			if !ok {
				return
			}
			fallthrough
		case granted:
			got = append(got, s.Now()/sim.Second)
			b.at(s.Now()+sim.Second, done, e.Arg)
		case done:
			if ok, err := r.Release(claims[e.Arg]); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
	}
	for i := range claims {
		b.at(0, come, uint64(i))
	}
	b.run(sim.Never)
	for i, at := range got {
		if at != sim.Time(i/3) {
			t.Fatalf("served at %v", got)
		}
	}
	if st := r.Stats(); st.Grants != 9 || st.Wait.Sum() != 9 || st.Length.Area(b.s.Now()) != 9 || st.Utilisation(b.s.Now()) != 1 {
		t.Errorf("%+v", st)
	}
}
