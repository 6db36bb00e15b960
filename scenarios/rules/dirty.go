package rules

import "math/bits"

// Dirty is a set of rule instances, which gives them back in ascending order: in
// file order, and within a rule by instance. It is plain data and can be saved
// with the run. Make it with [Index.NewDirty].
type Dirty struct {
	Bits  []uint64 // one bit per id
	Words []uint64 // one bit per word of Bits that is not 0
	Pages []uint64 // one bit per word of Words that is not 0
}

func newDirty(ids int) Dirty {
	words := (ids + 63) / 64
	pages := (words + 63) / 64
	return Dirty{make([]uint64, words), make([]uint64, pages), make([]uint64, (pages+63)/64)}
}

// Add puts an instance into the set.
func (d *Dirty) Add(id int32) {
	w := uint32(id) >> 6
	d.Bits[w] |= 1 << (uint32(id) & 63)
	d.Words[w>>6] |= 1 << (w & 63)
	d.Pages[w>>12] |= 1 << (w >> 6 & 63)
}

// AddRange puts the n instances from id on into the set.
func (d *Dirty) AddRange(id, n int32) {
	for n > 0 {
		first := uint32(id) & 63
		k := min(n, 64-int32(first))
		w := uint32(id) >> 6
		d.Bits[w] |= (^uint64(0) >> (64 - uint(k))) << first
		d.Words[w>>6] |= 1 << (w & 63)
		d.Pages[w>>12] |= 1 << (w >> 6 & 63)
		id, n = id+k, n-k
	}
}

// Pop takes the lowest instance out of the set.
func (d *Dirty) Pop() (id int32, ok bool) {
	for p, page := range d.Pages {
		if page == 0 {
			continue
		}
		v := uint32(p<<6 | bits.TrailingZeros64(page))
		w := v<<6 | uint32(bits.TrailingZeros64(d.Words[v]))
		b := d.Bits[w]
		id = int32(w<<6 | uint32(bits.TrailingZeros64(b)))
		b &= b - 1
		d.Bits[w] = b
		if b == 0 {
			d.Words[v] &^= 1 << (w & 63)
			if d.Words[v] == 0 {
				d.Pages[p] &^= 1 << (v & 63)
			}
		}
		return id, true
	}
	return 0, false
}

// Empty reports whether nothing is in the set.
func (d *Dirty) Empty() bool {
	for _, page := range d.Pages {
		if page != 0 {
			return false
		}
	}
	return true
}
