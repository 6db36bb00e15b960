package prep

import "github.com/twinsim/twinsim/sim"

// fold says what a window computes.
type fold uint8

const (
	foldMean fold = iota
	foldStd
	foldMin
	foldMax
	foldMedian
)

// part is what a run of neighbouring values folds to. A and B are, by fold: the
// sum and its compensation; the mean and the sum of squared deviations; the
// least or greatest value and 0.
type part struct {
	N    int
	A, B float64
}

// join folds two runs into one. Nothing is ever taken away again, so no error
// is left behind by values that have gone out of the window.
func (f fold) join(a, b part) part {
	if a.N == 0 {
		return b
	}
	if b.N == 0 {
		return a
	}
	n := a.N + b.N
	switch f {
	case foldMean: // Knuth's TwoSum: s + e is exactly a.A + b.A
		s := a.A + b.A
		t := s - a.A
		e := (a.A - (s - t)) + (b.A - t)
		return part{n, s, a.B + b.B + e}
	case foldStd: // Chan, Golub and LeVeque (1983)
		d := b.A - a.A
		w := float64(b.N) / float64(n)
		return part{n, a.A + d*w, a.B + b.B + d*d*(float64(a.N)*w)}
	case foldMin:
		return part{n, min(a.A, b.A), 0}
	default:
		return part{n, max(a.A, b.A), 0}
	}
}

// window is a queue of values that knows what they fold to, in O(1) amortised
// steps: the older values carry the fold of all from themselves to the end of
// the older part, the newer ones are folded as they come. When the older part
// is used up, the newer one takes its place, which costs one pass over the
// window once per window length. The error of a mean or a deviation is that of
// one pass over the window, however long it has been sliding. For medians the
// values are in two heaps instead, O(log n).
type window struct {
	Value []float64  // ring
	At    []sim.Time // ring, in windows of time only
	Head  int        // slot of the oldest
	Len   int
	Old   int    // how many of the oldest have their fold in Fold
	Fold  []part // by slot
	New   part   // of the others
	Heaps heaps  // in windows of medians only
}

// make sizes the ring for n values.
func (w *window) make(f fold, n int, timed bool) {
	*w = window{Value: make([]float64, n)}
	if timed {
		w.At = make([]sim.Time, n)
	}
	if f == foldMedian {
		w.Heaps.make(n)
	} else {
		w.Fold = make([]part, n)
	}
}

// clear forgets all values.
func (w *window) clear() {
	w.Head, w.Len, w.Old, w.New = 0, 0, 0, part{}
	w.Heaps.clear()
}

// slot returns where the i-th oldest value is.
func (w *window) slot(i int) int {
	if i += w.Head; i >= len(w.Value) {
		i -= len(w.Value)
	}
	return i
}

// push appends a value; the ring must not be full.
func (w *window) push(f fold, at sim.Time, v float64) {
	i := w.slot(w.Len)
	w.Len++
	w.Value[i] = v
	if w.At != nil {
		w.At[i] = at
	}
	if f == foldMedian {
		w.Heaps.add(w.Value, int32(i))
		return
	}
	w.New = f.join(w.New, part{1, v, 0})
}

// pop removes the oldest value; there must be one.
func (w *window) pop(f fold) {
	if f == foldMedian {
		w.Heaps.remove(w.Value, int32(w.Head))
	} else {
		if w.Old == 0 {
			w.turn(f)
		}
		w.Old--
	}
	w.Head = w.slot(1)
	w.Len--
}

// turn makes all values old ones.
func (w *window) turn(f fold) {
	var all part
	for i := w.Len - 1; i >= 0; i-- {
		s := w.slot(i)
		all = f.join(part{1, w.Value[s], 0}, all)
		w.Fold[s] = all
	}
	w.Old, w.New = w.Len, part{}
}

// total folds the whole window.
func (w *window) total(f fold) part {
	if w.Old == 0 {
		return w.New
	}
	return f.join(w.Fold[w.Head], w.New)
}

// grow moves everything into a ring of n slots, the oldest first.
func (w *window) grow(f fold, n int) {
	var g window
	g.make(f, n, w.At != nil)
	for i := 0; i < w.Len; i++ {
		s := w.slot(i)
		g.Value[i] = w.Value[s]
		if w.At != nil {
			g.At[i] = w.At[s]
		}
		if f != foldMedian {
			g.Fold[i] = w.Fold[s]
		}
	}
	g.Len, g.Old, g.New = w.Len, w.Old, w.New
	g.Heaps.moved(&w.Heaps, w.Head, len(w.Value))
	*w = g
}
