package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"signet/audit"
	"signet/policy"
)

// search is what 'signet audit search' is asked for.
type search struct {
	since, until, who, event, service, resource, dataset, result string
	limit                                                        int
	json                                                         bool
}

func (t *terminal) auditSearchCommand() *cobra.Command {
	s := &search{}
	c := t.command(&cobra.Command{
		Use:   "search",
		Short: "List events of the audit log, newest first",
		Long: `List events of the audit log that fit all that is asked for, newest first. An operation is one event, with how it
ended. The search is on the log itself. Times are dates, RFC 3339 times, or durations before now such as 90m or 7d.`,
		Example: "  signet audit search --since 24h --result denied --data /var/lib/signet\n" +
			"  signet audit search --who ana --event secretsmanager:GetSecretValue --data /var/lib/signet\n" +
			"  signet audit search --dataset quotes --since 2026-01-01 --json --data /var/lib/signet",
	}, trustSettings, func(ctx context.Context, cfg *config, _ []string) error { return t.auditSearch(ctx, cfg, s) })
	f := c.Flags()
	f.StringVar(&s.since, "since", "", "only from this time on")
	f.StringVar(&s.until, "until", "", "only up to this time")
	f.StringVar(&s.who, "who", "", "only by this user, role session or job")
	f.StringVar(&s.event, "event", "", "only this operation, as kms:Decrypt or Decrypt")
	f.StringVar(&s.service, "service", "", "only operations of this service, as kms")
	f.StringVar(&s.resource, "resource", "", "only on this resource: an ARN, or as the event has it")
	f.StringVar(&s.dataset, "dataset", "", "only on this dataset")
	f.StringVar(&s.result, "result", "", "only what ended so: ok, denied or failed")
	f.IntVar(&s.limit, "limit", 50, "how many events at most")
	f.BoolVar(&s.json, "json", false, "print each event as a line of JSON, with all that is on record of it")
	return c
}

// maxPage is how many events one look-up reads.
const maxPage = 500

func (t *terminal) auditSearch(ctx context.Context, cfg *config, s *search) error {
	q, err := s.query(time.Now())
	if err != nil {
		return err
	}
	return t.withTrust(ctx, cfg, func(tr *trust, _ *folder) error {
		p := printerOf(t.out, s.json)
		for left := s.limit; left > 0; {
			q.Limit = min(left, maxPage)
			found, next, err := tr.gate.Lookup(ctx, operator, q, s.noted())
			if err != nil {
				return err
			}
			for _, f := range found {
				if err := p.print(f); err != nil {
					return err
				}
			}
			left -= len(found)
			if q.Token = next; next == "" {
				break
			}
		}
		return p.flush()
	})
}

// query reads what was asked for.
func (s *search) query(now time.Time) (q audit.Query, err error) {
	q = audit.Query{User: s.who, Source: s.service, Name: s.event, Resource: s.resource, Ending: audit.Ending(s.result)}
	if source, name, ok := strings.Cut(s.event, ":"); ok {
		if s.service != "" && s.service != source {
			return q, usage("--event %s is no operation of --service %s", s.event, s.service)
		}
		q.Source, q.Name = source, name
	}
	if s.dataset != "" {
		if s.resource != "" {
			return q, usage("--dataset and --resource are both given: want one")
		}
		q.Resource = "dataset/" + s.dataset
	}
	switch q.Ending {
	case "", audit.Well, audit.Denied, audit.Failed:
	default:
		return q, usage("--result: %q is none of ok, denied and failed", s.result)
	}
	if s.limit < 1 {
		return q, usage("--limit: %d is less than 1", s.limit)
	}
	if q.From, err = moment(s.since, now); err != nil {
		return q, usage("--since: %v", err)
	}
	if q.To, err = moment(s.until, now); err != nil {
		return q, usage("--until: %v", err)
	}
	if !q.From.IsZero() && !q.To.IsZero() && q.From.After(q.To) {
		return q, usage("--since %s is after --until %s", s.since, s.until)
	}
	return q, nil
}

// moment reads a time; the zero time for "".
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	var days int
	if n, err := fmt.Sscanf(text, "%dd", &days); n == 1 && err == nil && text == fmt.Sprintf("%dd", days) && days > 0 {
		return now.AddDate(0, 0, -days), nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago > 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time such as 2026-01-31, 2026-01-31T12:00:00Z, 90m or 7d", text)
}

// noted is what the log keeps of a search.
func (s *search) noted() policy.Params {
	return policy.Params{
		"since": s.since, "until": s.until, "who": s.who, "event": s.event, "service": s.service, "resource": s.resource, "dataset": s.dataset, "result": s.result,
	}.Tidy()
}

// printer prints events.
type printer interface {
	print(audit.Found) error
	flush() error
}

func printerOf(w io.Writer, asJSON bool) printer {
	if asJSON {
		return jsonLines{json.NewEncoder(w)}
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TIME\tWHO\tEVENT\tRESOURCE\tRESULT\tFROM\tRECORD")
	return columns{table}
}

type columns struct{ w *tabwriter.Writer }

func (c columns) print(f audit.Found) error {
	e := f.Record
	resource, result := e.Resource, e.Result
	if result == "" { // a view
		result = string(f.Ending())
	}
	if trail, err := audit.ParseTrail(e.AWS); err == nil { // it knows AWS's names, and what was made
		if trail.ErrorCode != "" {
			result = trail.ErrorCode
		}
		if resource == "*" && len(trail.Resources) > 0 {
			resource = trail.Resources[0].ARN
		}
	}
	cells := []string{e.Time.UTC().Format(minute), e.Who.Name, e.Action, resource, result, e.SourceIP, fmt.Sprint(e.Index)}
	for i, cell := range cells {
		if cells[i] = strings.Map(printable, cell); cell == "" {
			cells[i] = "-"
		}
	}
	_, err := fmt.Fprintln(c.w, strings.Join(cells, "\t"))
	return err
}

// printable keeps what strangers sent from moving the cursor of a terminal.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
		return '?'
	}
	return r
}

func (c columns) flush() error { return c.w.Flush() }

type jsonLines struct{ e *json.Encoder }

// eventLine is an event with what its attempt said.
type eventLine struct {
	Index     audit.Index       `json:"index"`
	ID        string            `json:"id"`
	Time      time.Time         `json:"time"`
	Action    string            `json:"action"`
	Resource  string            `json:"resource"`
	Who       string            `json:"who"`
	WhoType   string            `json:"whoType"`
	Ending    audit.Ending      `json:"ending"`
	Result    string            `json:"result,omitempty"`
	ReadOnly  bool              `json:"readOnly"`
	SourceIP  string            `json:"sourceIp,omitempty"`
	UserAgent string            `json:"userAgent,omitempty"`
	RequestID string            `json:"requestId,omitempty"`
	Detail    map[string]string `json:"detail,omitempty"`
	Asked     json.RawMessage   `json:"asked,omitempty"` // trail of what began it
	Ended     json.RawMessage   `json:"ended,omitempty"` // trail of its end
}

func (l jsonLines) print(f audit.Found) error {
	e := f.Record
	line := eventLine{
		Index: e.Index, ID: e.ID, Time: e.Time, Action: e.Action, Resource: e.Resource, Who: e.Who.Name, WhoType: e.Who.Type, Ending: f.Ending(),
		Result: e.Result, ReadOnly: e.ReadOnly, SourceIP: e.SourceIP, UserAgent: e.UserAgent, RequestID: e.RequestID, Detail: map[string]string{},
	}
	maps.Copy(line.Detail, f.Attempt.Detail)
	maps.Copy(line.Detail, e.Detail)
	line.Asked = json.RawMessage(e.AWS)
	if f.Phase == audit.PhaseOutcome {
		line.Asked, line.Ended = json.RawMessage(f.Attempt.AWS), json.RawMessage(e.AWS)
	}
	return l.e.Encode(line)
}

func (l jsonLines) flush() error { return nil }
