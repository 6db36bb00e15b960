package rules

import (
	"fmt"
	"math"
	"sort"
)

// An Index knows which rule instances read a channel. An instance is numbered by
// an id; ids ascend in the order in which the rules were added.
//
// What an instance reads of its own twin is computed, not stored: twins of one
// type that lie at equal distances make a run, and the place of a channel in its
// run gives the instance. Channels by name, and of needs, are stored as ranges of
// ids. So 100 000 instances of a rule cost little more than one.
type Index struct {
	channels int
	ids      int32   // handed out
	first    []int32 // by rule: id of instance 0
	words    []word  // by id/64
	runs     []run
	runIndex map[runKey]int
	points   map[int32][]span // while rules are added

	// Made by build from the above.
	built    bool
	segments []segment
	start    []int32 // by channel: index into marks
	marks    []mark
	read     []bool // by channel: some rule reads it; most channels nobody does
}

// A word is 64 ids: of one rule, or of rules with one instance each.
type word struct {
	rule   int32 // the first
	single bool
}

// A span is a range of ids.
type span struct{ first, n int32 }

// A mark is the ids that mask has in each of n words from word on.
type mark struct {
	word, n uint32
	mask    uint64
}

type runKey struct{ base, stride, count int32 }

// A run is count twins whose channels begin at base, base+stride, ...
type run struct {
	runKey
	readers [][]int32 // by offset below stride: id, for the run's first twin, of the rules that read it
}

// A segment is a stretch of channels that the same runs cover.
type segment struct {
	from, to int32
	runs     []int32
}

// NewIndex returns an index of the given number of channels.
func NewIndex(channels int) *Index {
	return &Index{channels: channels, runIndex: map[runKey]int{}, points: map[int32][]span{}}
}

// Add adds a rule with count instances that reads the given inputs; inst returns
// the bases of an instance. It returns the rule's number, 0 for the first.
func (ix *Index) Add(reads []Input, count int, inst func(i int) []Base) (rule int, err error) {
	if count < 0 || int64(ix.ids)+int64(count)+64 > math.MaxInt32 {
		return 0, fmt.Errorf("rules: %d instances are too many for one index", count)
	}
	ix.built = false
	rule = len(ix.first)
	first := ix.number(count)
	var own []int32
	for _, in := range reads {
		switch {
		case in.Base == Absolute && count > 0:
			err = ix.point(in.Slot, first, int32(count))
		case in.Base == Self:
			own = append(own, in.Slot)
		default:
			for i := 0; i < count && err == nil; i++ {
				if b := inst(i)[in.Base].Channel; b >= 0 {
					err = ix.point(b+in.Slot, first+int32(i), 1)
				}
			}
		}
		if err != nil {
			return 0, err
		}
	}
	if len(own) > 0 {
		err = ix.own(own, first, count, inst)
	}
	return rule, err
}

// number hands out ids for a new rule and returns the first. Rules with one
// instance that follow each other share words; others begin one.
func (ix *Index) number(count int) int32 {
	rule := int32(len(ix.first))
	last := len(ix.words) - 1
	if count != 1 || ix.ids&63 == 0 || !ix.words[last].single {
		ix.ids = int32(len(ix.words)) * 64
	}
	first := ix.ids
	ix.first = append(ix.first, first)
	ix.ids += int32(count)
	for int32(len(ix.words))*64 < ix.ids {
		ix.words = append(ix.words, word{rule, count == 1})
	}
	return first
}

// A run has a table of maxStride entries at most, so it must be worth it.
const (
	minRun    = 4
	maxStride = 4096
)

// point notes that ids read a channel; ranges that touch are joined.
func (ix *Index) point(channel, first, n int32) error {
	if channel < 0 || int(channel) >= ix.channels {
		return fmt.Errorf("rules: channel %d is out of range, there are %d", channel, ix.channels)
	}
	s := ix.points[channel]
	if k := len(s) - 1; k >= 0 && s[k].first+s[k].n == first {
		s[k].n += n
		return nil
	}
	ix.points[channel] = append(s, span{first, n})
	return nil
}

// own notes what instances read of their own twins, as runs. A single one, or
// offsets that do not fit into the distance of two twins, are points.
func (ix *Index) own(offsets []int32, first int32, count int, inst func(int) []Base) error {
	reach := int32(0)
	for _, o := range offsets {
		reach = max(reach, o+1)
	}
	for i := 0; i < count; {
		base := inst(i)[Self].Channel
		n, stride := 1, int32(0)
		if i+1 < count {
			stride = inst(i + 1)[Self].Channel - base
		}
		for stride >= reach && stride <= maxStride && i+n < count && inst(i + n)[Self].Channel == base+int32(n)*stride {
			n++
		}
		if n < minRun {
			n = 1
			for _, o := range offsets {
				if err := ix.point(base+o, first+int32(i), 1); err != nil {
					return err
				}
			}
		} else if err := ix.addRun(runKey{base, stride, int32(n)}, offsets, first+int32(i)); err != nil {
			return err
		}
		i += n
	}
	return nil
}

func (ix *Index) addRun(key runKey, offsets []int32, first int32) error {
	// The last twin need not fill its stride.
	last := int64(key.base) + int64(key.stride)*int64(key.count-1)
	if key.base < 0 || last >= int64(ix.channels) {
		return fmt.Errorf("rules: channels up to %d are out of range, there are %d", last, ix.channels)
	}
	k, ok := ix.runIndex[key]
	if !ok {
		k = len(ix.runs)
		ix.runIndex[key] = k
		ix.runs = append(ix.runs, run{key, make([][]int32, key.stride)})
	}
	for _, o := range offsets {
		ix.runs[k].readers[o] = append(ix.runs[k].readers[o], first)
	}
	return nil
}

// Build makes the index ready for [Index.Write]; add all rules first.
func (ix *Index) Build() {
	ix.start = make([]int32, ix.channels+1)
	ix.marks = ix.marks[:0]
	for ch := range ix.channels {
		ix.start[ch] = int32(len(ix.marks))
		for _, s := range ix.points[int32(ch)] {
			ix.mark(ch, s)
		}
	}
	ix.start[ix.channels] = int32(len(ix.marks))

	var cuts []int32
	for _, r := range ix.runs {
		cuts = append(cuts, r.base, r.base+r.stride*r.count)
	}
	sort.Slice(cuts, func(i, j int) bool { return cuts[i] < cuts[j] })
	ix.segments = ix.segments[:0]
	for i := 1; i < len(cuts); i++ {
		if cuts[i] > cuts[i-1] {
			ix.segments = append(ix.segments, segment{from: cuts[i-1], to: cuts[i]})
		}
	}
	for k, r := range ix.runs {
		end := r.base + r.stride*r.count
		s := sort.Search(len(ix.segments), func(i int) bool { return ix.segments[i].from >= r.base })
		for ; s < len(ix.segments) && ix.segments[s].from < end; s++ {
			ix.segments[s].runs = append(ix.segments[s].runs, int32(k))
		}
	}
	ix.markRead()
	ix.built = true
}

// mark adds a span to the marks of channel ch.
func (ix *Index) mark(ch int, s span) {
	for s.n > 0 {
		w, mask, k := within64(s.first, s.n)
		s = span{s.first + k, s.n - k}
		if len(ix.marks) > int(ix.start[ch]) {
			switch last := &ix.marks[len(ix.marks)-1]; {
			case last.n == 1 && last.word == w:
				last.mask |= mask
				continue
			case last.word+last.n == w && last.mask == mask:
				last.n++
				continue
			}
		}
		ix.marks = append(ix.marks, mark{w, 1, mask})
	}
}

// markRead notes the channels that some rule reads.
func (ix *Index) markRead() {
	ix.read = make([]bool, ix.channels)
	for ch := range ix.channels {
		ix.read[ch] = ix.start[ch+1] > ix.start[ch]
	}
	for _, r := range ix.runs {
		for offset, readers := range r.readers {
			if len(readers) == 0 {
				continue
			}
			for i := range r.count {
				if ch := int(r.base + i*r.stride + int32(offset)); ch < ix.channels {
					ix.read[ch] = true
				}
			}
		}
	}
}

// NewDirty returns an empty set for the instances of the index.
func (ix *Index) NewDirty() Dirty { return newDirty(int(ix.ids)) }

// Write puts all instances that read the channel into d. It does nothing before
// Build. It does not allocate.
func (ix *Index) Write(channel int32, d *Dirty) {
	if !ix.built || uint(channel) >= uint(len(ix.read)) || !ix.read[channel] {
		return
	}
	for _, m := range ix.marks[ix.start[channel]:ix.start[channel+1]] {
		for k := range m.n {
			d.add(m.word+k, m.mask)
		}
	}
	if len(ix.segments) > 0 {
		ix.writeRuns(channel, d)
	}
}

func (ix *Index) writeRuns(channel int32, d *Dirty) {
	low, high := 0, len(ix.segments)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if ix.segments[mid].to <= channel {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == len(ix.segments) || ix.segments[low].from > channel {
		return
	}
	for _, k := range ix.segments[low].runs {
		r := &ix.runs[k]
		at := uint32(channel - r.base)
		i := at / uint32(r.stride)
		for _, first := range r.readers[at-i*uint32(r.stride)] {
			d.Add(first + int32(i))
		}
	}
}

// Rule returns the rule and the instance that an id from [Dirty.Pop] stands for.
func (ix *Index) Rule(id int32) (rule, instance int) {
	w := ix.words[id>>6]
	if w.single {
		return int(w.rule + id&63), 0
	}
	return int(w.rule), int(id - ix.first[w.rule])
}

// ID returns the id of an instance of a rule, to make it dirty for another
// reason than a channel: its timer.
func (ix *Index) ID(rule, instance int) int32 { return ix.first[rule] + int32(instance) }
