package secrets

import (
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// cron is a cron expression as Secrets Manager has them: minutes, hours, day of the month, month, day of
// the week, year. Minutes are 0 and years are *; one of the two kinds of day is ?.
type cron struct {
	hours, months set
	days          set  // of the month
	lastDay       bool // L: the last day of the month
	weekdays      set  // 1 is Sunday
	lastWeekdays  set  // 6L: the last Friday of the month
	nth           [6]set
	byWeekday     bool
}

// set is a set of small numbers.
type set uint64

func (s set) has(n int) bool { return s&(1<<n) != 0 }
func (s set) count() int     { return bits.OnesCount64(uint64(s)) }
func (s set) last() int      { return bits.Len64(uint64(s)) - 1 }

// gap is the least number of hours between two of a set of hours, over midnight too.
func (s set) gap() int {
	least, before := 24, s.last()-24
	for h := range 24 {
		if s.has(h) {
			least, before = min(least, h-before), h
		}
	}
	return least
}

var (
	monthNames = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	dayNames   = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

func badCron(format string, args ...any) *Error {
	return invalidParameter("Invalid ScheduleExpression: "+format, args...)
}

// parseCron reads cron(...).
func parseCron(text string) (*cron, error) {
	inner, ok := strings.CutSuffix(strings.TrimPrefix(text, "cron("), ")")
	fields := strings.Fields(inner)
	if !ok || len(text) > 256 || len(fields) != 6 {
		return nil, badCron("cron has six fields: minutes, hours, day of the month, month, day of the week, year.")
	}
	c := &cron{}
	var failed [4]error
	c.hours, failed[0] = parseField("hours", fields[1], 0, 23, nil)
	c.months, failed[1] = parseField("month", fields[3], 1, 12, monthNames)
	failed[2] = c.parseDays(fields[2])
	failed[3] = c.parseWeekdays(fields[4])
	switch {
	case fields[0] != "0":
		return nil, badCron("the minutes must be 0.")
	case fields[5] != "*":
		return nil, badCron("the year must be *.")
	case (fields[2] == "?") == (fields[4] == "?"):
		return nil, badCron("one of day of the month and day of the week must be ?, and only one.")
	}
	if err := firstWrong(failed[:]...); err != nil {
		return nil, err
	}
	if c.hours.gap() < leastHours {
		return nil, badCron("a secret can be rotated every %d hours at most.", leastHours)
	}
	if _, ok := c.next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)); !ok {
		return nil, badCron("there is no such day.")
	}
	return c, nil
}

func (c *cron) parseDays(field string) (err error) {
	switch field {
	case "?":
		c.byWeekday = true
	case "L":
		c.lastDay = true
	default:
		c.days, err = parseField("day of the month", field, 1, 31, nil)
	}
	return err
}

func (c *cron) parseWeekdays(field string) (err error) {
	if field == "?" {
		return nil
	}
	for _, part := range strings.Split(field, ",") {
		day, nth, numbered := strings.Cut(part, "#")
		last := len(part) > 1 && strings.HasSuffix(part, "L") && !numbered
		var s set
		switch {
		case numbered:
			n, bad := strconv.Atoi(nth)
			if bad != nil || n < 1 || n > 5 {
				return badCron("%q: after # comes which one of the month it is, 1 to 5.", clip(part))
			}
			s, err = parseOne("day of the week", day, 1, 7, dayNames)
			c.nth[n] |= s
		case last:
			s, err = parseOne("day of the week", strings.TrimSuffix(part, "L"), 1, 7, dayNames)
			c.lastWeekdays |= s
		case part == "L": // the last day of the week
			c.weekdays |= 1 << 7
		default:
			s, err = parseField("day of the week", part, 1, 7, dayNames)
			c.weekdays |= s
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parseOne reads one value of a field.
func parseOne(what, text string, low, high int, names []string) (set, error) {
	n, err := parseValue(what, text, low, high, names)
	return set(1) << n, err
}

func parseValue(what, text string, low, high int, names []string) (int, error) {
	for i, name := range names {
		if strings.EqualFold(text, name) {
			return low + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || len(text) > 2 || n < low || n > high {
		return 0, badCron("%s: %q is not a value from %d to %d.", what, clip(text), low, high)
	}
	return n, nil
}

// parseField reads a list of values, ranges and steps.
func parseField(what, field string, low, high int, names []string) (set, error) {
	var out set
	for _, part := range strings.Split(field, ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		step := 1
		if stepped {
			n, err := strconv.Atoi(stepText)
			if err != nil || n < 1 || n > high {
				return 0, badCron("%s: %q is no step.", what, clip(part))
			}
			step = n
		}
		first, last, err := parseSpan(what, span, low, high, stepped, names)
		if err != nil {
			return 0, err
		}
		for n := first; n <= last; n += step {
			out |= 1 << n
		}
	}
	return out, nil
}

// parseSpan reads *, a value, or a range. A value with a step reaches to the end.
func parseSpan(what, span string, low, high int, stepped bool, names []string) (first, last int, err error) {
	if span == "*" {
		return low, high, nil
	}
	from, to, ranged := strings.Cut(span, "-")
	if first, err = parseValue(what, from, low, high, names); err != nil {
		return 0, 0, err
	}
	switch {
	case ranged:
		last, err = parseValue(what, to, low, high, names)
	case stepped:
		last = high
	default:
		last = first
	}
	if err == nil && last < first {
		err = badCron("%s: %q goes backwards.", what, clip(span))
	}
	return first, last, err
}

// searched is how far ahead a day is looked for: 29 February can be eight years away.
const searched = 9 * 366

// next returns the first time after another; ok is false when there is none.
func (c *cron) next(after time.Time) (time.Time, bool) {
	day := after.Truncate(24 * time.Hour)
	for range searched {
		if c.onDay(day) {
			for h := range 24 {
				if at := day.Add(time.Duration(h) * time.Hour); c.hours.has(h) && at.After(after) {
					return at, true
				}
			}
		}
		day = day.AddDate(0, 0, 1)
	}
	return time.Time{}, false
}

func (c *cron) onDay(day time.Time) bool {
	if !c.months.has(int(day.Month())) {
		return false
	}
	isLast := day.AddDate(0, 0, 1).Month() != day.Month()
	if !c.byWeekday {
		return c.days.has(day.Day()) || c.lastDay && isLast
	}
	weekday := int(day.Weekday()) + 1
	return c.weekdays.has(weekday) || c.nth[(day.Day()-1)/7+1].has(weekday) ||
		c.lastWeekdays.has(weekday) && day.AddDate(0, 0, 7).Month() != day.Month()
}
