package secrets

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// RotationRules say when a secret is rotated. The zero RotationRules say never.
type RotationRules struct {
	AutomaticallyAfterDays int    // 1 to 1000; 0 with a schedule
	ScheduleExpression     string // rate(...) or cron(...), in UTC
	Duration               string // of the window, such as 3h; "" for the usual one
}

const (
	leastHours = 4 // between two rotations
	mostDays   = 1000
)

// schedule is RotationRules that were read: either a rate or a cron expression.
type schedule struct {
	every  time.Duration // of a rate; 0 of a cron expression
	cron   *cron
	hourly bool          // the usual window has one hour, not the rest of the day
	window time.Duration // 0 for the usual one
}

var (
	rateForm     = regexp.MustCompile(`^rate\(([0-9]{1,5}) (hours?|days?)\)$`)
	durationForm = regexp.MustCompile(`^([0-9]{1,2})h$`)
)

// IsZero reports whether the rules name no time.
func (r RotationRules) IsZero() bool { return r == RotationRules{} }

// parse reads rules.
func (r RotationRules) parse() (schedule, error) {
	var s schedule
	var err error
	switch {
	case r.AutomaticallyAfterDays != 0 && r.ScheduleExpression != "":
		return s, invalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression.")
	case r.AutomaticallyAfterDays != 0:
		if r.AutomaticallyAfterDays < 1 || r.AutomaticallyAfterDays > mostDays {
			return s, constraint("rotationRules.automaticallyAfterDays", "be between 1 and %d", mostDays)
		}
		s.every = time.Duration(r.AutomaticallyAfterDays) * 24 * time.Hour
	case strings.HasPrefix(r.ScheduleExpression, "cron("):
		s.cron, err = parseCron(r.ScheduleExpression)
		s.hourly = err == nil && s.cron.hours.count() > 1
	default:
		s, err = parseRate(r.ScheduleExpression)
	}
	if err != nil {
		return schedule{}, err
	}
	return s.within(r.Duration)
}

func parseRate(text string) (schedule, error) {
	m := rateForm.FindStringSubmatch(text)
	if m == nil {
		return schedule{}, invalidParameter("Invalid ScheduleExpression %q: write rate(10 days), rate(12 hours) or cron(0 8 1 * ? *).", clip(text))
	}
	n, _ := strconv.Atoi(m[1]) // at most five digits
	if strings.HasPrefix(m[2], "day") {
		if n < 1 || n > mostDays {
			return schedule{}, invalidParameter("Invalid ScheduleExpression: a rate has 1 to %d days.", mostDays)
		}
		return schedule{every: time.Duration(n) * 24 * time.Hour}, nil
	}
	if n < leastHours || n > mostDays*24 {
		return schedule{}, invalidParameter("Invalid ScheduleExpression: a rate has %d to %d hours.", leastHours, mostDays*24)
	}
	return schedule{every: time.Duration(n) * time.Hour, hourly: true}, nil
}

// within sets the length of the window. It must end before the next one begins, and on its own day.
func (s schedule) within(duration string) (schedule, error) {
	if duration == "" {
		return s, nil
	}
	m := durationForm.FindStringSubmatch(duration)
	if m == nil {
		return schedule{}, invalidParameter("Invalid Duration %q: write a number of hours, such as 3h.", clip(duration))
	}
	hours, _ := strconv.Atoi(m[1]) // at most two digits
	s.window = time.Duration(hours) * time.Hour
	last, gap := 0, 24
	if s.cron != nil {
		last, gap = s.cron.hours.last(), s.cron.hours.gap()
	} else if s.hourly {
		gap = min(gap, int(s.every/time.Hour))
	}
	if hours < 1 || last+hours > 24 || hours > gap {
		return schedule{}, invalidParameter("Invalid Duration %s: the rotation window must not extend into the next one or the next UTC day.", duration)
	}
	return s, nil
}

// next returns the first window that opens after a time. last is when the secret was last rotated, from
// which rates count. ok is false when there is no such window.
func (s schedule) next(last, after time.Time) (opens, closes time.Time, ok bool) {
	if s.cron != nil {
		opens, ok = s.cron.next(after.UTC())
	} else {
		opens, ok = s.nextRate(last.UTC(), after.UTC()), true
	}
	if !ok {
		return time.Time{}, time.Time{}, false
	}
	endOfDay := opens.Truncate(24 * time.Hour).Add(24 * time.Hour)
	closes = endOfDay
	switch {
	case s.window > 0:
		closes = opens.Add(s.window)
	case s.hourly:
		closes = opens.Add(time.Hour)
	}
	if closes.After(endOfDay) {
		closes = endOfDay
	}
	return opens, closes.Add(-time.Second), true
}

// nextRate counts from the last rotation. Days begin at midnight, hours on the hour.
func (s schedule) nextRate(last, after time.Time) time.Time {
	unit := 24 * time.Hour
	if s.hourly {
		unit = time.Hour
	}
	opens := last.Truncate(unit).Add(s.every)
	if !opens.After(after) {
		missed := after.Sub(opens)/s.every + 1
		opens = opens.Add(missed * s.every)
	}
	return opens
}
