package sim

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"slices"
)

// stateVersion is the format of a snapshot; it changes with snapshot.
const stateVersion = 2

var stateMagic = []byte("twinsim state\n")

// kept is the inventory of what changes during a run.
type kept struct {
	names []string
	ptrs  map[string]any
	// what the last Load had no place for
	droppedEvents int
	droppedStates int
}

// Keep makes *ptr part of the run's state, under a name that is unique in the
// run and the same in every build of it. It must be plain data: numbers, strings, and
// slices, arrays, maps and structs of exported fields; Load replaces *ptr. Or
// ptr is an encoding.BinaryMarshaler and BinaryUnmarshaler, and saves and loads
// itself; if it has a method Dropped() int, that is how many parts of the last
// state it had no place for.
func (s *Sim) Keep(name string, ptr any) error {
	t := reflect.TypeOf(ptr)
	if t == nil || t.Kind() != reflect.Pointer || reflect.ValueOf(ptr).IsNil() {
		return fmt.Errorf("sim: keep %q: want a pointer to plain data, have %T", name, ptr)
	}
	if _, dup := s.kept.ptrs[name]; dup || name == "" {
		return fmt.Errorf("sim: keep %q: the name is empty or taken; give the state another", name)
	}
	if _, self := ptr.(selfSaver); !self {
		if err := plain(t.Elem(), t.Elem().String(), nil); err != nil {
			return fmt.Errorf("sim: keep %q: %w", name, err)
		}
	}
	if s.kept.ptrs == nil {
		s.kept.ptrs = make(map[string]any)
	}
	s.kept.ptrs[name] = ptr
	s.kept.names = append(s.kept.names, name)
	return nil
}

// A selfSaver brings its own format.
type selfSaver interface {
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
}

var saver = reflect.TypeFor[selfSaver]()

// plain reports what of a type can't be saved.
func plain(t reflect.Type, path string, within []reflect.Type) error {
	if reflect.PointerTo(t).Implements(saver) || slices.Contains(within, t) {
		return nil
	}
	within = append(within, t)
	switch t.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Chan, reflect.Interface, reflect.UnsafePointer, reflect.Uintptr:
		return fmt.Errorf("%s is a %s, which can't be saved; keep an index or a name instead", path, t.Kind())
	case reflect.Slice, reflect.Array:
		return plain(t.Elem(), path+"[]", within)
	case reflect.Map:
		if err := plain(t.Key(), path+" key", within); err != nil {
			return err
		}
		return plain(t.Elem(), path+"[]", within)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				return fmt.Errorf("%s.%s is not exported, so it would be lost; export it or leave it out", path, f.Name)
			}
			if err := plain(f.Type, path+"."+f.Name, within); err != nil {
				return err
			}
		}
	}
	return nil
}

// A snapshot is a run's state on disk. Actors go by name.
type snapshot struct {
	Seed             uint64
	Now, Last, Shown Time
	Handled          uint64
	Seq              uint64
	Actors           []string // all that were known
	Started          []bool   // by actor
	Slots            []savedSlot
	Free             []int32
	Streams          []streamPos
	Kept             []savedState
}

// A savedSlot is a place for an event, so that handles stay valid.
type savedSlot struct {
	Gen     uint32
	Pending bool
	At      Time
	Key     uint64
	Actor   int32 // index into snapshot.Actors
	Kind    int32
	Arg     uint64
}

type streamPos struct {
	Path string
	Pos  uint64
}

type savedState struct {
	Name string
	Data []byte
}

// Save returns the whole state of the run between two events: time, pending
// events with their handles and order, positions of streams, and all that was
// handed to Keep.
func (s *Sim) Save() ([]byte, error) {
	if s.running {
		return nil, fmt.Errorf("sim: save from within a handler at %v; save between two events, after Run or Step", s.now)
	}
	if err := s.refusePosts(); err != nil {
		return nil, err
	}
	snap := snapshot{
		Seed: s.config.Seed, Now: s.now, Last: s.last, Shown: s.shown, Handled: s.handled,
		Seq: s.queue.seq, Free: s.queue.free, Streams: s.streams.positions(),
	}
	for i := range s.actors {
		snap.Actors = append(snap.Actors, s.actors[i].name)
		snap.Started = append(snap.Started, s.actors[i].started)
	}
	snap.Slots = make([]savedSlot, len(s.queue.slots))
	for i, q := range s.queue.slots {
		snap.Slots[i].Gen = q.gen
	}
	for _, x := range s.queue.heap[root:s.queue.end] {
		q := s.queue.slots[x.slot()]
		snap.Slots[x.slot()] = savedSlot{q.gen, true, x.at, x.key, int32(q.to), q.kind, q.arg}
	}
	names := slices.Clone(s.kept.names)
	slices.Sort(names)
	for _, name := range names {
		data, err := encode(s.kept.ptrs[name])
		if err != nil {
			return nil, fmt.Errorf("sim: save %q: %w", name, err)
		}
		snap.Kept = append(snap.Kept, savedState{name, data})
	}
	data, err := Marshal(&snap)
	if err != nil {
		return nil, fmt.Errorf("sim: save: %w", err)
	}
	return append(append(slices.Clone(stateMagic), stateVersion), data...), nil
}

// Load puts a run that was built anew into the state of a snapshot. Actors and
// states are matched by name: events and states of what is no longer there are
// dropped and counted (see [Sim.Dropped]); actors that the snapshot did not know keep what
// was scheduled for them, not before Now, and are started. On an error the run
// must not be used.
func (s *Sim) Load(data []byte) error {
	rest, ok := bytes.CutPrefix(data, stateMagic)
	if !ok || len(rest) == 0 {
		return fmt.Errorf("sim: load: this is not a saved state; want a file that save wrote")
	}
	if rest[0] != stateVersion {
		return fmt.Errorf("sim: load: saved by format %d, this program reads %d; run the scenario again with this version", rest[0], stateVersion)
	}
	var snap snapshot
	if err := Unmarshal(rest[1:], &snap); err != nil {
		return fmt.Errorf("sim: load: the saved state is damaged: %w", err)
	}
	if snap.Seed != s.config.Seed {
		return fmt.Errorf("sim: load: saved by a run of seed %d, this one has seed %d; for another future take another replication of the same seed", snap.Seed, s.config.Seed)
	}
	if snap.Now < 0 {
		return fmt.Errorf("sim: load: the saved state is damaged: its time is %v", snap.Now)
	}
	if err := s.loadKept(snap.Kept); err != nil {
		return err
	}
	s.now, s.last, s.shown, s.handled = snap.Now, snap.Last, snap.Shown, snap.Handled
	s.streams.restore(snap.Streams)
	if err := s.loadEvents(&snap); err != nil {
		return err
	}
	s.begun = 0
	return s.tellLoaded()
}

// Loaded is an actor or a kept state that has something to do when all of a
// snapshot is in place: time, events and every state.
type Loaded interface {
	Loaded(*Sim) error
}

func (s *Sim) tellLoaded() error {
	for i, a := range s.handlers {
		if l, ok := a.(Loaded); ok {
			if err := l.Loaded(s); err != nil {
				return fmt.Errorf("sim: load %s: %w", s.actors[i].name, err)
			}
		}
	}
	for _, name := range s.kept.names {
		if l, ok := s.kept.ptrs[name].(Loaded); ok {
			if err := l.Loaded(s); err != nil {
				return fmt.Errorf("sim: load %q: %w", name, err)
			}
		}
	}
	return nil
}

// Dropped returns how many pending events and kept states the last Load had no
// place for.
func (s *Sim) Dropped() (events, states int) { return s.kept.droppedEvents, s.kept.droppedStates }

func (s *Sim) loadKept(all []savedState) error {
	s.kept.droppedStates = 0
	for _, v := range all {
		ptr, ok := s.kept.ptrs[v.Name]
		if !ok {
			s.kept.droppedStates++
			continue
		}
		if self, ok := ptr.(selfSaver); ok {
			if err := self.UnmarshalBinary(v.Data); err != nil {
				return fmt.Errorf("sim: load %q: %w", v.Name, err)
			}
			if d, ok := ptr.(interface{ Dropped() int }); ok {
				s.kept.droppedStates += d.Dropped()
			}
			continue
		}
		if err := Unmarshal(v.Data, ptr); err != nil {
			return fmt.Errorf("sim: load %q: %w", v.Name, err)
		}
	}
	return nil
}

func (s *Sim) loadEvents(snap *snapshot) error {
	known := make(map[string]bool, len(snap.Actors))
	for i, name := range snap.Actors {
		known[name] = true
		if id, ok := s.byName[name]; ok {
			s.actors[id].started = i < len(snap.Started) && snap.Started[i]
		}
	}
	fresh := s.newcomers(known)
	if len(snap.Slots) > slotMask+1 || snap.Seq > seqLimit {
		return fmt.Errorf("sim: load: the saved state is damaged: %d places for events, %d events", len(snap.Slots), snap.Seq)
	}
	q := newQueue()
	q.salts = s.queue.salts
	q.seq, q.slots = snap.Seq, make([]slot, len(snap.Slots))
	seen := make([]bool, len(snap.Slots))
	for _, i := range snap.Free {
		if i < 0 || int(i) >= len(snap.Slots) || snap.Slots[i].Pending || seen[i] {
			return fmt.Errorf("sim: load: the saved state is damaged: place %d is not free", i)
		}
		seen[i] = true
		q.free = append(q.free, i)
	}
	s.kept.droppedEvents = 0
	for i, v := range snap.Slots {
		q.slots[i] = slot{gen: v.Gen}
		if !v.Pending {
			continue
		}
		if v.Actor < 0 || int(v.Actor) >= len(snap.Actors) || v.At < snap.Now || Rank(v.Key>>rankShift) >= ranks || v.Key&slotMask != uint64(i) {
			return fmt.Errorf("sim: load: the saved state is damaged: event at %v for actor %d of %d", v.At, v.Actor, len(snap.Actors))
		}
		id, ok := s.byName[snap.Actors[v.Actor]]
		if !ok {
			s.kept.droppedEvents++
			q.release(int32(i))
			continue
		}
		q.slots[i] = slot{gen: v.Gen, to: id, kind: v.Kind, arg: v.Arg}
		q.insert(entry{v.At, v.Key})
	}
	for _, e := range fresh {
		e.At = max(e.At, s.now)
		q.push(e.At, e.Rank, e.To, e.Kind, e.Arg)
	}
	s.queue = q
	return nil
}

// newcomers returns the pending events, in order, of actors that are not known.
func (s *Sim) newcomers(known map[string]bool) []Event {
	var fresh []Event
	for s.queue.len() > 0 {
		if x, p := s.queue.pop(); !known[s.actors[p.to].name] {
			fresh = append(fresh, x.with(p))
		}
	}
	return fresh
}

func encode(ptr any) ([]byte, error) {
	if self, ok := ptr.(selfSaver); ok {
		return self.MarshalBinary()
	}
	return Marshal(ptr)
}
