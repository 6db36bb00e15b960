package process

import "slices"

// stocked is an item with its number, which keeps the order of equal ones and
// brings an item that is given back to its place.
type stocked[T any] struct {
	v   T
	seq uint64
}

// A shelf holds the items of a store: a ring in the order of their numbers or,
// with before, a binary heap.
type shelf[T any] struct {
	before func(a, b T) bool
	ring   ring[stocked[T]]
	heap   []stocked[T]
}

// The next item is at index 0.

func (q *shelf[T]) len() int { return q.ring.n + len(q.heap) }

// find returns the index of the next item that a filter takes, or -1.
func (q *shelf[T]) find(filter func(T) bool) int {
	if q.len() == 0 {
		return -1
	}
	if filter == nil {
		return 0
	}
	for i := range q.ring.n {
		if filter(q.ring.at(i).v) {
			return i
		}
	}
	best := -1
	for i, x := range q.heap {
		if (best < 0 || q.ahead(x, q.heap[best])) && filter(x.v) {
			best = i
		}
	}
	return best
}

// add puts an item to its place.
func (q *shelf[T]) add(x stocked[T]) {
	if q.before != nil {
		q.heap = append(q.heap, x)
		q.up(len(q.heap) - 1)
		return
	}
	if n := q.ring.n; n == 0 || q.ring.at(n-1).seq < x.seq {
		q.ring.push(x)
		return
	}
	if q.ring.at(0).seq > x.seq {
		q.ring.pushFront(x)
		return
	}
	i := 1
	for q.ring.at(i).seq < x.seq {
		i++
	}
	q.ring.insert(i, x)
}

func (q *shelf[T]) remove(i int) stocked[T] {
	if q.before == nil {
		if i == 0 {
			return q.ring.pop()
		}
		return q.ring.remove(i)
	}
	x, n := q.heap[i], len(q.heap)-1
	q.heap[i] = q.heap[n]
	q.heap[n] = stocked[T]{}
	q.heap = q.heap[:n]
	if i < n && !q.up(i) {
		q.down(i)
	}
	return x
}

func (q *shelf[T]) ahead(a, b stocked[T]) bool {
	switch {
	case q.before(a.v, b.v):
		return true
	case q.before(b.v, a.v):
		return false
	}
	return a.seq < b.seq
}

func (q *shelf[T]) up(i int) bool {
	moved := false
	for i > 0 && q.ahead(q.heap[i], q.heap[(i-1)/2]) {
		q.heap[i], q.heap[(i-1)/2] = q.heap[(i-1)/2], q.heap[i]
		i, moved = (i-1)/2, true
	}
	return moved
}

func (q *shelf[T]) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(q.heap) {
			return
		}
		if c+1 < len(q.heap) && q.ahead(q.heap[c+1], q.heap[c]) {
			c++
		}
		if !q.ahead(q.heap[c], q.heap[i]) {
			return
		}
		q.heap[i], q.heap[c] = q.heap[c], q.heap[i]
		i = c
	}
}

// inOrder returns the items in the order in which they will be given.
func (q *shelf[T]) inOrder() []T {
	all := slices.Clone(q.heap)
	slices.SortFunc(all, func(a, b stocked[T]) int {
		switch {
		case a.seq == b.seq:
			return 0
		case q.ahead(a, b):
			return -1
		}
		return 1
	})
	for i := range q.ring.n {
		all = append(all, *q.ring.at(i))
	}
	out := make([]T, len(all))
	for i, x := range all {
		out[i] = x.v
	}
	return out
}

// A list is a line of those who wait for a store.
type list[T any, P linked[T]] struct {
	first, last *T
	n           int
}

// links are in what stands in a list.
type links[T any] struct{ prev, next *T }

type linked[T any] interface {
	*T
	link() *links[T]
}

func (l *links[T]) link() *links[T] { return l }

func (q *list[T, P]) push(x *T) {
	k := P(x).link()
	k.prev, k.next = q.last, nil
	if q.last == nil {
		q.first = x
	} else {
		P(q.last).link().next = x
	}
	q.last = x
	q.n++
}

func (q *list[T, P]) remove(x *T) {
	k := P(x).link()
	if k.prev == nil {
		q.first = k.next
	} else {
		P(k.prev).link().next = k.next
	}
	if k.next == nil {
		q.last = k.prev
	} else {
		P(k.next).link().prev = k.prev
	}
	k.prev, k.next = nil, nil
	q.n--
}
