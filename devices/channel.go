package devices

import (
	"fmt"
	"sort"
	"strings"
)

// Channels hands out channel numbers. Channels come in groups: the attributes of
// one twin lie next to each other, and twins of one type share one slice of
// attributes, so that a fleet of 100 000 twins costs one small entry a twin and
// no string per channel.
type Channels struct {
	groups []group
	byID   map[string]int // twin id -> index into groups
	next   ChannelID
}

type group struct {
	id    string
	base  ChannelID
	attrs []Attr
}

// An Attr describes one attribute that can be measured or derived.
type Attr struct {
	Name string // as in rules: "soil_moisture"
	Unit string // SI or the field's unit, as scenarios.ParseUnit reads it; "" is a pure number
	Doc  string // one line
	// Truth marks what only the plant knows: KPIs may read it, sensors and rules not.
	Truth bool
	// Total marks a running sum whose final value matters, such as water delivered.
	Total bool
	// Low and High are the values that are physically possible, in Unit; both 0 means any.
	Low, High float64
}

// Add makes a channel for each attribute of twin id, numbered consecutively
// from the returned one. The slice is kept, not copied.
func (c *Channels) Add(id string, attrs []Attr) (ChannelID, error) {
	if id == "" || strings.ContainsRune(id, '.') {
		return NoChannel, fmt.Errorf("devices: channel group %q: an id must not be empty or contain a dot", id)
	}
	if c.byID == nil {
		c.byID = make(map[string]int)
	}
	if _, dup := c.byID[id]; dup {
		return NoChannel, fmt.Errorf("devices: channel group %q exists already; give the twin another id", id)
	}
	base := c.next
	c.byID[id] = len(c.groups)
	c.groups = append(c.groups, group{id, base, attrs})
	c.next += ChannelID(len(attrs))
	return base, nil
}

// Len returns how many channels there are; they are numbered 0 to Len-1.
func (c *Channels) Len() int { return int(c.next) }

func (c *Channels) group(ch ChannelID) (*group, int) {
	if ch < 0 || ch >= c.next {
		return nil, 0
	}
	i := sort.Search(len(c.groups), func(i int) bool { return c.groups[i].base > ch }) - 1
	for len(c.groups[i].attrs) == 0 {
		i--
	}
	g := &c.groups[i]
	return g, int(ch - g.base)
}

// Name returns "twin.attribute", or "#N" for a number that was never handed out.
func (c *Channels) Name(ch ChannelID) string {
	g, k := c.group(ch)
	if g == nil {
		return fmt.Sprintf("#%d", ch)
	}
	return g.id + "." + g.attrs[k].Name
}

// Twin returns the id of the twin that ch belongs to.
func (c *Channels) Twin(ch ChannelID) string {
	if g, _ := c.group(ch); g != nil {
		return g.id
	}
	return ""
}

// Attr returns the description of ch; the zero Attr if there is none.
func (c *Channels) Attr(ch ChannelID) Attr {
	if g, k := c.group(ch); g != nil {
		return g.attrs[k]
	}
	return Attr{}
}

// Lookup finds a channel by "twin.attribute".
func (c *Channels) Lookup(name string) (ChannelID, bool) {
	id, attr, ok := strings.Cut(name, ".")
	if !ok {
		return NoChannel, false
	}
	return c.Find(id, attr)
}

// Find finds a channel by twin and attribute.
func (c *Channels) Find(id, attr string) (ChannelID, bool) {
	i, ok := c.byID[id]
	if !ok {
		return NoChannel, false
	}
	g := &c.groups[i]
	for k := range g.attrs {
		if g.attrs[k].Name == attr {
			return g.base + ChannelID(k), true
		}
	}
	return NoChannel, false
}
