package writeback

import (
	"errors"
	"slices"
	"time"

	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
	"signet/ticket"
)

// maxSkew is how far in the future a ticket may have been issued: the clocks of two servers differ.
const maxSkew = time.Minute

// open opens a token and checks everything in it that needs no database but its expiry: an expired
// ticket that was used still shows its receipt.
func (e *Engine) open(a *action, caller policy.Caller, token string) (*ticket.Ticket, error) {
	t, err := ticket.Open(token, func(id string) (opaque.Bytes, error) { return e.cfg.Keys.Version(TicketKey, id) })
	switch {
	case errors.Is(err, ticket.ErrMalformed):
		return nil, fault.Wrap(err, fault.TicketMalformed, "This is not a whole ticket. Reload the row and try again.")
	case errors.Is(err, ticket.ErrForged):
		return nil, fault.Wrap(err, fault.TicketForged, "The ticket was changed after it was signed. Nothing was written.")
	case err != nil:
		return nil, err
	}
	switch {
	case t.Instance != e.cfg.Instance:
		return nil, fault.New(fault.TicketForeign, "The ticket was made by another server. Reload the row here.")
	case t.Principal != caller.Principal().ID:
		return nil, fault.New(fault.TicketForeign, "The ticket was made for somebody else. Reload the row to get your own.")
	case t.Action != a.ID:
		return nil, fault.New(fault.TicketForeign, "The ticket is for another action. Reload the row and try again.")
	case t.Version != a.version || t.Dataset != a.Dataset || t.Target != a.targetName() || !a.hasNames(t):
		return nil, fault.New(fault.ActionChanged, "The action was changed since this row was shown. Reload the row and look at it again.")
	case t.Issued.After(e.cfg.Clock().Add(maxSkew)):
		return nil, fault.New(fault.TicketForeign, "The ticket is from the future. Compare the servers' clocks with `signet doctor`.")
	}
	return t, nil
}

func (a *action) hasNames(t *ticket.Ticket) bool {
	return slices.EqualFunc(t.Columns, a.names, func(c ticket.Column, name string) bool { return c.Name == name })
}

func (e *Engine) expired(t *ticket.Ticket) error {
	if e.cfg.Clock().Before(t.Expires) {
		return nil
	}
	return fault.New(fault.TicketExpired, "This offer ended at %s. Reload the row to see today's values.", t.Expires.Format("15:04:05 MST"))
}

// checkRow compares the row as it stands now with the row as it was shown, under the key that the
// ticket was signed with, and asks the row policy again: what a caller may not read, they may not write.
func (a *action) checkRow(c *claim, rows [][]value.Value, secret opaque.Bytes) error {
	var changed []value.Value
	for _, row := range rows {
		row, err := a.dataset.Convert(row)
		if err != nil {
			return fault.Wrap(err, fault.TargetSchema, "The row cannot be read any more: a column has another type.")
		}
		if !a.allowed(c.sub.caller, row) {
			continue
		}
		same, err := a.asShown(c, row, secret)
		if err != nil {
			return err
		}
		if same {
			c.row = row
			return nil
		}
		changed = row
	}
	if changed == nil {
		return fault.New(fault.RowGone, "The row is not there any more, or you may not see it any more. Nothing was written.")
	}
	return a.rowChanged(c, changed)
}

// asShown reports whether a row is the one that the ticket was made for: the signed values are the
// same, and the rest has the same version.
func (a *action) asShown(c *claim, row []value.Value, secret opaque.Bytes) (bool, error) {
	for i, at := range a.signed {
		if !row[at].Equal(c.sub.signed[i]) {
			return false, nil
		}
	}
	version, err := ticket.RowVersion(secret, a.restName, pick(make([]value.Value, len(a.rest)), row, a.rest))
	return version == c.sub.ticket.RowVersion, err
}

// allowed applies the dataset's row policy to a whole row.
func (a *action) allowed(caller policy.Caller, row []value.Value) bool {
	return a.dataset.Allows(caller, func(field string) (value.Value, bool) {
		i := slices.Index(a.fields, field)
		if i < 0 {
			return value.Value{}, false
		}
		return row[i], true
	})
}

func (a *action) rowChanged(c *claim, row []value.Value) error {
	f := fault.New(fault.RowChanged, "The row has changed since it was shown. Nothing was written.")
	for i, place := range a.signed {
		if was, now := c.sub.signed[i], row[place]; !was.Equal(now) {
			field := a.dataset.Fields()[place]
			f.Changes = append(f.Changes, fault.Change{Field: field.Name, Label: field.Label, Was: was, Now: now})
		}
	}
	if len(f.Changes) == 0 {
		f.Detail = "A value of this row that the form does not show has changed. Nothing was written; reload the row."
	}
	return f
}

// checkStatus refuses a transition from a state that does not allow it.
func (a *action) checkStatus(c *claim) error {
	if !a.Transition() {
		return nil
	}
	if c.previous == nil {
		return fault.New(fault.RowGone, "The record is not there any more. Nothing was written.")
	}
	status := c.previous[a.places[a.Status.Column]].String()
	if slices.Contains(a.Status.From, status) {
		return nil
	}
	by := c.previous[a.places[a.System.Who]].String()
	return fault.New(fault.StatusConflict, "It is already %s, by %s. Nothing was written.", status, by)
}

// readRows reads the answers of reread into rows by submission.
func (a *action) readRows(asks []ask, results []source.Result, claims int) [][][]value.Value {
	rows := make([][][]value.Value, claims)
	for i, r := range results {
		for _, row := range r.Rows {
			at := asks[i].of[row[0].Int()]
			rows[at] = append(rows[at], row[1:])
		}
	}
	return rows
}
