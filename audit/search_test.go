package audit_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"signet/audit"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/policy"
)

// many appends n reads of many people, a minute apart, and returns what was appended.
func many(t *testing.T, l *audit.Log, from, n int) []audit.Event {
	t.Helper()
	var all []audit.Event
	var waiting []*audit.Pending
	for i := from; i < from+n; i++ {
		e := audit.Event{
			Time: time.Date(2026, 1, 1, 0, i, 0, 0, time.UTC), Phase: audit.PhaseView, Action: "secretsmanager:GetSecretValue",
			Resource: fmt.Sprintf("secret/%d", i%7), Who: audit.Who{Type: audit.TypeUser, Name: fmt.Sprintf("user%d", i%100)}, ReadOnly: i%2 == 0,
			AWS: fmt.Sprintf(`{"accessKeyId":"AKIA%d","resources":[{"ARN":"arn:aws:x:::%d","type":"AWS::X::Y"}]}`, i%5, i),
		}
		if i%1000 == 3 {
			e.Action = "kms:ScheduleKeyDeletion"
		}
		all = append(all, e)
		waiting = append(waiting, l.AppendAsync(e))
	}
	for _, p := range waiting {
		if _, err := p.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// every collects all pages.
func every(t *testing.T, l *audit.Log, q audit.Query) []audit.Found {
	t.Helper()
	var all []audit.Found
	for {
		page, next, err := l.Search(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if q.Token = next; next == "" {
			return all
		}
	}
}

func TestSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.DB) {
		k := newKey(t, "test")
		l, other := openLog(t, open(), k, audit.Options{}), openLog(t, open(), k, audit.Options{})
		events := many(t, l, 0, 1500)
		events = append(events, many(t, other, 1500, 100)...)
		events = append(events, many(t, l, 1600, 1900)...)
		yes := true
		middle := time.Date(2026, 1, 1, 20, 0, 0, 0, time.UTC)
		ids := every(t, l, audit.Query{Name: "ScheduleKeyDeletion"})
		for what, c := range map[string]struct {
			q    audit.Query
			fits func(audit.Event) bool
		}{
			"all":           {audit.Query{Limit: 700}, func(audit.Event) bool { return true }},
			"name":          {audit.Query{Name: "ScheduleKeyDeletion"}, func(e audit.Event) bool { return e.Action == "kms:ScheduleKeyDeletion" }},
			"source":        {audit.Query{Source: "kms"}, func(e audit.Event) bool { return e.Action == "kms:ScheduleKeyDeletion" }},
			"user":          {audit.Query{User: "user42", Limit: 3}, func(e audit.Event) bool { return e.Who.Name == "user42" }},
			"arn":           {audit.Query{Resource: "arn:aws:x:::1234"}, func(e audit.Event) bool { return e.Time.Equal(events[1234].Time) }},
			"resource":      {audit.Query{Resource: "secret/3"}, func(e audit.Event) bool { return e.Resource == "secret/3" }},
			"type and user": {audit.Query{ResourceType: "AWS::X::Y", User: "user7"}, func(e audit.Event) bool { return e.Who.Name == "user7" }},
			"key": {audit.Query{AccessKeyID: "AKIA4", Limit: 1000}, func(e audit.Event) bool {
				return e.AWS[len(`{"accessKeyId":"`):len(`{"accessKeyId":"AKIA4`)] == "AKIA4"
			}},
			"read-only": {audit.Query{ReadOnly: &yes, Limit: 1000}, func(e audit.Event) bool { return e.ReadOnly }},
			"time":      {audit.Query{From: middle, To: middle.Add(time.Hour)}, func(e audit.Event) bool { return !e.Time.Before(middle) && !e.Time.After(middle.Add(time.Hour)) }},
			"id":        {audit.Query{EventID: ids[1].ID}, func(e audit.Event) bool { return e.Time.Equal(ids[1].Time) }},
			"nothing":   {audit.Query{User: "nobody"}, func(audit.Event) bool { return false }},
		} {
			var want, got []time.Time
			for _, e := range slices.Backward(events) {
				if c.fits(e) {
					want = append(want, e.Time)
				}
			}
			for _, f := range every(t, l, c.q) {
				got = append(got, f.Time)
			}
			if !slices.Equal(want, got) {
				t.Errorf("%s: %d found, want %d", what, len(got), len(want))
			}
		}
	})
}

// An outcome is found, with its attempt; an attempt without one is not.
func TestSearchFindsTheOutcome(t *testing.T) {
	l, _, _ := sqliteLog(t)
	g := audit.NewGate(l)
	c := policy.NewCaller(policy.Principal{ID: "u", Name: "ana", AWS: policy.Identity{AccessKeyID: "AKIAX", Region: "eu-west-1", Requester: policy.Requester{
		Type: policy.User, ARN: "arn:aws:iam::123456789012:user/ana", Account: "123456789012", Name: "ana", ID: "AIDAX"}}})
	op := policy.Operation{Action: "kms:CreateKey", Resource: "*", Allow: policy.Grant{Users: []string{"ana"}}, Record: &policy.Record{Request: map[string]any{"a": "<b>"}}}
	a, err := g.Begin(t.Context(), c, op)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Recorded(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := every(t, l, audit.Query{Name: "CreateKey"}); len(got) != 0 {
		t.Errorf("the attempt is found: %+v", got)
	}
	op.Record.Resources = []policy.Resource{{ARN: "arn:k", Type: "AWS::KMS::Key"}}
	op.Record.Response = map[string]any{"keyId": "k"}
	if _, err := a.Done(t.Context(), nil, nil); err != nil {
		t.Fatal(err)
	}
	got := every(t, l, audit.Query{AccessKeyID: "AKIAX", Resource: "arn:k"})
	if len(got) != 1 || got[0].Attempt.Action != "kms:CreateKey" || got[0].Phase != audit.PhaseOutcome {
		t.Fatalf("%+v", got)
	}
	if want := `{"accessKeyId":"AKIAX","awsRegion":"eu-west-1","requestParameters":{"a":"<b>"},"userIdentity":{"accessKeyId":"AKIAX","accountId":"123456789012","arn":"arn:aws:iam::123456789012:user/ana","principalId":"AIDAX","type":"IAMUser","userName":"ana"}}`; got[0].Attempt.AWS != want {
		t.Errorf("%s", got[0].Attempt.AWS)
	}
	if want := `{"accessKeyId":"AKIAX","resources":[{"ARN":"arn:k","type":"AWS::KMS::Key"}],"responseElements":{"keyId":"k"}}`; got[0].AWS != want {
		t.Errorf("%s", got[0].AWS)
	}
}

// A33: whoever changes the index hides nothing from Verify.
func TestA33TheIndexIsVerified(t *testing.T) {
	for what, change := range map[string]string{
		"a term dropped":    "DELETE FROM audit_terms WHERE term = 'u:user42' AND segment = 1",
		"a term added":      "INSERT INTO audit_terms VALUES ('u:mallory', 0)",
		"a term moved":      "UPDATE audit_terms SET term = 'u:user999' WHERE term = 'u:user42' AND segment = 0",
		"a segment dropped": "DELETE FROM audit_segments WHERE segment = 0",
		"a time changed":    "UPDATE audit_segments SET last_time = last_time - 1 WHERE segment = 1",
		"terms of no event": "INSERT INTO audit_terms VALUES ('u:mallory', 9)",
		"a segment ahead":   "INSERT INTO audit_segments VALUES (2, 0, 0)",
	} {
		t.Run(what, func(t *testing.T) {
			l, db, k := sqliteLog(t)
			many(t, l, 0, 2100)
			l.Close()
			check := func(sound bool) {
				t.Helper()
				report, err := audit.Verify(t.Context(), db, k.verifiers)
				if err != nil {
					t.Fatal(err)
				}
				if (report.Bad == nil) != sound {
					t.Errorf("bad: %+v", report.Bad)
				}
			}
			check(true)
			run(t, db, change)
			check(false)
		})
	}
}

// What is too long is left out, and says so.
func TestTrailIsBounded(t *testing.T) {
	l, _, _ := sqliteLog(t)
	e := attempt(1)
	e.AWS = `{"requestParameters":"` + string(make([]byte, audit.MaxTrail)) + `"}`
	index, err := l.Append(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.Event(t.Context(), index)
	if err != nil || r.AWS != `{"omitted":true}` {
		t.Errorf("%.100s, %v", r.AWS, err)
	}
}
