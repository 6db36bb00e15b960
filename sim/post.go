package sim

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// The door is where other goroutines leave what they have for the run.
type door struct {
	mu     sync.Mutex
	posts  []post
	shut   bool
	some   atomic.Bool
	wake   chan struct{}
	inside []*post // what was posted, by Arg of its event, until it is fetched
	free   []uint32
	serial uint32 // of the last post that was taken in
}

type post struct {
	at   Time // of arrival, if the clock is a Shower
	to   ActorID
	kind int32
	data any
	arg  uint64 // of its event: serial and place, so that no other event has it
}

// ErrShut is what Post returns after Shut.
var ErrShut = errors.New("sim: the run takes no more posts")

// Post hands data to an actor of the run. It and [Sim.Shut] are the only methods
// that other goroutines may call, the one door by which the real world enters. The run
// wakes if it is waiting, stamps the post with the time that the clock shows on its
// arrival (of a clock that is no [Shower], showed when last asked), but at least 1 ns
// after the last event that was handled when the run takes it in, and gives it
// [RankInput], so that a recording of the stamp replays in the same order. The
// actor fetches the data with [Sim.Posted].
func (s *Sim) Post(to ActorID, kind int32, data any) error {
	d := &s.door
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shut {
		return ErrShut
	}
	p := post{to: to, kind: kind, data: data}
	if c, ok := s.config.Clock.(Shower); ok {
		p.at = c.Show()
	}
	d.posts = append(d.posts, p)
	d.some.Store(true)
	select {
	case d.wake <- struct{}{}:
	default:
	}
	return nil
}

// Shut closes the door: later posts are refused with [ErrShut].
func (s *Sim) Shut() {
	s.door.mu.Lock()
	s.door.shut = true
	s.door.mu.Unlock()
}

// Posted returns what was posted with the event that is being handled. The
// handler of a post must call it, once; it returns nil for any other event and
// when called again.
func (s *Sim) Posted(e Event) any {
	d := &s.door
	i := uint32(e.Arg)
	if uint64(i) >= uint64(len(d.inside)) || e.Rank != RankInput {
		return nil
	}
	p := d.inside[i]
	if p == nil || p.arg != e.Arg || p.to != e.To || p.kind != e.Kind {
		return nil
	}
	d.inside[i] = nil
	d.free = append(d.free, i)
	return p.data
}

// PostsWaiting returns how many posts were accepted and not yet handled: those
// that are left when a run has ended. A further Run handles them.
func (s *Sim) PostsWaiting() int {
	d := &s.door
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.posts) + len(d.inside) - len(d.free)
}

// refusePosts says to whom the posts go that keep a run from being saved.
func (s *Sim) refusePosts() error {
	n := s.PostsWaiting()
	if n == 0 {
		return nil
	}
	to := "an actor"
	for _, p := range s.door.inside {
		if p != nil {
			to = s.ActorName(p.to)
			break
		}
	}
	return fmt.Errorf("sim: %d posts, the first to %s, are waiting or were not fetched with Posted by who handled them; step past %v, then save", n, to, s.now)
}

func (s *Sim) takePosts() error {
	d := &s.door
	if !d.some.Load() {
		return nil
	}
	d.mu.Lock()
	posts := d.posts
	d.posts = nil
	d.some.Store(false)
	d.mu.Unlock()
	_, shows := s.config.Clock.(Shower)
	earliest := max(s.now, s.last+1)
	if !s.instant && !shows {
		earliest = max(earliest, s.shown)
	}
	for i, p := range posts {
		if p.to < 0 || int(p.to) >= len(s.handlers) {
			s.repost(posts[i+1:])
			return fmt.Errorf("sim: at %v a post of kind %d goes to actor %d, which was never added", s.now, p.kind, p.to)
		}
		if s.queue.full() {
			s.repost(posts[i:])
			return errFull
		}
		place := uint32(len(d.inside))
		if n := len(d.free); n > 0 {
			place = d.free[n-1]
			d.free = d.free[:n-1]
		} else {
			d.inside = append(d.inside, nil)
		}
		d.serial++
		p.arg = uint64(d.serial)<<32 | uint64(place)
		d.inside[place] = &p
		s.queue.push(max(p.at, earliest), RankInput, p.to, p.kind, p.arg)
	}
	return nil
}

// repost puts posts back that could not be taken in.
func (s *Sim) repost(posts []post) {
	d := &s.door
	d.mu.Lock()
	d.posts = append(posts, d.posts...)
	d.some.Store(len(d.posts) > 0)
	d.mu.Unlock()
}
