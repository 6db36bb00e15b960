package synth

import (
	"fmt"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/detmath"
)

// A Config describes a kind of sensor. Many sensors may share one. The zero
// value of each field turns its stage off; only Every must be set.
type Config struct {
	Every sim.Time // period of sampling, > 0
	Phase sim.Time // time of the first sample, >= 0; the following ones are each Every later

	// Lag is the time constant of a first-order response. The truth counts as
	// constant since the sample before, so a step at a sample is answered exactly.
	Lag        sim.Time
	Gain       float64  // what the lagged truth is multiplied by; 0 means 1
	Offset     float64  // what is then added, in the channel's unit
	Noise      float64  // standard deviation of white noise, in the channel's unit
	BiasWalk   float64  // random walk of the bias, in the channel's unit per square root of an hour
	BiasRevert sim.Time // time constant with which the bias goes back to 0; 0 is never

	Low, High  float64 // ends of the measuring range, in the channel's unit; both 0 is no end
	Resolution float64 // readings are multiples of this, in the channel's unit

	ClockOffset sim.Time // how far ahead the device's clock is at time 0
	ClockDrift  float64  // how much faster it runs, in parts per million: 20 is 1.728 s a day
	Jitter      sim.Time // standard deviation of the time stamp

	Dropout float64 // probability, in [0,1], that a reading is lost
	// Silent makes a lost reading leave no trace. Otherwise it arrives with
	// devices.Missing, as from a device that reports its own failure.
	Silent bool
}

// Validate reports the first field that makes no sense.
func (c *Config) Validate() error {
	switch {
	case c.Every <= 0:
		return fmt.Errorf("every = %v: want a period above 0, such as 10 min", c.Every)
	case c.Phase < 0:
		return fmt.Errorf("phase = %v: want 0 or more", c.Phase)
	case c.Lag < 0:
		return fmt.Errorf("lag = %v: want a time constant of 0 or more", c.Lag)
	case c.BiasRevert < 0:
		return fmt.Errorf("bias_revert = %v: want a time constant of 0 or more", c.BiasRevert)
	case c.Jitter < 0:
		return fmt.Errorf("jitter = %v: want a standard deviation of 0 or more", c.Jitter)
	case !finite(c.Gain):
		return fmt.Errorf("gain = %v: want a number", c.Gain)
	case !finite(c.Offset):
		return fmt.Errorf("offset = %v: want a number", c.Offset)
	case !(c.Noise >= 0) || !finite(c.Noise):
		return fmt.Errorf("noise = %v: want a standard deviation of 0 or more", c.Noise)
	case !(c.BiasWalk >= 0) || !finite(c.BiasWalk):
		return fmt.Errorf("bias_walk = %v: want a standard deviation of 0 or more", c.BiasWalk)
	case c.BiasRevert > 0 && c.BiasWalk == 0:
		return fmt.Errorf("bias_revert = %v without bias_walk does nothing: set bias_walk or leave it out", c.BiasRevert)
	case c.ranged() && !(c.Low < c.High):
		return fmt.Errorf("low = %v and high = %v: want low below high", c.Low, c.High)
	case !(c.Resolution >= 0) || !finite(c.Resolution):
		return fmt.Errorf("resolution = %v: want a step of 0 or more", c.Resolution)
	case !(math.Abs(c.ClockDrift) < 1e6):
		return fmt.Errorf("clock_drift = %v ppm: want a number between -1e6 and 1e6", c.ClockDrift)
	case !(c.Dropout >= 0 && c.Dropout <= 1):
		return fmt.Errorf("dropout = %v: want a probability between 0 and 1", c.Dropout)
	}
	return nil
}

func finite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }

func (c *Config) ranged() bool { return c.Low != 0 || c.High != 0 }

// A Sensor measures one channel as its Config says.
type Sensor struct {
	Channel devices.ChannelID
	Config  *Config // not changed, and may be shared
}

// A law is what a Config comes to at each tick. Sensors of one Config share it.
type law struct {
	follow          float64 // how much of the way to the truth a tick goes; 1 without lag
	gain, offset    float64
	noise           float64 // sd
	keep, walk      float64 // bias = keep*bias + walk*normal
	low, high       float64
	step, perUnit   float64 // resolution, and its inverse if that is a whole number
	ahead           sim.Time
	rate            float64 // ns per ns
	jitter          float64 // sd, ns
	dropout         float64
	silent          bool
	lags, clips     bool
	biased, jitters bool
	drifts          bool
	random          bool // some stage needs a random word
}

// Which of a tick's four random words a stage has. It is part of what a seed means.
const (
	wordNoise = iota
	wordBias
	wordDropout
	wordJitter
)

func (c *Config) law() *law {
	l := &law{
		follow: 1, gain: c.Gain, offset: c.Offset, noise: c.Noise, keep: 1,
		low: c.Low, high: c.High, clips: c.ranged(), step: c.Resolution,
		ahead: c.ClockOffset, rate: c.ClockDrift * 1e-6, drifts: c.ClockDrift != 0,
		jitter: float64(c.Jitter), jitters: c.Jitter > 0,
		dropout: c.Dropout, silent: c.Silent, biased: c.BiasWalk > 0,
	}
	if c.Gain == 0 {
		l.gain = 1
	}
	if c.Lag > 0 {
		l.lags, l.follow = true, -detmath.Expm1(-float64(c.Every)/float64(c.Lag))
	}
	// The bias is an Ornstein-Uhlenbeck process, or its limit, Brownian motion;
	// both are stepped exactly (Gillespie 1996, Phys. Rev. E 54, 2084).
	hours := float64(c.Every) / float64(sim.Hour)
	if c.BiasRevert > 0 {
		x := float64(c.Every) / float64(c.BiasRevert)
		l.keep = detmath.Exp(-x)
		hours = -detmath.Expm1(-2*x) / 2 * float64(c.BiasRevert) / float64(sim.Hour)
	}
	l.walk = c.BiasWalk * math.Sqrt(hours)
	if c.Resolution > 0 {
		// 213/10 is 21.3 in every bit, 213*0.1 is not.
		if n := math.Round(1 / c.Resolution); n >= 1 && math.Abs(n*c.Resolution-1) < 1e-12 {
			l.perUnit = n
		}
	}
	l.random = l.noise > 0 || l.biased || l.dropout > 0 || l.jitters
	return l
}

func (l *law) quantise(y float64) float64 {
	if l.perUnit > 0 {
		return math.Round(y*l.perUnit)/l.perUnit + 0 // + 0 makes -0 into 0
	}
	return math.Round(y/l.step)*l.step + 0
}

// stamp returns what the device's clock shows at now, without jitter.
func (l *law) stamp(now sim.Time) sim.Time {
	at := now + l.ahead
	if l.drifts {
		at += sim.Time(math.Round(float64(now) * l.rate))
	}
	return at
}
