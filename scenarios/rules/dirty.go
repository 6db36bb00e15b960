package rules

import "math/bits"

// Dirty is a set of rule instances, which gives them back in ascending order: in
// file order, and within a rule by instance. It is plain data and can be saved
// with the run. Make it with [Index.NewDirty].
type Dirty struct {
	Bits  []uint64 // one bit per id
	Words []uint64 // one bit per word of Bits that may not be 0
	Pages []uint64 // one bit per word of Words that is not 0
	Low   uint32   // no word of Bits before this one has a bit
}

func newDirty(ids int) Dirty {
	words := max(1, (ids+63)/64)
	pages := (words + 63) / 64
	return Dirty{Bits: make([]uint64, words), Words: make([]uint64, pages), Pages: make([]uint64, (pages+63)/64)}
}

// Add puts an instance into the set.
func (d *Dirty) Add(id int32) { d.add(uint32(id)>>6, 1<<(uint32(id)&63)) }

// AddRange puts the n instances from id on into the set.
func (d *Dirty) AddRange(id, n int32) {
	for n > 0 {
		w, mask, k := within64(id, n)
		d.add(w, mask)
		id, n = id+k, n-k
	}
}

// within64 returns those of the n ids from id on that are in id's word, and how
// many they are.
func within64(id, n int32) (word uint32, mask uint64, k int32) {
	first := id & 63
	k = min(n, 64-first)
	return uint32(id) >> 6, (^uint64(0) >> (64 - uint(k))) << uint(first), k
}

func (d *Dirty) add(w uint32, mask uint64) {
	d.Bits[w] |= mask
	d.Words[w>>6] |= 1 << (w & 63)
	d.Pages[w>>12] |= 1 << (w >> 6 & 63)
	d.Low = min(d.Low, w)
}

// Pop takes the lowest instance out of the set.
func (d *Dirty) Pop() (id int32, ok bool) {
	b := d.Bits[d.Low]
	if b == 0 {
		if !d.find() {
			return 0, false
		}
		b = d.Bits[d.Low]
	}
	d.Bits[d.Low] = b & (b - 1)
	return int32(d.Low<<6 | uint32(bits.TrailingZeros64(b))), true
}

// Empty reports whether nothing is in the set.
func (d *Dirty) Empty() bool { return d.Bits[d.Low] == 0 && !d.find() }

// find moves Low, whose word is 0, to the first that is not. Words and Pages are
// only tidied up here, so that Pop need not.
func (d *Dirty) find() bool {
	for p := d.Low >> 12; p < uint32(len(d.Pages)); {
		page := d.Pages[p]
		if page == 0 {
			p++
			continue
		}
		v := p<<6 | uint32(bits.TrailingZeros64(page))
		w := v<<6 | uint32(bits.TrailingZeros64(d.Words[v]))
		if d.Bits[w] != 0 {
			d.Low = w
			return true
		}
		if d.Words[v] &^= 1 << (w & 63); d.Words[v] == 0 {
			d.Pages[p] &^= 1 << (v & 63)
		}
	}
	return false
}
