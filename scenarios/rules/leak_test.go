package rules

import (
	"regexp"
	"testing"
)

// What expr says of a text never reaches the reader in expr's words.
func TestNoErrorsOfExpr(t *testing.T) {
	theirs := regexp.MustCompile(`\b(token|float64|bool|string|int|interface|builtin|boolean|mismatched|strconv|invalid|cannot|literal)\b`)
	for _, text := range []string{
		"self.temp = 3", "self.temp <> 3", "self.temp < 3 &&", "self.temp < 20 %", "abs('x') > 1", "round(self.crop) > 1", "upper(3) == 'X'",
		"self.temp[0] > 1", "[1,2][1.5] > 1", "not self.temp", "-self.crop > 1", "self.temp in 'abc'", "self.crop contains 3", "5(3) > 1", "sum(1) > 2",
		"count(each('zone-*.vwc'), # + 1) > 1", "let abs = 3; abs > 1", "@self > 1", "self.temp < 0x", "self.temp < 99999999999999999999",
		"self.temp < 1.2.3", "min() > 1", "len(self.temp, 1) > 1", "filter(1, true) == 1", "hasPrefix(1, 2)", "first(3) > 1", "sort('x') == 1",
		"self.temp => 1", "trim() == 'a'", "indexOf('a') > 1", "indexOf('a', 'b', 'c') > 1", `"abc`, "self.temp | abs > 1", "reduce([1], 'x') > 1", "bitand(1.5, 2) > 1",
		"concat(1) > 1", "take(1, 2) == 1", "take([1], 'x') == 1", "reverse(1) == 1", "uniq(1) == 1", "flatten(1) == 1", "last('x') == 1",
		"(self.temp > 1", "[1, 2", "any([1], {# > 1) ", "self. > 1", "self.temp ? 1 : 2", "self.crop + 1 > 2", "1 + true > 2", "sqrt(true) > 1",
	} {
		_, err := NewCondition(text, testEnv())
		if err == nil {
			t.Errorf("%s: no error", text)
		} else if word := theirs.FindString(err.Error()); word != "" {
			t.Errorf("%s: %v", text, err)
		}
	}
}
