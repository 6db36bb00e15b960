package rules

import (
	"regexp"
	"slices"
	"strings"
)

// An explanation says in our words what expr says in its own.
type explanation struct {
	of                     *regexp.Regexp
	message, expected, try string // may have $1 and $2
}

const anExpression = `an expression, such as "self.level < 0.2 and hour(t) in 4..8"`

// explanations are tried in order, the first that fits holds. Types have become
// words before.
var explanations = []explanation{
	{regexp.MustCompile(`^unexpected token Operator\("="\)$`), `"=" compares nothing`, anExpression, `did you mean "=="?`},
	{regexp.MustCompile(`^unexpected (token EOF|end of expression)$`), "the expression ends too early", anExpression, ""},
	{regexp.MustCompile(`^unexpected token Bracket\("([\])}])"\)$`), `"$1" has no place here`, anExpression, "a value is missing before it, or a bracket that opens"},
	{regexp.MustCompile(`^unexpected token \w+\((".*")\)$`), "$1 has no place here", anExpression, ""},
	{regexp.MustCompile(`^literal not terminated$`), "a quote is not closed", "a quote at the end of the text", ""},
	{regexp.MustCompile(`^unrecognized character: U\+[0-9A-F]+ (.*)$`), "$1 has no place in an expression", anExpression, ""},
	{regexp.MustCompile(`^bad number syntax: (".*")$`), "$1 is no number", "a number such as 0.25, without its unit", ""},
	{regexp.MustCompile(`^invalid operation: in \(mismatched types (.*) and (.*)\)$`), `"in" does not go with $1 and $2`, "a list or a range after it, such as x in [1, 2] or n in 4..8", ""},
	{regexp.MustCompile(`^invalid operation: (contains|startsWith|endsWith) \(mismatched types (.*) and (.*)\)$`), `"$1" does not go with $2 and $3`, "two texts", ""},
	{regexp.MustCompile(`^invalid operation: (\S+) \(mismatched types (.*) and (.*)\)$`), `"$1" does not go with $2 and $3`, "two numbers, or two texts", ""},
	{regexp.MustCompile(`^invalid operation: (\S+) \(mismatched type (.*)\)$`), `"$1" does not go with $2`, "", ""},
	{regexp.MustCompile(`^builtin (\w+) takes only array \(got (.*)\)$`), "$1 takes a group, not $2", "", `write $1(each("TWINS.ATTR"))`},
	{regexp.MustCompile(`^predicate should return boolean \(got (.*)\)$`), "what is asked of each must be true or false, not $1", "a comparison, such as # > 1", ""},
	{regexp.MustCompile(`^predicate should has one input`), "what is asked of each is no expression", "a comparison, such as # > 1", ""},
	{regexp.MustCompile(`^non-bool expression \(type (.*)\) used as condition$`), `what stands before "?" must be true or false, not $1`, "a comparison", ""},
	{regexp.MustCompile(`^invalid number of arguments(?: for \w+)? \(expected (.*), got (\d+)\)$`), "takes $1 arguments, not $2", "", ""},
	{regexp.MustCompile(`^(not enough|too many) arguments to call (\w+)$`), "$1 arguments of $2", "", ""},
	{regexp.MustCompile(`^invalid argument for (\w+) \(type (.*)\)$`), "$1 can't take $2", "", ""},
	{regexp.MustCompile(`^cannot use (.*) as argument \(type (.*)\) to call (\w+)`), "$3 takes $2, not $1", "", ""},
	{regexp.MustCompile(`^cannot (?:get )?(\w+)(?: element)?(?: from)? (an? .*)$`), "$1 takes an array, not $2", "", ""},
	{regexp.MustCompile(`^type (.*)\[.*\] is undefined$`), "$1 has no items", "an array before the bracket", ""},
	{regexp.MustCompile(`^type (.*) has no (?:field|method) (\w+)$`), "$1 has no .$2", "", ""},
	{regexp.MustCompile(`^array elements can only be selected`), "items are counted with whole numbers", "a whole number in the brackets", ""},
	{regexp.MustCompile(`^(?:invalid (?:hex|float|binary|octal|integer) literal|(?:integer|float) literal is too large)`), "this is no number", "a number such as 0.25", ""},
	{regexp.MustCompile(`^compilation failed: expression exceeds maximum allowed nodes$`), "the expression is too long", "", "split it"},
	{regexp.MustCompile(`^cannot redeclare(?: \w+)? (\w+)$`), "$1 has a meaning already", "", "let another name be it"},
}

// typeWords are Go's types, as expr names them, and our words for them.
var typeWords = strings.NewReplacer("[]interface {}", "an array", "[]float64", "an array", "[]int", "an array", "[]string", "an array", "array[any]", "an array",
	"interface {}", "something", "float64", "a number", "string", "a text", "type bool", "type true or false", "types bool", "types true or false", "got bool", "got true or false", "and bool", "and true or false")

var intWord = regexp.MustCompile(`\bint\b`)

// explained puts what expr says into our words.
func explained(e *Error) *Error {
	message := e.Message
	typed := strings.HasPrefix(message, "invalid operation") || strings.Contains(message, "type") || strings.Contains(message, "(got ") || strings.HasPrefix(message, "cannot ")
	if typed {
		message = intWord.ReplaceAllString(typeWords.Replace(message), "a whole number")
	}
	for _, x := range explanations {
		m := x.of.FindStringSubmatchIndex(message)
		if m == nil {
			continue
		}
		say := func(form string) string { return string(x.of.ExpandString(nil, form, message, m)) }
		e.Message, e.Expected, e.Try = say(x.message), say(x.expected), say(x.try)
		if strings.HasPrefix(e.Message, "takes 1 arguments") {
			e.Message = strings.Replace(e.Message, "arguments", "argument", 1)
		}
		return e
	}
	e.Message = message
	return e
}

// known reports whether the language has a function of that name.
func known(name string) bool { return slices.Contains(Functions(), name) }

// slip finds the commonest slips around the place of an error of syntax.
func slip(e *Error, text string, from int) *Error {
	r := []rune(text)
	from = max(0, min(from, len(r)))
	before, after := strings.TrimRight(string(r[:from]), " "), string(r[from:])
	number := before != "" && before[len(before)-1] >= '0' && before[len(before)-1] <= '9'
	switch {
	case strings.HasPrefix(after, "=>"):
		e.Try = `did you mean ">="?`
	case strings.HasPrefix(after, "=<"):
		e.Try = `did you mean "<="?`
	case strings.HasSuffix(string(r[:from]), "<") && strings.HasPrefix(after, ">"):
		e.Try = `did you mean "!="?`
	case number && isWord((after + " ")[0]), strings.HasSuffix(strings.TrimSpace(text), "%"):
		e.Try = "numbers in expressions have no units: 20 % is 0.2"
	}
	return e
}

// givenTexts finds a function of numbers that is given a text.
var givenTexts = regexp.MustCompile(`\b([A-Za-z_]\w*)\s*\(\s*['"]`)

// instead replaces the error of an expression in which a function of numbers is
// given a text, if the Env knows what was meant.
func (env *Env) instead(text string, e *Error) *Error {
	for _, m := range givenTexts.FindAllStringSubmatchIndex(text, -1) {
		name := text[m[2]:m[3]]
		if what := env.Instead[name]; what != "" && !slices.Contains(env.Calls, name) {
			if !known(name) {
				e.Near, e.Try = nil, "write "+what
				return e
			}
			x := errorAt(text, len([]rune(text[:m[2]])), "%s takes numbers, not names of twins", name)
			x.Try = "write " + what
			return x
		}
	}
	return e
}
