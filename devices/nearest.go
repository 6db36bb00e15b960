package devices

import (
	"slices"
	"strings"
)

// Nearest returns the candidates that word may have been meant to be, for the
// "did you mean" of an error: those at the smallest edit distance, without
// regard to case, if that is at most about a third of the word's length. The
// first of them shares most of its beginning and end with word; candidates alike
// in that stay in their order. It is empty if none is near, and never has word
// itself.
func Nearest(word string, candidates []string) []string {
	type match struct {
		name  string
		share int // bytes at the beginning and the end that are word's
	}
	lower := strings.ToLower(word)
	least := max(1, (len([]rune(word))+1)/3) // what is further off is another word
	var found []match
	for _, c := range candidates {
		if c == word || c == "" {
			continue
		}
		low := strings.ToLower(c)
		d := editDistance(lower, low, least+1)
		if d > least || slices.ContainsFunc(found, func(m match) bool { return m.name == c }) {
			continue
		}
		if d < least {
			found, least = found[:0], d
		}
		found = append(found, match{c, shared(lower, low)})
	}
	slices.SortStableFunc(found, func(a, b match) int { return b.share - a.share })
	var names []string
	for _, m := range found {
		names = append(names, m.name)
	}
	return names
}

// shared counts the bytes that a and b have in common at the beginning and the end.
func shared(a, b string) int {
	n := min(len(a), len(b))
	head := 0
	for head < n && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < n-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head + tail
}

// editDistance counts insertions, deletions, replacements and swaps of
// neighbours (optimal string alignment), in characters. It gives up at limit,
// and returns it.
func editDistance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if d := len(x) - len(y); d >= limit || -d >= limit {
		return limit
	}
	if len(x) > 100 || len(y) > 100 { // no name: not worth the square of its length
		return limit
	}
	prev2 := make([]int, len(y)+1)
	prev := make([]int, len(y)+1)
	cur := make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		cur[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return min(limit, prev[len(y)])
}
