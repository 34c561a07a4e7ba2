package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"signet/audit"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// sample is a log of eleven events, one a batch, with its checkpoints of 1, 5 and 11 events kept.
func sample(t *testing.T, db *store.DB, k key) (checkpoints map[int64]string) {
	t.Helper()
	l := openLog(t, db, k, audit.Options{})
	checkpoints = map[int64]string{}
	for i := range 11 {
		e := attempt(i)
		if i%2 == 1 {
			e = outcome(int64(i - 1))
		}
		e.ID, e.Time = fmt.Sprintf("e%d", i), time.Unix(int64(1700000000+i), 0)
		mustAppend(t, l, e)
		p, err := l.Prove(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		checkpoints[p.Size] = p.Checkpoint
	}
	return checkpoints
}

func run(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func found(t *testing.T, db *store.DB, k key, known ...string) *audit.Bad {
	t.Helper()
	r, err := audit.Verify(t.Context(), db, k.verifiers, known...)
	if err != nil {
		t.Fatal(err)
	}
	return r.Bad
}

// TestVerifyNamesTheFirstBadRecord changes a sound log in every way that a writer of the store could.
func TestVerifyNamesTheFirstBadRecord(t *testing.T) {
	k := newKey(t, "test")
	for _, c := range []struct {
		name string
		do   []string
		want audit.Index
		what string
	}{
		{"changed event", []string{"UPDATE audit_blocks SET events = CAST(replace(CAST(events AS TEXT), 'u_ana', 'u_eva') AS BLOB) WHERE start = 4"}, 4, "changed"},
		{"dropped block", []string{"DELETE FROM audit_blocks WHERE start = 3"}, 3, "missing"},
		{"dropped end", []string{"DELETE FROM audit_blocks WHERE start >= 9"}, 9, "missing"},
		{"emptied", []string{"DELETE FROM audit_blocks"}, 0, "missing"},
		{"emptied block", []string{"UPDATE audit_blocks SET events = x'' WHERE start = 4"}, 4, "empty"},
		{"dropped and moved up", []string{"DELETE FROM audit_blocks WHERE start = 3", "UPDATE audit_blocks SET start = start - 1 WHERE start > 3"}, 3, "hash"},
		{"re-ordered", []string{"UPDATE audit_blocks SET start = 100 WHERE start = 6", "UPDATE audit_blocks SET start = 6 WHERE start = 8", "UPDATE audit_blocks SET start = 8 WHERE start = 100"}, 6, "changed"},
		{"event of another block", []string{"UPDATE audit_blocks SET events = (SELECT events FROM audit_blocks WHERE start = 6) WHERE start = 8"}, 8, "changed"},
		{"event twice", []string{"UPDATE audit_blocks SET events = CAST(events || events AS BLOB) WHERE start = 4"}, 5, "hash"},
		{"event twice at the end", []string{"UPDATE audit_blocks SET events = CAST(events || events AS BLOB) WHERE start = 10"}, 11, "past the end"},
		{"inserted at the end", []string{"INSERT INTO audit_blocks SELECT 11, hashes, events FROM audit_blocks WHERE start = 0"}, 11, "past the end"},
		{"inserted before", []string{"INSERT INTO audit_blocks SELECT -5, hashes, events FROM audit_blocks WHERE start = 0"}, 0, "number -5"},
		{"cut frame", []string{"UPDATE audit_blocks SET events = substr(events, 1, 40) WHERE start = 2"}, 2, "not whole"},
		{"dropped hashes", []string{"UPDATE audit_blocks SET hashes = x'' WHERE start = 5"}, 5, "hash"},
		{"extra hashes", []string{"UPDATE audit_blocks SET hashes = CAST(hashes || x'00' AS BLOB) WHERE start = 7"}, 7, "too many"},
		{"short hashes", []string{"UPDATE audit_blocks SET hashes = substr(hashes, 1, 40) WHERE start = 1"}, 1, "hash"},
		{"head forward", []string{"UPDATE audit_head SET size = 12"}, 11, "signature covers"},
		{"head gone", []string{"DELETE FROM audit_head"}, 0, "no head"},
		{"checkpoint moved", []string{"UPDATE audit_checkpoints SET size = 2"}, 1, "is one of"},
		{"checkpoint ahead", []string{"UPDATE audit_checkpoints SET size = 20"}, 11, "cut off"},
		{"checkpoint of text", []string{"UPDATE audit_checkpoints SET checkpoint = 'x'"}, 0, "not good"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "-"), func(t *testing.T) {
			db := storetest.Open(t, storetest.SQLiteURL(t))
			sample(t, db, k)
			verified(t, db, k)
			for _, query := range c.do {
				run(t, db, query)
			}
			bad := found(t, db, k)
			if bad == nil || bad.Index != c.want || !strings.Contains(bad.What, c.what) {
				t.Errorf("got %+v, want record %d, %q", bad, c.want, c.what)
			}
		})
	}
}

// TestVerifyFindsARewrittenLog: events and hashes that fit each other, but not the signatures.
func TestVerifyFindsARewrittenLog(t *testing.T) {
	k, eve := newKey(t, "test"), newKey(t, "test")
	for name, c := range map[string]struct {
		keep string // what of the true log the rewritten one gets
		want audit.Index
		what string
	}{
		"head of another key": {"", 10, "head is not good"},
		"true head":           {"audit_head", 0, "one of the records 0 to"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			folder := t.TempDir()
			truth, lie := storetest.Open(t, folder+"/true.db"), storetest.Open(t, folder+"/lie.db")
			sample(t, truth, k)
			l := openLog(t, lie, eve, audit.Options{})
			for i := range 11 {
				mustAppend(t, l, attempt(100+i))
			}
			if c.keep != "" {
				run(t, lie, "ATTACH ? AS truth", folder+"/true.db")
				for _, table := range []string{c.keep, "audit_checkpoints"} {
					run(t, lie, "DELETE FROM main."+table)
					run(t, lie, "INSERT INTO main."+table+" SELECT * FROM truth."+table)
				}
			}
			bad := found(t, lie, k)
			if bad == nil || bad.Index != c.want || !strings.Contains(bad.What, c.what) {
				t.Errorf("got %+v, want record %d, %q", bad, c.want, c.what)
			}
			if _, err := audit.Open(t.Context(), lie, k.signer, time.Now, audit.Options{}); err == nil || !strings.Contains(err.Error(), "damaged") {
				t.Errorf("the log opened: %v", err)
			}
		})
	}
}

// TestVerifyFindsALogCutBack: everything as it was at size 5, with the signature of then. Only somebody who
// kept a later checkpoint, in a receipt, can know.
func TestVerifyFindsALogCutBack(t *testing.T) {
	k := newKey(t, "test")
	db := storetest.Open(t, storetest.SQLiteURL(t))
	checkpoints := sample(t, db, k)
	verified(t, db, k, checkpoints[11], checkpoints[1], checkpoints[5])
	run(t, db, "DELETE FROM audit_blocks WHERE start >= 5")
	run(t, db, "DELETE FROM audit_checkpoints WHERE size > 5")
	run(t, db, "UPDATE audit_head SET size = 5, checkpoint = ?", []byte(checkpoints[5]))
	verified(t, db, k, checkpoints[1])
	if bad := found(t, db, k, checkpoints[11]); bad == nil || bad.Index != 5 || !strings.Contains(bad.What, "cut off") {
		t.Errorf("got %+v", bad)
	}
	l := openLog(t, db, k, audit.Options{}) // and what is written instead of it
	for range 10 {
		mustAppend(t, l, attempt(7))
	}
	verified(t, db, k)
	if bad := found(t, db, k, checkpoints[11]); bad == nil || bad.Index > 5 || !strings.Contains(bad.What, "size 11") {
		t.Errorf("got %+v", bad)
	}
}

func TestVerifyFindsOutcomesWithoutAttempts(t *testing.T) {
	denial := attempt(0)
	denial.Phase = audit.PhaseDenial
	for name, c := range map[string]struct {
		first  audit.Event
		second func(*audit.Event)
	}{
		"of a denial":     {denial, func(*audit.Event) {}},
		"of the future":   {attempt(0), func(e *audit.Event) { e.Attempt = 1 }},
		"of another act":  {attempt(0), func(e *audit.Event) { e.Action = "secrets:Rotate" }},
		"of nothing":      {attempt(0), func(e *audit.Event) { e.Attempt = 77 }},
		"twice, and then": {outcome(0), func(*audit.Event) {}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			l, db, k := sqliteLog(t)
			mustAppend(t, l, c.first)
			e := outcome(0)
			c.second(&e)
			mustAppend(t, l, e)
			if bad := found(t, db, k); bad == nil || !strings.Contains(bad.What, "not its attempt") {
				t.Errorf("got %+v", bad)
			}
		})
	}
}

// TestEveryFlippedByteIsFound flips each byte that the log stores, one after the other.
func TestEveryFlippedByteIsFound(t *testing.T) {
	k := newKey(t, "test")
	db := storetest.Open(t, storetest.SQLiteURL(t))
	sample(t, db, k)
	for _, c := range []struct{ table, id, column, where string }{
		{"audit_blocks", "start", "events", "start IN (4, 7)"},
		{"audit_blocks", "start", "hashes", "start >= 0"},
		{"audit_head", "id", "checkpoint", "id = 1"},
		{"audit_checkpoints", "size", "checkpoint", "size > 0"},
	} {
		for id, value := range blobs(t, db, "SELECT "+c.id+", "+c.column+" FROM "+c.table+" WHERE "+c.where) {
			set := "UPDATE " + c.table + " SET " + c.column + " = ? WHERE " + c.id + " = ?"
			for i := range value {
				value[i] ^= 1
				run(t, db, set, value, id)
				bad := found(t, db, k)
				if bad == nil {
					t.Errorf("byte %d of %s %d can be flipped", i, c.table, id)
				} else if c.column == "events" && bad.Index != id {
					t.Errorf("byte %d of record %d was flipped, record %d was named", i, id, bad.Index)
				}
				value[i] ^= 1
			}
			run(t, db, set, value, id)
			verified(t, db, k)
		}
	}
}

func blobs(t *testing.T, db *store.DB, query string) map[int64][]byte {
	t.Helper()
	rows, err := db.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	all := map[int64][]byte{}
	for rows.Next() {
		var id int64
		var value []byte
		if err := rows.Scan(&id, &value); err != nil {
			t.Fatal(err)
		}
		all[id] = value
	}
	if err := rows.Err(); err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	return all
}

// TestKeyOfTheLogMayChange: the new key goes on only when it is told of the old one.
func TestKeyOfTheLogMayChange(t *testing.T) {
	db := storetest.Open(t, storetest.SQLiteURL(t))
	old, next := newKey(t, "test"), newKey(t, "test")
	sample(t, db, old)
	if _, err := audit.Open(t.Context(), db, next.signer, time.Now, audit.Options{}); err == nil {
		t.Error("a foreign key goes on with the log")
	}
	l := openLog(t, db, next, audit.Options{Earlier: old.verifiers})
	mustAppend(t, l, attempt(0))
	if bad := found(t, db, next); bad == nil {
		t.Error("the old checkpoints were accepted without the old key")
	}
	if bad := found(t, db, key{verifiers: both{old, next}}); bad != nil {
		t.Errorf("got %+v", bad)
	}
}
