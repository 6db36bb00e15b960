package scenarios_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/scenarios"
)

// Every file of testdata/build decodes, and has one thing wrong that only Build
// can find; the message is part of the contract: place, what, and a remedy.
func TestBrokenBuilds(t *testing.T) {
	scenarios.Golden(t, "testdata/build", func(name string, text []byte) error {
		spec, err := scenarios.Decode(name, text)
		if err != nil {
			t.Errorf("%s belongs to testdata/broken: %v", name, err)
			return err
		}
		run, err := scenarios.Build(spec, options(map[string]string{"m.csv": "t,temperature,load\n2026-05-01 00:00,20,50\n"}))
		if err == nil {
			run.Close()
			return nil
		}
		var p *scenarios.Problems
		if !errors.As(err, &p) {
			t.Errorf("%s: %v is no *Problems", name, err)
			return err
		}
		for _, one := range p.List {
			if one.Pos.IsZero() || one.Pos.Col == 0 {
				t.Errorf("%s: no place: %v", name, one)
			}
			if one.Expected == "" && one.Try == "" && !strings.ContainsAny(one.What, ";(") {
				t.Errorf("%s: no remedy: %v", name, one)
			}
		}
		return err
	})
}
