package sim

import (
	"errors"
	"fmt"
	"testing"
)

var errDone = errors.New("done")

// holder reschedules its event after an exponential delay: the hold model.
type holder struct {
	id   ActorID
	r    Stream
	left int
}

func (h *holder) Handle(s *Sim, e Event) error {
	if h.left--; h.left < 0 {
		return errDone
	}
	_, err := s.Schedule(Event{At: s.Now() + delay(&h.r), To: h.id, Rank: RankTimer})
	return err
}

func delay(r *Stream) Time { return Time(r.Exponential() * 1e9) }

// One event scheduled and dispatched, with so many others pending: the kernel's
// Run, and beside it the bare loop, a 4-ary heap of 16-byte entries and nothing else.
func BenchmarkHold(b *testing.B) {
	for _, n := range []int{1, 1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("kernel/pending=%d", n), func(b *testing.B) {
			s := New(Config{})
			h := &holder{r: NewStream(1, 0, "hold"), left: b.N}
			h.id, _ = s.Add("hold", h)
			for range n {
				s.Schedule(Event{At: delay(&h.r), To: h.id, Rank: RankTimer})
			}
			b.ReportAllocs()
			b.ResetTimer()
			if err := s.Run(ctx, Never); !errors.Is(err, errDone) {
				b.Fatal(err)
			}
		})
		b.Run(fmt.Sprintf("bare/pending=%d", n), func(b *testing.B) {
			h := bareHeap{}
			r := NewStream(1, 0, "hold")
			seq := uint64(0)
			for range n {
				seq++
				h.push(bare{delay(&r), seq})
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				e := h.pop()
				seq++
				h.push(bare{e.at + delay(&r), seq})
			}
		})
	}
}

// A watchdog is cancelled and re-armed at every heartbeat: no ghosts stay behind.
func BenchmarkWatchdog(b *testing.B) {
	s := New(Config{})
	id, _ := s.Add("dog", HandlerFunc(func(*Sim, Event) error { return nil }))
	var armed [100]Handle
	b.ReportAllocs()
	for i := range b.N {
		k := i % len(armed)
		s.Cancel(armed[k])
		armed[k], _ = s.Schedule(Event{At: Time(1000 + i), To: id})
	}
	if s.Pending() > len(armed) {
		b.Fatalf("%d events pending", s.Pending())
	}
}

func BenchmarkStream(b *testing.B) {
	s := NewStream(1, 0, "x")
	for _, c := range []struct {
		name string
		draw func() float64
	}{
		{"Float64", s.Float64}, {"Normal", s.Normal}, {"Exponential", s.Exponential},
		{"NormalInv", s.NormalInv}, {"ExponentialInv", s.ExponentialInv},
		{"At", func() float64 { d := s.At(s.pos); s.pos++; return d.Float64() }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				c.draw()
			}
		})
	}
}

type bare struct {
	at  Time
	seq uint64
}

func (a bare) before(b bare) bool { return a.at < b.at || a.at == b.at && a.seq < b.seq }

type bareHeap []bare

func (q *bareHeap) push(x bare) {
	*q = append(*q, x)
	h := *q
	i := len(h) - 1
	for i > 0 {
		p := (i - 1) / 4
		if !x.before(h[p]) {
			break
		}
		h[i] = h[p]
		i = p
	}
	h[i] = x
}

func (q *bareHeap) pop() bare {
	h := *q
	top, n := h[0], len(h)-1
	x := h[n]
	*q = h[:n]
	h = h[:n]
	if n == 0 {
		return top
	}
	i := 0
	for {
		c := 4*i + 1
		if c >= n {
			break
		}
		m := c
		for k := c + 1; k < c+4 && k < n; k++ {
			if h[k].before(h[m]) {
				m = k
			}
		}
		if !h[m].before(x) {
			break
		}
		h[i] = h[m]
		i = m
	}
	h[i] = x
	return top
}
