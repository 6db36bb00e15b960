package resource

import (
	"context"
	"errors"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

var errEnough = errors.New("enough")

// mm1 is an M/M/1 queue, event-style: customers come, hold the teller, leave.
type mm1 struct {
	id     sim.ActorID
	r      *Resource
	store  *Store[sim.Time] // instead of r: items are arrival times
	rand   *sim.Stream
	claims []Claim // by customer, a ring
	n      uint64
	left   int
}

const (
	mm1Arrival int32 = iota
	mm1Grant
	mm1End
)

func (m *mm1) after(s *sim.Sim, mean float64, kind int32, arg uint64) error {
	_, err := s.Schedule(sim.Event{At: s.Now() + sim.Time(mean*m.rand.Exponential()*1e9), Rank: sim.RankTimer, To: m.id, Kind: kind, Arg: arg})
	return err
}

func (m *mm1) Handle(s *sim.Sim, e sim.Event) error {
	switch e.Kind {
	case mm1Arrival:
		if m.left--; m.left < 0 {
			return errEnough
		}
		m.n++
		arg := m.n & uint64(len(m.claims)-1)
		c, granted, err := m.r.Request(Demand{To: m.id, Rank: sim.RankTimer, Kind: mm1Grant, Arg: arg})
		if err != nil {
			return err
		}
		m.claims[arg] = c
		if granted {
			if err := m.after(s, 0.9, mm1End, arg); err != nil {
				return err
			}
		}
		return m.after(s, 1, mm1Arrival, 0)
	case mm1Grant:
		return m.after(s, 0.9, mm1End, e.Arg)
	}
	_, err := m.r.Release(m.claims[e.Arg])
	return err
}

func BenchmarkMM1(b *testing.B) {
	s := sim.New(sim.Config{Seed: 1})
	m := &mm1{rand: s.Rand("mm1"), claims: make([]Claim, 1<<12)}
	m.id, _ = s.Add("mm1", m)
	m.r, _ = New(s, "teller", Config{})
	m.run(b, s, 1<<14) // the steady state
	m.run(b, s, b.N)
}

func (m *mm1) run(b *testing.B, s *sim.Sim, n int) {
	m.left = n
	if m.n == 0 {
		if err := m.after(s, 1, mm1Arrival, 0); err != nil {
			b.Fatal(err)
		}
	} else if err := m.after(s, 0, mm1Arrival, 0); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := s.Run(context.Background(), sim.Never); !errors.Is(err, errEnough) {
		b.Fatal(err)
	}
}

// mm1Store is an M/M/1 queue as a store: customers are items, the server gets
// one after another.
type mm1Store struct{ mm1 }

func (m *mm1Store) Handle(s *sim.Sim, e sim.Event) error {
	switch e.Kind {
	case mm1Arrival:
		if m.left--; m.left < 0 {
			return errEnough
		}
		if _, _, err := m.store.Put(Demand{}, s.Now()); err != nil {
			return err
		}
		return m.after(s, 1, mm1Arrival, 0)
	case mm1Grant:
		if _, ok := m.store.Take(m.claims[0]); !ok {
			return errors.New("no item")
		}
		return m.after(s, 0.9, mm1End, 0)
	}
	_, c, got, err := m.store.Get(Demand{To: m.id, Rank: sim.RankTimer, Kind: mm1Grant})
	m.claims[0] = c
	if !got || err != nil {
		return err
	}
	return m.after(s, 0.9, mm1End, 0)
}

func BenchmarkMM1Store(b *testing.B) {
	s := sim.New(sim.Config{Seed: 1})
	m := &mm1Store{mm1{rand: s.Rand("mm1"), claims: make([]Claim, 1)}}
	m.id, _ = s.Add("mm1", m)
	m.store, _ = NewStore(s, "line", StoreConfig[sim.Time]{})
	if err := m.after(s, 0, mm1End, 0); err != nil {
		b.Fatal(err)
	}
	m.run(b, s, 1<<14)
	m.n++
	m.run(b, s, b.N)
}

// A demand with patience that joins a line of n by priority and is withdrawn:
// it costs the same wherever it stands, and leaves nothing behind.
func BenchmarkRenege(b *testing.B) {
	s := sim.New(sim.Config{})
	id, _ := s.Add("client", sim.HandlerFunc(func(*sim.Sim, sim.Event) error { return nil }))
	r, _ := New(s, "crane", Config{Discipline: Priority})
	var claims [1024]Claim
	d := Demand{To: id, Patience: sim.Hour}
	_, _, _ = r.Request(d)
	for i := range claims {
		d.Priority = int32(i * 7919 % 1024)
		claims[i], _, _ = r.Request(d)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		k := i % len(claims)
		if ok, _ := r.Release(claims[k]); !ok {
			b.Fatal("not in line")
		}
		d.Priority = int32(i * 7919 % 1024)
		claims[k], _, _ = r.Request(d)
	}
	b.StopTimer()
	if s.Pending() != len(claims) {
		b.Fatalf("%d events pending", s.Pending())
	}
}

// Each request pre-empts the one before, among so many holders.
func BenchmarkPreempt(b *testing.B) {
	s := sim.New(sim.Config{})
	id, _ := s.Add("client", sim.HandlerFunc(func(*sim.Sim, sim.Event) error { return nil }))
	r, _ := New(s, "beds", Config{Capacity: 100, Preemptive: true})
	for range 100 {
		_, _, _ = r.Request(Demand{To: id, Priority: 1 << 30})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		if _, ok, err := r.Request(Demand{To: id, Priority: int32(1<<30 - 1 - i/100), Preempt: true}); !ok || err != nil {
			b.Fatal(ok, err)
		}
		if i%100 == 0 {
			if err := s.Run(context.Background(), s.Now()+1); err != nil {
				b.Fatal(err)
			}
		}
	}
}
