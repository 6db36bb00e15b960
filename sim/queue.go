package sim

import "math/bits"

// A queue is a 4-ary implicit heap of small entries. The keys lie in the heap;
// the payload, the entry's place in the heap and the generation of its handle
// lie in slots, so that any event can be cancelled in O(log n) and moving an
// entry moves 24 bytes.
type queue struct {
	heap  []entry
	slots []slot
	free  []int32 // slots that hold no event, used last in first out
	seq   uint64  // insertion counter
}

type entry struct {
	at   Time
	key  uint64 // rank in the top 8 bits, insertion below
	slot int32
}

type slot struct {
	place int32 // in heap; -1 when free
	gen   uint32
	to    ActorID
	kind  int32
	arg   uint64
}

const seqBits = 56

func (a entry) before(b entry) bool {
	return a.at < b.at || a.at == b.at && a.key < b.key
}

func (q *queue) push(e Event) Handle {
	var i int32
	if n := len(q.free); n > 0 {
		i = q.free[n-1]
		q.free = q.free[:n-1]
	} else {
		i = int32(len(q.slots))
		q.slots = append(q.slots, slot{gen: 1})
	}
	s := &q.slots[i]
	s.to, s.kind, s.arg = e.To, e.Kind, e.Arg
	q.seq++
	q.heap = append(q.heap, entry{})
	q.up(len(q.heap)-1, entry{e.At, uint64(e.Rank)<<seqBits | q.seq, i})
	return Handle(s.gen)<<32 | Handle(i)
}

// pop removes the first event. The queue must not be empty.
func (q *queue) pop() Event {
	top := q.heap[0]
	e := q.event(top)
	last := len(q.heap) - 1
	x := q.heap[last]
	q.heap = q.heap[:last]
	if last > 0 {
		q.down(0, x)
	}
	q.release(top.slot)
	return e
}

func (q *queue) event(x entry) Event {
	s := &q.slots[x.slot]
	return Event{x.at, Rank(x.key >> seqBits), s.to, s.kind, s.arg}
}

// cancel removes the event that h names, if it is still pending.
func (q *queue) cancel(h Handle) bool {
	i := int32(uint32(h))
	if i < 0 || int(i) >= len(q.slots) {
		return false
	}
	s := &q.slots[i]
	if s.gen != uint32(h>>32) || s.place < 0 {
		return false
	}
	q.removeAt(int(s.place))
	q.release(i)
	return true
}

func (q *queue) removeAt(i int) {
	last := len(q.heap) - 1
	x := q.heap[last]
	q.heap = q.heap[:last]
	if i == last {
		return
	}
	if i > 0 && x.before(q.heap[(i-1)/4]) {
		q.up(i, x)
	} else {
		q.down(i, x)
	}
}

func (q *queue) release(i int32) {
	s := &q.slots[i]
	s.place = -1
	s.gen++
	if s.gen == 0 { // after 4 billion uses of one slot: 0 would make a zero Handle
		s.gen = 1
	}
	q.free = append(q.free, i)
}

// up puts x at hole i or above it.
func (q *queue) up(i int, x entry) {
	for i > 0 {
		p := (i - 1) / 4
		if !x.before(q.heap[p]) {
			break
		}
		q.set(i, q.heap[p])
		i = p
	}
	q.set(i, x)
}

// down puts x at hole i or below it.
func (q *queue) down(i int, x entry) {
	h := q.heap
	for {
		c := 4*i + 1
		if c >= len(h) {
			break
		}
		m := c
		if c+4 <= len(h) {
			m += least((*[4]entry)(h[c : c+4]))
		} else {
			for k := c + 1; k < len(h); k++ {
				if h[k].before(h[m]) {
					m = k
				}
			}
		}
		if !h[m].before(x) {
			break
		}
		q.set(i, h[m])
		i = m
	}
	q.set(i, x)
}

// least returns the index of the first of four siblings. Which one it is can't
// be predicted, so it is computed without a branch; with branches the hold model
// is a third slower (BenchmarkHold).
func least(s *[4]entry) int {
	a := earlier(&s[1], &s[0])
	b := 2 + earlier(&s[3], &s[2])
	return a ^ (a^b)&-earlier(&s[b&3], &s[a&3])
}

// earlier is 1 if a comes before b, else 0: the borrow of a 128-bit subtraction
// of (at, key). Times in a queue are not negative.
func earlier(a, b *entry) int {
	_, borrow := bits.Sub64(a.key, b.key, 0)
	_, borrow = bits.Sub64(uint64(a.at), uint64(b.at), borrow)
	return int(borrow)
}

func (q *queue) set(i int, x entry) {
	q.heap[i] = x
	q.slots[x.slot].place = int32(i)
}
