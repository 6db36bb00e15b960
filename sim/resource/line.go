package resource

import "slices"

// A line is a list in order of arrival (FIFO, LIFO), where all is O(1), or a
// binary heap (priorities, orders of one's own), where joining and leaving is
// O(log n) from any place. Its members are indices from 1 into a table with one
// link each; what is in no line has no use for its link.
type line struct {
	Head, Tail int32
	Heap       []int32
	N          int32
}

// A link is where a member stands: its neighbours in a list; its place in a heap
// is Prev.
type link struct {
	Prev, Next int32
}

// An order says how a line is kept. It is part of the build.
type order struct {
	heap  bool
	lifo  bool                  // of a list
	ahead func(i, j int32) bool // a strict total order of the members
}

// first returns the member that is next, or 0.
func (l *line) first(o *order) int32 {
	if !o.heap {
		return l.Head
	}
	if len(l.Heap) == 0 {
		return 0
	}
	return l.Heap[0]
}

func (l *line) join(o *order, links []link, i int32) {
	l.N++
	switch {
	case o.heap:
		l.Heap = append(l.Heap, i)
		l.up(o, links, len(l.Heap)-1, i)
	case o.lifo:
		l.put(links, 0, i)
	default:
		l.put(links, l.Tail, i)
	}
}

// insert is join for one that may have been in the line before: it takes the
// place that the order gives it. At either end of a list that is O(1).
func (l *line) insert(o *order, links []link, i int32) {
	if o.heap || l.Head == 0 {
		l.join(o, links, i)
		return
	}
	l.N++
	after := l.Tail
	if o.ahead(i, l.Head) {
		after = 0
	}
	for after != 0 && o.ahead(i, after) {
		after = links[after].Prev
	}
	l.put(links, after, i)
}

// put puts i into a list after another, or 0.
func (l *line) put(links []link, after, i int32) {
	next := l.Head
	if after != 0 {
		next = links[after].Next
		links[after].Next = i
	} else {
		l.Head = i
	}
	links[i] = link{after, next}
	if next != 0 {
		links[next].Prev = i
	} else {
		l.Tail = i
	}
}

func (l *line) leave(o *order, links []link, i int32) {
	l.N--
	k := links[i]
	if !o.heap {
		if k.Prev != 0 {
			links[k.Prev].Next = k.Next
		} else {
			l.Head = k.Next
		}
		if k.Next != 0 {
			links[k.Next].Prev = k.Prev
		} else {
			l.Tail = k.Prev
		}
		return
	}
	at, n := int(k.Prev), len(l.Heap)-1
	last := l.Heap[n]
	l.Heap = l.Heap[:n]
	if at == n {
		return
	}
	if at > 0 && o.ahead(last, l.Heap[(at-1)/2]) {
		l.up(o, links, at, last)
	} else {
		l.down(o, links, at, last)
	}
}

// up puts i at hole k or above it.
func (l *line) up(o *order, links []link, k int, i int32) {
	for k > 0 {
		p := (k - 1) / 2
		j := l.Heap[p]
		if !o.ahead(i, j) {
			break
		}
		l.Heap[k], links[j].Prev = j, int32(k)
		k = p
	}
	l.Heap[k], links[i].Prev = i, int32(k)
}

// down puts i at hole k or below it.
func (l *line) down(o *order, links []link, k int, i int32) {
	for {
		c := 2*k + 1
		if c >= len(l.Heap) {
			break
		}
		if c+1 < len(l.Heap) && o.ahead(l.Heap[c+1], l.Heap[c]) {
			c++
		}
		j := l.Heap[c]
		if !o.ahead(j, i) {
			break
		}
		l.Heap[k], links[j].Prev = j, int32(k)
		k = c
	}
	l.Heap[k], links[i].Prev = i, int32(k)
}

// each calls f with the members, those of a heap in any order (but the same in
// every run), until f returns false. f must not change the line.
func (l *line) each(o *order, links []link, f func(i int32) bool) {
	if o.heap {
		for _, i := range l.Heap {
			if !f(i) {
				return
			}
		}
		return
	}
	for i := l.Head; i != 0; i = links[i].Next {
		if !f(i) {
			return
		}
	}
}

// pick returns the first member for which fits says true, or 0, in O(n) if that
// is not the first of all.
func (l *line) pick(o *order, links []link, fits func(i int32) bool) int32 {
	head := l.first(o)
	if head == 0 || fits(head) {
		return head
	}
	best := int32(0)
	l.each(o, links, func(i int32) bool {
		if i != head && (best == 0 || o.ahead(i, best)) && fits(i) {
			best = i
		}
		return o.heap || best == 0
	})
	return best
}

// sorted returns the members, the next one first.
func (l *line) sorted(o *order, links []link) []int32 {
	all := make([]int32, 0, l.N)
	l.each(o, links, func(i int32) bool {
		all = append(all, i)
		return true
	})
	if o.heap {
		slices.SortFunc(all, func(a, b int32) int {
			switch {
			case a == b:
				return 0
			case o.ahead(a, b):
				return -1
			}
			return 1
		})
	}
	return all
}
