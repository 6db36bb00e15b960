package prep

// heaps keeps the lower half of a window's values in a max-heap and the upper
// half in a min-heap, as slots of the window's ring, so that the median is at
// the tops and any value can be removed in O(log n).
type heaps struct {
	Low, High []int32 // slots; len(Low) is len(High) or one more
	Pos       []int32 // by slot: position p in Low as p, in High as -p-1
}

func (h *heaps) make(n int) {
	h.Low, h.High = make([]int32, 0, n/2+2), make([]int32, 0, n/2+2)
	h.Pos = make([]int32, n)
}

func (h *heaps) clear() { h.Low, h.High = h.Low[:0], h.High[:0] }

// median returns the middle value, or the mean of the two middle ones; there
// must be one.
func (h *heaps) median(v []float64) float64 {
	a := v[h.Low[0]]
	if len(h.Low) > len(h.High) {
		return a
	}
	return middle(a, v[h.High[0]])
}

// middle is the mean of two finite values; it does not overflow.
func middle(a, b float64) float64 {
	if s := a + b; s-s == 0 {
		return s / 2
	}
	return a/2 + b/2
}

func (h *heaps) add(v []float64, slot int32) {
	if len(h.Low) == 0 || v[slot] <= v[h.Low[0]] {
		h.push(v, true, slot)
	} else {
		h.push(v, false, slot)
	}
	h.balance(v)
}

func (h *heaps) remove(v []float64, slot int32) {
	if p := h.Pos[slot]; p >= 0 {
		h.take(v, true, int(p))
	} else {
		h.take(v, false, int(-p-1))
	}
	h.balance(v)
}

func (h *heaps) balance(v []float64) {
	for len(h.Low) > len(h.High)+1 {
		h.push(v, false, h.take(v, true, 0))
	}
	for len(h.Low) < len(h.High) {
		h.push(v, true, h.take(v, false, 0))
	}
}

func (h *heaps) side(low bool) *[]int32 {
	if low {
		return &h.Low
	}
	return &h.High
}

// put writes slot to position p and notes where it is.
func (h *heaps) put(low bool, p int, slot int32) {
	(*h.side(low))[p] = slot
	if low {
		h.Pos[slot] = int32(p)
	} else {
		h.Pos[slot] = int32(-p - 1)
	}
}

func (h *heaps) push(v []float64, low bool, slot int32) {
	s := h.side(low)
	*s = append(*s, slot)
	h.up(v, low, len(*s)-1, slot)
}

// take removes and returns the slot at position p.
func (h *heaps) take(v []float64, low bool, p int) int32 {
	s := h.side(low)
	out, last := (*s)[p], (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	if p < len(*s) {
		h.up(v, low, h.down(v, low, p, last), last)
	}
	return out
}

// above reports whether a belongs nearer to the top than b.
func above(low bool, a, b float64) bool {
	if low {
		return a > b
	}
	return a < b
}

// up moves slot from the hole at p towards the top and puts it down.
func (h *heaps) up(v []float64, low bool, p int, slot int32) {
	s := *h.side(low)
	for p > 0 {
		parent := (p - 1) / 2
		if !above(low, v[slot], v[s[parent]]) {
			break
		}
		h.put(low, p, s[parent])
		p = parent
	}
	h.put(low, p, slot)
}

// down moves the hole at p away from the top until slot may stand there, and
// returns where it is then.
func (h *heaps) down(v []float64, low bool, p int, slot int32) int {
	s := *h.side(low)
	for {
		child := 2*p + 1
		if child >= len(s) {
			return p
		}
		if child+1 < len(s) && above(low, v[s[child+1]], v[s[child]]) {
			child++
		}
		if !above(low, v[s[child]], v[slot]) {
			return p
		}
		h.put(low, p, s[child])
		p = child
	}
}

// moved takes over the heaps of a ring of n slots that has been unrolled from
// slot head on.
func (h *heaps) moved(from *heaps, head, n int) {
	for _, low := range [...]bool{true, false} {
		for p, slot := range *from.side(low) {
			s := h.side(low)
			*s = append(*s, 0)
			h.put(low, p, int32((int(slot)-head+n)%n))
		}
	}
}
