package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// isTerminal reports whether w is a terminal, for which alone a progress bar is
// drawn.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// A progress is a sink that shows how far a run has come.
type progress struct {
	w      io.Writer
	end    sim.Time // Never if the run ends with its data
	label  string   // "replication 2 of 5"
	often  bool     // look at the clock at each reading: the run keeps to real time
	taps   uint64
	drawn  time.Time
	showed bool
}

const (
	progressEvery = 100 * time.Millisecond
	barWidth      = 30
)

// Tap draws now and then.
func (p *progress) Tap(now sim.Time, _ devices.Reading) {
	p.taps++
	if !p.often && p.taps%4096 != 0 {
		return
	}
	if t := time.Now(); t.Sub(p.drawn) >= progressEvery {
		p.drawn = t
		p.draw(now)
	}
}

// Value does nothing.
func (p *progress) Value(sim.Time, devices.Reading) {}

// Event does nothing.
func (p *progress) Event(twins.Event) {}

func (p *progress) draw(now sim.Time) {
	p.showed = true
	if p.end == sim.Never || p.end <= 0 {
		fmt.Fprintf(p.w, "\r\x1b[K%s%v, %d readings", p.label, now, p.taps)
		return
	}
	share := min(float64(now)/float64(p.end), 1)
	bar := make([]byte, barWidth)
	for i := range bar {
		bar[i] = ' '
		if float64(i) < share*barWidth {
			bar[i] = '='
		}
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s[%s] %3.0f %%  %.1f of %.1f d", p.label, bar, share*100, now.Days(), p.end.Days())
}

// clear takes the bar away.
func (p *progress) clear() {
	if p != nil && p.showed {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.showed = false
	}
}
