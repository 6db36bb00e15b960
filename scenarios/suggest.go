package scenarios

import (
	"fmt"
	"sort"
	"strings"
)

// Nearest returns the candidate with the smallest edit distance to word, if one
// is near enough to be what was meant. Of equally near ones it takes the one
// that shares most of its beginning and end with word, then the first.
func Nearest(word string, candidates []string) (string, bool) {
	lower := strings.ToLower(word)
	limit := max(1, (len([]rune(word))+1)/3)
	best, bestAt, bestShare := "", limit+1, 0
	for _, c := range candidates {
		if c == word {
			continue
		}
		d := editDistance(lower, strings.ToLower(c), min(bestAt, limit)+1)
		share := shared(lower, strings.ToLower(c))
		if d < bestAt || d == bestAt && d <= limit && share > bestShare {
			best, bestAt, bestShare = c, d, share
		}
	}
	return best, bestAt <= limit
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

// DidYouMean returns `did you mean "x"?`, or "" if no candidate is near.
func DidYouMean(word string, candidates []string) string {
	if near, ok := Nearest(word, candidates); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// editDistance counts insertions, deletions, replacements and swaps of
// neighbours (optimal string alignment). It gives up at limit, and returns it.
func editDistance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if d := len(x) - len(y); d >= limit || -d >= limit {
		return limit
	}
	if len(x) > 100 || len(y) > 100 {
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

// oneOf lists words for the "expected" line of a problem, the first dozen of them.
func oneOf(words []string) string {
	const most = 14
	switch {
	case len(words) == 0:
		return "nothing"
	case len(words) == 1:
		return words[0]
	case len(words) > most:
		return "one of " + strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", len(words)-most)
	}
	return "one of " + strings.Join(words, ", ")
}

func sortProblems(list []*Problem) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i].Pos, list[j].Pos
		if a.IsZero() != b.IsZero() {
			return b.IsZero()
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
}
