package replay

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// startNamed starts a run that replays the twins' channels, numbered as they are listed.
func startNamed(t *rapid.T, cfg Config, column func(string) Column, twins []string, lines map[string][]string) *sim.Sim {
	channels := &devices.Channels{}
	for _, id := range twins {
		first, err := channels.Add(id, []devices.Attr{{Name: "v"}})
		if err != nil {
			t.Fatal(err)
		}
		c := column(id)
		c.Channel = first
		cfg.Columns = append(cfg.Columns, c)
	}
	src, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	run := sim.New(sim.Config{Seed: 1})
	err = src.StartNamed(run, func(r devices.Reading) {
		name := channels.Name(r.Channel)
		r.Channel = 0
		lines[name] = append(lines[name], fmt.Sprintf("%v %+v", run.Now(), r))
	}, channels)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// A state is loaded into a run that replays fewer channels, or more, in another
// order: each that is in both goes on with the row that waits, and its clock tells
// repeated stamps. That holds for wide files and for long ones.
func TestForkByName(t *testing.T) {
	pool := []string{"a", "b", "c", "d"}
	var wide, long strings.Builder
	wide.WriteString("t,a,b,c,d\n")
	long.WriteString("t,who,v\n")
	for i := range 60 {
		fmt.Fprintf(&wide, "%d,%d,%d,%d,%d\n", i-i%4/3, i, 100+i, 200+i, 300+i)
		fmt.Fprintf(&long, "%d,%s,%d\n", i/9, pool[i/2%4], i) // two of each in turn, the second repeated
	}
	rapid.Check(t, func(t *rapid.T) {
		some := func(what string) []string {
			return rapid.Permutation(pool).Draw(t, what)[:rapid.IntRange(1, len(pool)).Draw(t, what+" count")]
		}
		one, two := some("one"), some("two")
		cfg := Config{Name: "x", Open: opens(wide.String()), Time: []string{"t"}, Step: sim.Second}
		column := func(id string) Column { return Column{Column: id} }
		if rapid.Bool().Draw(t, "long") {
			cfg.Open, cfg.Key = opens(long.String()), "who"
			column = func(id string) Column { return Column{Column: "v", Match: id} }
		}
		want := make(map[string][]string)
		straight := startNamed(t, cfg, column, one, want)
		for range rapid.IntRange(0, 70).Draw(t, "steps") {
			if _, err := straight.Step(); err != nil {
				t.Fatal(err)
			}
		}
		state, err := straight.Save()
		if err != nil {
			t.Fatal(err)
		}
		clear(want)
		if err := straight.Run(context.Background(), sim.Hour); err != nil {
			t.Fatal(err)
		}
		got := make(map[string][]string)
		fork := startNamed(t, cfg, column, two, got)
		if err := fork.Load(state); err != nil {
			t.Fatal(err)
		}
		if err := fork.Run(context.Background(), sim.Hour); err != nil {
			t.Fatal(err)
		}
		for _, id := range one {
			if slices.Contains(two, id) && !slices.Equal(got[id+".v"], want[id+".v"]) {
				t.Fatalf("%s goes on\n%q\nwant\n%q", id, got[id+".v"], want[id+".v"])
			}
		}
	})
}

// What a state has of channels that are gone is counted; one that is damaged is an
// error that names the file.
func TestLoadTellsWhatIsGone(t *testing.T) {
	channels := &devices.Channels{}
	if _, err := channels.Add("m", []devices.Attr{{Name: "a"}, {Name: "b"}}); err != nil {
		t.Fatal(err)
	}
	reader := func(columns ...Column) *named {
		r, err := NewReader(Config{File: "f.csv", Open: opens("t,who,a,b\n1,x,1,2\n2,y,3,4\n"), Time: []string{"t"}, Step: sim.Second, Key: "who", Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		return &named{r: r, channels: channels}
	}
	one := reader(Column{Column: "a", Match: "x"}, Column{Column: "b", Match: "x", Channel: 1}, Column{Column: "a", Match: "z"})
	if err := one.r.Next(&one.r.st.Pending); err != nil {
		t.Fatal(err)
	}
	one.r.st.Waiting = true
	data, err := one.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	two := reader(Column{Column: "b", Match: "x", Channel: 1})
	if err := two.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if r := two.r.st.Pending.Readings; len(r) != 1 || r[0].Channel != 1 || r[0].Value != 2 || two.Dropped() != 2 {
		t.Errorf("%+v, %d dropped; want b of the row, and the reading of a and the clock of z dropped", r, two.Dropped())
	}
	for n := range data {
		if err := two.UnmarshalBinary(data[:n]); err == nil || !strings.Contains(err.Error(), "f.csv: the saved state is damaged") {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
	}
}
