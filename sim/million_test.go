package sim

import (
	"fmt"
	"runtime"
	"testing"
)

type tickActor struct {
	id ActorID
	n  uint64
}

func (a *tickActor) Handle(s *Sim, e Event) error {
	a.n++
	_, err := s.Schedule(Event{At: s.Now() + Second, To: a.id})
	return err
}

// A million actors, each with an event pending: bytes an actor.
func BenchmarkMillionActors(b *testing.B) {
	for range b.N {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := New(Config{})
		s.Grow(1_000_000, 1_000_000)
		all := make([]tickActor, 1_000_000)
		for i := range all {
			all[i].id, _ = s.Add(fmt.Sprint("device-", i), &all[i])
			s.Schedule(Event{At: Time(i), To: all[i].id})
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "B/actor")
		b.ReportMetric(float64(after.Sys)/1e6, "MB/process")
		s.Run(ctx, 2*Second)
	}
}
