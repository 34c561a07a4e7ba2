package policy

import (
	"bytes"
	"encoding/base64"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// operator is one comparison of a Condition. A negated one holds when the plain one does not.
type operator struct {
	negated  bool
	presence bool       // Null: it asks for the key, not for its value
	bare     kindOfNode // what may stand without quotes
	parse    func(text string, variables bool) (operand, string)
	match    func(o operand, actual string) bool
}

// operand is a value of the policy, read for its operator.
type operand struct {
	source   string
	template template // of texts and ARNs
	tokens   []token  // the template's pattern
	number   *big.Rat
	time     time.Time
	prefix   netip.Prefix
	binary   []byte
}

// equal reports whether actual matches one of the policy's values.
func (op *operator) equal(wanted []operand, actual string) bool {
	return slices.ContainsFunc(wanted, func(o operand) bool { return op.match(o, actual) })
}

// operators holds all of them by name, without prefix and suffix.
var operators = allOperators()

func allOperators() map[string]*operator {
	ops := map[string]*operator{
		"Bool":         {bare: aBoolean, parse: parseTruth, match: sameTruth},
		"BinaryEquals": {parse: parseBinary, match: sameBinary},
		"Null":         {bare: aBoolean, parse: parsePresence, presence: true},
	}
	pair := func(name, not string, op operator) {
		ops[name] = &op
		opposite := op
		opposite.negated = true
		ops[not] = &opposite
	}
	pair("StringEquals", "StringNotEquals", operator{parse: parseText, match: sameText})
	pair("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", operator{parse: parseText, match: sameLetters})
	pair("StringLike", "StringNotLike", operator{parse: parseGlob, match: likeText})
	pair("ArnEquals", "ArnNotEquals", operator{parse: parseARN, match: likeARN})
	pair("ArnLike", "ArnNotLike", operator{parse: parseARN, match: likeARN})
	pair("IpAddress", "NotIpAddress", operator{parse: parsePrefix, match: inPrefix})
	for name, holds := range map[string]func(order int) bool{
		"LessThan":          func(order int) bool { return order < 0 },
		"LessThanEquals":    func(order int) bool { return order <= 0 },
		"GreaterThan":       func(order int) bool { return order > 0 },
		"GreaterThanEquals": func(order int) bool { return order >= 0 },
	} {
		ops["Numeric"+name] = &operator{bare: aNumber, parse: parseNumber, match: numbers(holds)}
		ops["Date"+name] = &operator{bare: aNumber, parse: parseDate, match: dates(holds)}
	}
	same := func(order int) bool { return order == 0 }
	pair("NumericEquals", "NumericNotEquals", operator{bare: aNumber, parse: parseNumber, match: numbers(same)})
	pair("DateEquals", "DateNotEquals", operator{bare: aNumber, parse: parseDate, match: dates(same)})
	return ops
}

func parseText(text string, variables bool) (operand, string) {
	t, problem := parseTemplate(text, reading{variables: variables})
	return operand{template: t, tokens: t.fixed}, problem
}

func sameText(o operand, actual string) bool { return matches(o.tokens, actual) }

// sameLetters ignores case, but never takes a letter outside ASCII for one inside: a Kelvin sign is no k.
func sameLetters(o operand, actual string) bool {
	for _, t := range o.tokens {
		c, size := utf8.DecodeRuneInString(actual)
		if size == 0 || (c < utf8.RuneSelf) != (t.char < utf8.RuneSelf) || !strings.EqualFold(string(c), string(t.char)) {
			return false
		}
		actual = actual[size:]
	}
	return actual == ""
}

func parseGlob(text string, variables bool) (operand, string) {
	t, problem := parseTemplate(text, reading{variables: variables, wildcards: true})
	return operand{template: t, tokens: t.fixed}, problem
}

func likeText(o operand, actual string) bool { return matches(o.tokens, actual) }

func parseARN(text string, variables bool) (operand, string) {
	t, problem := parseTemplate(text, reading{variables: variables, wildcards: true, arn: true})
	if _, ok := splitARN(t.shape()); problem == "" && !ok && t.shape() != variableMark {
		problem = "it is not an ARN: write all six parts, each with * or ? where you like, such as arn:aws:iam::*:role/*"
	}
	return operand{template: t, tokens: t.fixed}, problem
}

// likeARN compares part by part, so that a * does not reach from one part into another.
func likeARN(o operand, actual string) bool {
	pattern := o.tokens
	parts := strings.SplitN(actual, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return false
	}
	for _, part := range parts[:5] {
		end := slices.Index(pattern, token{char: ':'})
		if end < 0 || !matches(pattern[:end], part) {
			return false
		}
		pattern = pattern[end+1:]
	}
	return matches(pattern, parts[5])
}

func parseTruth(text string, variables bool) (operand, string) {
	o, problem := parseText(text, variables)
	if folded := fold(text); problem == "" && folded != "true" && folded != "false" && !o.template.variable() {
		problem = "write true or false"
	}
	return o, problem
}

func sameTruth(o operand, actual string) bool {
	folded := fold(actual)
	return (folded == "true" || folded == "false") && sameLetters(o, actual)
}

func parsePresence(text string, _ bool) (operand, string) {
	if text != "true" && text != "false" {
		return operand{}, "write true (the key is absent) or false (the key is there)"
	}
	return operand{}, ""
}

// decimal bounds what is taken for a number: an exponent could make a short text a huge number.
var decimal = regexp.MustCompile(`^[+-]?[0-9]{1,30}(\.[0-9]{1,30})?$`)

func readNumber(text string) (*big.Rat, bool) {
	if !decimal.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func parseNumber(text string, _ bool) (operand, string) {
	n, ok := readNumber(text)
	if !ok {
		return operand{}, "write a decimal number, without exponent or variable"
	}
	return operand{number: n}, ""
}

func numbers(holds func(order int) bool) func(operand, string) bool {
	return func(o operand, actual string) bool {
		n, ok := readNumber(actual)
		return ok && holds(n.Cmp(o.number))
	}
}

// dateForms are the profiles of ISO 8601 that web pages use, without the bare year, which reads
// like seconds.
var dateForms = []string{
	time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02",
	"2006-01-02T15:04:05.999999999Z0700", "2006-01",
}

var epoch = regexp.MustCompile(`^-?[0-9]{1,12}$`)

func readDate(text string) (time.Time, bool) {
	if epoch.MatchString(text) {
		seconds, err := strconv.ParseInt(text, 10, 64)
		return time.Unix(seconds, 0).UTC(), err == nil
	}
	for _, form := range dateForms {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func parseDate(text string, _ bool) (operand, string) {
	t, ok := readDate(text)
	if !ok {
		return operand{}, "write a time such as 2026-01-31T12:00:00Z, or seconds since 1970"
	}
	return operand{time: t}, ""
}

func dates(holds func(order int) bool) func(operand, string) bool {
	return func(o operand, actual string) bool {
		t, ok := readDate(actual)
		return ok && holds(t.Compare(o.time))
	}
}

func parsePrefix(text string, _ bool) (operand, string) {
	p, ok := readPrefix(text)
	if !ok {
		return operand{}, "write an address or a range such as 203.0.113.0/24 or 2001:db8::/32"
	}
	return operand{prefix: p}, ""
}

// readPrefix reads an address or a range. IPv4 written as IPv6 counts as IPv4, on both sides: a
// Deny of 10.0.0.0/8 must also meet ::ffff:10.1.2.3.
func readPrefix(text string) (netip.Prefix, bool) {
	if addr, err := netip.ParseAddr(text); err == nil {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), addr.Zone() == ""
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), true
}

func inPrefix(o operand, actual string) bool {
	addr, err := netip.ParseAddr(actual)
	return err == nil && o.prefix.Contains(addr.Unmap())
}

func parseBinary(text string, _ bool) (operand, string) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return operand{}, "write base64"
	}
	return operand{binary: b}, ""
}

func sameBinary(o operand, actual string) bool {
	b, err := base64.StdEncoding.Strict().DecodeString(actual)
	return err == nil && bytes.Equal(b, o.binary)
}
