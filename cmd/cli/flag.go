package cli

import (
	"errors"
	"strconv"
)

// The flags that are numbers say themselves what they want.
type (
	seedFlag  uint64
	speedFlag float64 // simulated seconds for each real one
	countFlag int
)

// Set reads a seed.
func (f *seedFlag) Set(text string) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errors.New("want a whole number from 0 to 18446744073709551615")
	}
	*f = seedFlag(n)
	return nil
}

// String is for the help.
func (f *seedFlag) String() string { return strconv.FormatUint(uint64(*f), 10) }

// Type is for the help.
func (f *seedFlag) Type() string { return "number" }

// Set reads a speed.
func (f *speedFlag) Set(text string) error {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x >= 0) {
		return errors.New("want a number: 0 (as fast as possible) or more")
	}
	*f = speedFlag(x)
	return nil
}

// String is for the help.
func (f *speedFlag) String() string { return strconv.FormatFloat(float64(*f), 'g', -1, 64) }

// Type is for the help.
func (f *speedFlag) Type() string { return "number" }

// Set reads how many.
func (f *countFlag) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("want a whole number, 1 or more")
	}
	*f = countFlag(n)
	return nil
}

// String is for the help.
func (f *countFlag) String() string { return strconv.Itoa(int(*f)) }

// Type is for the help.
func (f *countFlag) Type() string { return "number" }
