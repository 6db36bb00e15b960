package sim

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// A queue is a 4-ary implicit heap of 16-byte entries, the four children of one
// entry in one cache line. The payload of an event and the generation of its
// handle lie in a slot, so that moving an entry moves 16 bytes.
//
// Where an entry lies in the heap is noted only once something is cancelled:
// from then on places are kept, so that any event is cancelled in O(log n), and
// a run that cancels nothing does not pay for it (BenchmarkHold).
type queue struct {
	heap   []entry // from root to end; what is beyond is last, to a multiple of four
	end    int
	slots  []slot
	free   []int32  // slots that hold no event, used last in first out
	seq    uint64   // insertion counter
	salts  []uint32 // by actor: the first generation of a slot that it opens
	places []int32  // by slot: where in heap; nil until something is cancelled

	// touched takes up what was loaded ahead, so that it is loaded: the candidates
	// of the level below the next in down, and the payload of the event that
	// comes next. With a million events pending that is a fourth of the time.
	touched uint32
}

type entry struct {
	at  Time
	key uint64 // rank, insertion, slot: see below
}

type slot struct {
	arg  uint64
	to   ActorID
	kind int32
	gen  uint32 // of the handle; changes when the event has run or is cancelled
}

// The parts of a key from the top: 3 bits rank, 33 insertion, 28 slot. So keys
// order events of one instant, and 268 million can be pending.
const (
	slotBits  = 28
	seqBits   = 33
	rankShift = slotBits + seqBits
	slotMask  = 1<<slotBits - 1
	seqLimit  = 1<<seqBits - 1
)

// root is where the first entry lies, so that each four siblings begin at a
// multiple of four.
const root = 3

// inCache is how many slots the nearer caches hold.
const inCache = 1 << 14

// last comes after every event.
var last = entry{Never, math.MaxUint64}

func (x entry) slot() int32 { return int32(x.key & slotMask) }

func (x entry) before(y entry) bool {
	return x.at < y.at || x.at == y.at && x.key < y.key
}

func parent(i int) int { return i/4 + 2 }

func firstChild(i int) int { return 4*i - 8 }

func newQueue() queue {
	return queue{heap: []entry{last, last, last, last}, end: root}
}

func (q *queue) len() int { return q.end - root }

// grow makes room for n more events.
func (q *queue) grow(n int) {
	q.heap = slices.Grow(q.heap, n)
	q.slots = slices.Grow(q.slots, n)
}

// next is the time of the first event, or Never.
func (q *queue) next() Time { return q.heap[root].at }

// full reports whether no slot is left.
func (q *queue) full() bool { return len(q.free) == 0 && len(q.slots) == slotMask+1 }

// push adds an event. The queue must not be full.
func (q *queue) push(at Time, rank Rank, to ActorID, kind int32, arg uint64) Handle {
	if q.seq == seqLimit {
		q.renumber()
	}
	q.seq++
	var i int32
	if n := len(q.free) - 1; n >= 0 {
		i = q.free[n]
		q.free = q.free[:n]
	} else {
		i = q.newSlot(to)
	}
	s := &q.slots[i]
	s.arg, s.to, s.kind = arg, to, kind
	q.insert(entry{at, uint64(rank)<<rankShift | q.seq<<slotBits | uint64(i)})
	return Handle(s.gen)<<32 | Handle(i)
}

// newSlot opens a slot. Its first generation goes by the actor's name, so that a
// handle that an actor took before a Load, which the snapshot does not know, does
// not name the event of another.
func (q *queue) newSlot(to ActorID) int32 {
	gen := uint32(1)
	if int(to) < len(q.salts) {
		gen = q.salts[to]
	}
	q.slots = append(q.slots, slot{gen: gen})
	if q.places != nil {
		q.places = append(q.places, 0)
	}
	return int32(len(q.slots) - 1)
}

func (q *queue) insert(x entry) {
	if q.end == len(q.heap) {
		q.heap = append(q.heap, last, last, last, last)
	}
	q.end++
	q.up(q.end-1, x)
}

// pop removes the first event. The queue must not be empty. It and push pass an
// event in parts, which stay in registers: copied as a whole, it is loaded wider
// than it was just stored, and the processor waits.
func (q *queue) pop() (entry, slot) {
	top := q.heap[root]
	i := top.slot()
	p := q.slots[i]
	q.removeAt(root)
	q.release(i)
	if next := q.heap[root].slot(); len(q.slots) > inCache && q.end > root {
		q.touched ^= q.slots[next].gen
	}
	return top, p
}

// peek returns the first event and its handle. The queue must not be empty.
func (q *queue) peek() (Event, Handle) {
	x := q.heap[root]
	return q.event(x), Handle(q.slots[x.slot()].gen)<<32 | Handle(x.slot())
}

func (q *queue) event(x entry) Event { return x.with(q.slots[x.slot()]) }

func (x entry) with(s slot) Event {
	return Event{x.at, Rank(x.key >> rankShift), s.to, s.kind, s.arg}
}

// cancel removes the event that h names, if it is still pending.
func (q *queue) cancel(h Handle) bool {
	i := int64(uint32(h))
	if i >= int64(len(q.slots)) || q.slots[i].gen != uint32(h>>32) {
		return false
	}
	if q.places == nil {
		q.track()
	}
	if q.places[i] < root { // a handle of another run
		return false
	}
	q.removeAt(int(q.places[i]))
	q.release(int32(i))
	return true
}

// track begins to keep places.
func (q *queue) track() {
	q.places = make([]int32, len(q.slots), cap(q.slots))
	for i := root; i < q.end; i++ {
		q.places[q.heap[i].slot()] = int32(i)
	}
}

func (q *queue) removeAt(i int) {
	q.end--
	x := q.heap[q.end]
	q.heap[q.end] = last
	switch {
	case i == q.end:
	case i > root && x.before(q.heap[parent(i)]):
		q.up(i, x)
	default:
		q.down(i, x)
	}
}

// release makes the handle of a slot stale.
func (q *queue) release(i int32) {
	s := &q.slots[i]
	s.gen++
	if s.gen == 0 { // after 4 billion uses of one slot: 0 would make a zero Handle
		s.gen = 1
	}
	if q.places != nil {
		q.places[i] = 0
	}
	q.free = append(q.free, i)
}

// up puts x at hole i or above it.
func (q *queue) up(i int, x entry) {
	h := q.heap
	for i > root {
		p := parent(i)
		if !x.before(h[p]) {
			break
		}
		q.set(i, h[p])
		i = p
	}
	q.set(i, x)
}

// down puts x at hole i or below it.
func (q *queue) down(i int, x entry) {
	h := q.heap
	for {
		c := firstChild(i)
		if c >= q.end {
			break
		}
		if g := firstChild(c); g+16 <= len(h) {
			w := (*[16]entry)(h[g : g+16])
			q.touched ^= uint32(w[0].key ^ w[4].key ^ w[8].key ^ w[12].key)
		}
		c += least((*[4]entry)(h[c : c+4]))
		if !h[c].before(x) {
			break
		}
		q.set(i, h[c])
		i = c
	}
	q.set(i, x)
}

func (q *queue) set(i int, x entry) {
	q.heap[i] = x
	if q.places != nil {
		q.places[x.slot()] = int32(i)
	}
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

// renumber gives the pending events small insertion numbers in the same order,
// which it does once in 8 billion events.
func (q *queue) renumber() {
	pending := q.heap[root:q.end]
	order := make([]int, len(pending))
	for i := range order {
		order[i] = i
	}
	seq := func(x entry) uint64 { return x.key >> slotBits & seqLimit }
	slices.SortFunc(order, func(a, b int) int { return int(seq(pending[a])) - int(seq(pending[b])) })
	for n, i := range order {
		x := &pending[i]
		x.key = x.key&^(seqLimit<<slotBits) | uint64(n+1)<<slotBits
	}
	q.seq = uint64(len(order))
}

// errFull is for a queue that has no slot left.
var errFull = fmt.Errorf("sim: %d events are pending, more than the queue holds; does a handler schedule without end?", slotMask+1)
