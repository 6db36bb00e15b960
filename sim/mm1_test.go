package sim

import (
	"errors"
	"testing"
)

// queueMM1 is an M/M/1 queue in event style, first come first served: the times
// of arrival wait in a ring.
type queueMM1 struct {
	id               ActorID
	arrival, service *Stream
	ring             []Time // a power of two
	head, tail       uint
	left             int
	inSystem         float64 // sum of times, s
}

const (
	arrives int32 = iota
	leaves
)

func (q *queueMM1) Handle(s *Sim, e Event) error {
	if e.Kind == arrives {
		return q.arrive(s)
	}
	q.inSystem += (s.Now() - q.ring[q.head&uint(len(q.ring)-1)]).Seconds()
	q.head++
	if q.left--; q.left == 0 {
		return errDone
	}
	if q.head == q.tail {
		return nil
	}
	return q.serve(s)
}

func (q *queueMM1) arrive(s *Sim) error {
	if q.tail-q.head == uint(len(q.ring)) {
		return errors.New("the ring is full")
	}
	q.ring[q.tail&uint(len(q.ring)-1)] = s.Now()
	q.tail++
	if q.tail-q.head == 1 {
		if err := q.serve(s); err != nil {
			return err
		}
	}
	_, err := s.Schedule(Event{At: s.Now() + Time(q.arrival.Exponential()*(1e9/0.9)), To: q.id, Kind: arrives})
	return err
}

func (q *queueMM1) serve(s *Sim) error {
	_, err := s.Schedule(Event{At: s.Now() + Time(q.service.Exponential()*1e9), To: q.id, Kind: leaves})
	return err
}

func runMM1(tb testing.TB, customers int) *queueMM1 {
	s := New(Config{})
	q := &queueMM1{arrival: s.Rand("arrival"), service: s.Rand("service"), ring: make([]Time, 1<<16), left: customers}
	q.id, _ = s.Add("queue", q)
	s.Schedule(Event{To: q.id})
	if b, ok := tb.(*testing.B); ok {
		b.ReportAllocs()
		b.ResetTimer()
	}
	if err := s.Run(ctx, Never); !errors.Is(err, errDone) {
		tb.Fatal(err)
	}
	return q
}

// FACT-20's queue, per customer, with utilisation 0.9 as in the published comparison of kernels.
func BenchmarkMM1(b *testing.B) { runMM1(b, b.N) }
