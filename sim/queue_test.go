package sim

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// model is the queue as a sorted slice.
type modelEvent struct {
	Event
	seq int
	h   Handle
}

func byOrder(a, b modelEvent) int {
	switch {
	case a.At != b.At:
		return int(a.At - b.At)
	case a.Rank != b.Rank:
		return int(a.Rank) - int(b.Rank)
	}
	return a.seq - b.seq
}

// The queue equals a sorted slice under any mix of push, pop and cancel, also
// with handles that are spent.
func TestQueueIsASortedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := newQueue()
		var model []modelEvent
		var spent []Handle
		seq := 0
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				e := Event{
					At:   Time(rapid.IntRange(0, 20).Draw(t, "at")),
					Rank: Rank(rapid.IntRange(0, int(ranks)-1).Draw(t, "rank")),
					To:   ActorID(seq), Kind: int32(-seq), Arg: uint64(seq),
				}
				model = append(model, modelEvent{e, seq, q.push(e.At, e.Rank, e.To, e.Kind, e.Arg)})
				seq++
			},
			"pop": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip()
				}
				slices.SortFunc(model, byOrder)
				if x, p := q.pop(); x.with(p) != model[0].Event {
					t.Fatalf("pop %+v, want %+v", x.with(p), model[0].Event)
				}
				spent = append(spent, model[0].h)
				model = model[1:]
			},
			"cancel": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip()
				}
				i := rapid.IntRange(0, len(model)-1).Draw(t, "i")
				if !q.cancel(model[i].h) {
					t.Fatal("a pending event could not be cancelled")
				}
				spent = append(spent, model[i].h)
				model = slices.Delete(model, i, i+1)
			},
			"renumber": func(*rapid.T) { q.renumber() },
			"cancel spent": func(t *rapid.T) {
				for _, h := range append(spent, 0, ^Handle(0)) {
					if q.cancel(h) {
						t.Fatalf("spent handle %x cancelled something", h)
					}
				}
			},
			"": func(t *rapid.T) {
				if q.len() != len(model) {
					t.Fatalf("%d pending, want %d", q.len(), len(model))
				}
				for i := root; q.places != nil && i < q.end; i++ {
					if slot := q.heap[i].slot(); q.places[slot] != int32(i) {
						t.Fatalf("slot %d says place %d, is at %d", slot, q.places[slot], i)
					}
				}
				for _, x := range q.heap[q.end:] {
					if x != last {
						t.Fatalf("beyond the end lies %v", x)
					}
				}
			},
		})
	})
}
