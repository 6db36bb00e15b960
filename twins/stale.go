package twins

import (
	"fmt"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// staleness marks channels that have been silent too long. Its events go by the
// place in order, which a snapshot keeps by channel name.
type staleness struct {
	hub     *Hub
	id      sim.ActorID
	order   []silence
	placeOf map[devices.ChannelID]int
}

type silence struct {
	channel devices.ChannelID // NoChannel if a fork no longer has it
	limit   sim.Time
	armed   bool
}

// StaleAfter makes the state of a channel stale when no usable reading has come
// for that long after the last one.
func (h *Hub) StaleAfter(c devices.ChannelID, limit sim.Time) error {
	if limit <= 0 {
		return fmt.Errorf("twins: %s: stale after %v; want a positive time", h.channels.Name(c), limit)
	}
	w := &h.stale
	if w.placeOf == nil {
		w.placeOf = make(map[devices.ChannelID]int)
	}
	if i, ok := w.placeOf[c]; ok {
		w.order[i].limit = limit
		return nil
	}
	w.placeOf[c] = len(w.order)
	w.order = append(w.order, silence{channel: c, limit: limit})
	return nil
}

// arm starts a channel's timer at a reading, unless it is running; a timer that
// runs out looks how much time is really left.
func (w *staleness) arm(now sim.Time, c devices.ChannelID) {
	if len(w.order) == 0 {
		return
	}
	i, ok := w.placeOf[c]
	if !ok || w.order[i].armed {
		return
	}
	w.order[i].armed = true
	// The time is in the future and the actor is known, so this can't be refused.
	w.hub.sim.Schedule(sim.Event{At: now.Plus(w.order[i].limit), Rank: sim.RankTimer, To: w.id, Arg: uint64(i)})
}

// Handle looks whether a channel has been silent for its limit.
func (w *staleness) Handle(s *sim.Sim, e sim.Event) error {
	if e.Arg >= uint64(len(w.order)) || w.order[e.Arg].channel == devices.NoChannel {
		return nil
	}
	entry, h := &w.order[e.Arg], w.hub
	c := entry.channel
	if due := h.State.Arrived[c].Plus(entry.limit); due > s.Now() {
		_, err := s.Schedule(sim.Event{At: due, Rank: sim.RankTimer, To: w.id, Arg: e.Arg})
		return err
	}
	entry.armed = false
	h.State.Quality[c] |= devices.Stale
	if h.watcher != nil {
		h.watcher.Changed(c)
	}
	return nil
}

type savedSilence struct {
	Name  string
	Armed bool
}

func (w *staleness) save() []savedSilence {
	var all []savedSilence
	for _, e := range w.order {
		all = append(all, savedSilence{w.hub.channels.Name(e.channel), e.armed})
	}
	return all
}

// load puts the channels of a snapshot in their places, with the limits of this
// run, and those that the snapshot did not know behind them.
func (w *staleness) load(all []savedSilence) {
	mine := w.order
	w.order = nil
	known := make(map[devices.ChannelID]int)
	for _, v := range all {
		e := silence{channel: devices.NoChannel}
		if c, ok := w.hub.channels.Lookup(v.Name); ok {
			if i, ok := w.placeOf[c]; ok {
				e = silence{c, mine[i].limit, v.Armed}
				known[c] = len(w.order)
			}
		}
		w.order = append(w.order, e)
	}
	for _, e := range mine {
		if _, ok := known[e.channel]; !ok {
			known[e.channel] = len(w.order)
			w.order = append(w.order, e)
		}
	}
	w.placeOf = known
}
