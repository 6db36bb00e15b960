package devices

import "strings"

// Quality is a set of flags saying what is known against a reading. Zero is
// good. A missing value is a quality, never a NaN in disguise.
type Quality uint16

// The flags. Several may be set at once: a filled gap is Imputed, and its
// original was Missing.
const (
	Missing    Quality = 1 << iota // no value came: empty cell, sentinel, dropout; Value is 0
	Suspect                        // a value came that a stage or a device distrusts
	Outlier                        // replaced or flagged by an outlier stage
	OutOfRange                     // outside the physical or declared range
	Imputed                        // the value was filled in by a stage
	Stale                          // the channel has been silent too long
	Late                           // arrived after its reorder window had passed
	Repeated                       // the same stamp came before on this channel
	Disordered                     // its stamp is before one that came earlier
	Clipped                        // the sensor was at the end of its range
	Warming                        // a stage or model has not yet seen enough to be trusted
)

// Good is the quality of a reading that nothing is known against.
const Good Quality = 0

var qualityNames = [...]string{
	"missing", "suspect", "outlier", "out_of_range", "imputed", "stale",
	"late", "repeated", "disordered", "clipped", "warming",
}

// QualityNames returns the names of the flags, the lowest bit first.
func QualityNames() []string { return append([]string(nil), qualityNames[:]...) }

// Has reports whether any of the flags in f is set.
func (q Quality) Has(f Quality) bool { return q&f != 0 }

// Usable reports whether the value may be computed with: it is there, and no
// stage has declared it stale.
func (q Quality) Usable() bool { return q&(Missing|Stale) == 0 }

// String returns the names of the flags joined by "+", or "good".
func (q Quality) String() string {
	if q == Good {
		return "good"
	}
	var parts []string
	for i, name := range qualityNames {
		if q&(1<<i) != 0 {
			parts = append(parts, name)
		}
	}
	if q>>len(qualityNames) != 0 {
		parts = append(parts, "unknown")
	}
	return strings.Join(parts, "+")
}
