package resource

// A line is a list of slots in order of arrival (FIFO, LIFO), where all is
// O(1), or a binary heap (priorities, custom orders), where joining and leaving
// is O(log n) from any place. A slot is in one line at most.
type line struct {
	Head, Tail int32
	Heap       []int32
	N          int32
}

// order says how a line is kept. It is part of the build.
type order struct {
	discipline Discipline
	before     func(a, b *Waiter) bool
	worst      bool // the lowest priority first, of equal ones the latest: who is pre-empted
}

func (o *order) heap() bool { return o.worst || o.before != nil || o.discipline == Priority }

// ahead reports whether slot i comes before slot j, both in the order of the
// line, or i about to join.
func (o *order) ahead(slots []slot, i, j int32) bool {
	a, b := &slots[i].Waiter, &slots[j].Waiter
	switch {
	case o.worst:
		return a.worse(b)
	case o.before != nil:
		if o.before(a, b) {
			return true
		}
		if o.before(b, a) {
			return false
		}
	case o.discipline == LIFO:
		return a.Turn > b.Turn
	case o.discipline == Priority && a.Priority != b.Priority:
		return a.Priority < b.Priority
	}
	return a.Turn < b.Turn
}

// worse reports whether a loses its claim before b.
func (w *Waiter) worse(b *Waiter) bool {
	if w.Priority != b.Priority {
		return w.Priority > b.Priority
	}
	return w.Turn > b.Turn
}

// first returns the slot that is next, or 0.
func (l *line) first(o *order) int32 {
	if o.heap() {
		if len(l.Heap) == 0 {
			return 0
		}
		return l.Heap[0]
	}
	return l.Head
}

func (l *line) join(o *order, slots []slot, i int32) {
	l.N++
	s := &slots[i]
	switch {
	case o.heap():
		l.Heap = append(l.Heap, i)
		l.up(o, slots, len(l.Heap)-1, i)
	case o.discipline == LIFO:
		s.Prev, s.Next = 0, l.Head
		if l.Head != 0 {
			slots[l.Head].Prev = i
		} else {
			l.Tail = i
		}
		l.Head = i
	default:
		s.Prev, s.Next = l.Tail, 0
		if l.Tail != 0 {
			slots[l.Tail].Next = i
		} else {
			l.Head = i
		}
		l.Tail = i
	}
}

func (l *line) leave(o *order, slots []slot, i int32) {
	l.N--
	s := &slots[i]
	if !o.heap() {
		if s.Prev != 0 {
			slots[s.Prev].Next = s.Next
		} else {
			l.Head = s.Next
		}
		if s.Next != 0 {
			slots[s.Next].Prev = s.Prev
		} else {
			l.Tail = s.Prev
		}
		s.Prev, s.Next = 0, 0
		return
	}
	at, n := int(s.Prev), len(l.Heap)-1
	last := l.Heap[n]
	l.Heap = l.Heap[:n]
	s.Prev = 0
	if at == n {
		return
	}
	if at > 0 && o.ahead(slots, last, l.Heap[(at-1)/2]) {
		l.up(o, slots, at, last)
	} else {
		l.down(o, slots, at, last)
	}
}

// up puts slot i at hole k or above it. In a heap a slot's Prev is its place.
func (l *line) up(o *order, slots []slot, k int, i int32) {
	for k > 0 {
		p := (k - 1) / 2
		j := l.Heap[p]
		if !o.ahead(slots, i, j) {
			break
		}
		l.Heap[k], slots[j].Prev = j, int32(k)
		k = p
	}
	l.Heap[k], slots[i].Prev = i, int32(k)
}

// down puts slot i at hole k or below it.
func (l *line) down(o *order, slots []slot, k int, i int32) {
	for {
		c := 2*k + 1
		if c >= len(l.Heap) {
			break
		}
		if c+1 < len(l.Heap) && o.ahead(slots, l.Heap[c+1], l.Heap[c]) {
			c++
		}
		j := l.Heap[c]
		if !o.ahead(slots, j, i) {
			break
		}
		l.Heap[k], slots[j].Prev = j, int32(k)
		k = c
	}
	l.Heap[k], slots[i].Prev = i, int32(k)
}

// each calls f with the slots of the line, a heap's in any order (but the same
// in every run), until f returns false. f must not change the line.
func (l *line) each(o *order, slots []slot, f func(i int32) bool) {
	if o.heap() {
		for _, i := range l.Heap {
			if !f(i) {
				return
			}
		}
		return
	}
	for i := l.Head; i != 0; i = slots[i].Next {
		if !f(i) {
			return
		}
	}
}
