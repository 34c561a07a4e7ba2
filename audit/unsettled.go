package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"signet/internal/store"
)

// settleEvery is after how many events the settled marks move on, so that a start never searches
// more than this.
const settleEvery = 1 << 17

const (
	selectMark = "SELECT upto, pending FROM audit_settled WHERE action = ?"
	upsertMark = `INSERT INTO audit_settled (action, upto, pending) VALUES (?, ?, ?)
ON CONFLICT (action) DO UPDATE SET upto = excluded.upto, pending = excluded.pending`
)

// Unsettled returns the attempts of an action that have no outcome, in order. Ask at start, before
// the action is done again: those it finds are what a process left behind when it ended in between.
// (On a shared store, also what other processes are doing at this moment.) Gate.Settle closes them.
//
// The search starts at a mark in the store and moves it, so it takes as long as the log grew since.
func (l *Log) Unsettled(ctx context.Context, action string) ([]Record, error) {
	pending, err := l.moveMark(ctx, action)
	if err != nil {
		return nil, fmt.Errorf("audit: looking for attempts without an outcome: %w", err)
	}
	records := make([]Record, 0, len(pending))
	for _, index := range pending {
		r, err := l.Event(ctx, index)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// moveMark moves an action's mark to the end of the log and returns its attempts without an outcome.
// It needs no transaction: events never change, and when two processes move a mark at once, what
// either of them writes is true.
func (l *Log) moveMark(ctx context.Context, action string) ([]Index, error) {
	var upto, size Index
	var pending []Index
	text := "[]"
	missing := l.db.QueryRow(ctx, selectMark, action).Scan(&upto, &text)
	if missing != nil && !store.IsNoRows(missing) {
		return nil, missing
	}
	if err := json.Unmarshal([]byte(text), &pending); err != nil {
		return nil, fmt.Errorf("the mark of %s: %w", action, err)
	}
	if err := l.db.QueryRow(ctx, "SELECT size FROM audit_head WHERE id = 1").Scan(&size); err != nil {
		return nil, err
	}
	pending, err := search(ctx, l.db, action, pending, upto, size)
	if err != nil || size == upto && missing == nil {
		return pending, err
	}
	mark, err := json.Marshal(pending)
	if err != nil {
		return nil, err
	}
	_, err = l.db.Exec(ctx, upsertMark, action, size, string(mark))
	return pending, err
}

// search goes through a range of the log. pending are the attempts before it without an outcome.
func search(ctx context.Context, db *store.DB, action string, pending []Index, upto, size Index) ([]Index, error) {
	open := map[Index]bool{}
	for _, index := range pending {
		open[index] = true
	}
	begin := appendField(nil, leafBegins, action) // most events are of other actions or no such: they are not decoded
	err := leaves(ctx, db, upto, size, func(index Index, leaf []byte) (bool, error) {
		if !bytes.HasPrefix(leaf, begin) {
			return true, nil
		}
		switch phase, attempt := glance(leaf[len(begin):]); phase {
		case PhaseAttempt:
			open[index] = true
		case PhaseOutcome:
			delete(open, attempt)
		}
		return true, nil
	})
	return append([]Index{}, slices.Sorted(maps.Keys(open))...), err
}

// moveMarks moves the marks of all actions that somebody has asked for.
func (l *Log) moveMarks() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	actions, err := l.marked(ctx)
	for _, action := range actions {
		if _, err = l.moveMark(ctx, action); err != nil {
			break
		}
	}
	if err != nil {
		slog.Warn("audit: moving the marks of settled attempts; the next start takes longer", "error", err)
	}
}

func (l *Log) marked(ctx context.Context) ([]string, error) {
	rows, err := l.db.Query(ctx, "SELECT action FROM audit_settled")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var actions []string
	for rows.Next() {
		var action string
		if err := rows.Scan(&action); err != nil {
			return nil, err
		}
		actions = append(actions, action)
	}
	return actions, rows.Err()
}
