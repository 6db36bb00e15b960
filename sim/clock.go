package sim

import "context"

// A Clock decides how fast time passes. Wait returns once the clock shows at or
// later, or when wake has something, whichever is first, with the time that the
// clock then shows. It returns ctx's error when ctx ends.
type Clock interface {
	Wait(ctx context.Context, at Time, wake <-chan struct{}) (Time, error)
}

// A Shower is a clock that other goroutines may ask what it shows. Posts are
// then stamped when they arrive, not with what the clock showed when the run last
// asked it, which a slow handler would age.
type Shower interface {
	Show() Time
}

// Instant is the clock of a run that takes as long as it takes: it shows
// whatever time it is asked for, at once.
type Instant struct{}

// Wait returns at.
func (Instant) Wait(_ context.Context, at Time, _ <-chan struct{}) (Time, error) {
	return at, nil
}
