package writeback_test

import (
	"strings"
	"testing"

	"signet/dataset"
	"signet/internal/value"
	"signet/policy"
	"signet/writeback"
)

// TestA17HostileNames: tables and columns may be called anything; their names are only ever names.
func TestA17HostileNames(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		quote, text, at := w.src.Dialect().Ident, w.src.Dialect().KeyType(100), w.src.Dialect().Type(value.Timestamp)
		for _, name := range []string{
			`"; DROP TABLE tbquote; --`, `'; DROP TABLE tbquote; --`, `select`, `Ünïcode 名前`, `back\slash`, "new\nline", `{{x}}`, `$1`, `:state`, `%s`, `r`, `n`, `v0`, `ord`, strings.Repeat("x", 63),
		} {
			from, to := "in "+name, "to "+name
			if len(from) > 63 { // what PostgreSQL keeps of a name
				from, to = name[:60]+"in", name[:60]+"to"
			}
			w.exec("create table "+quote(from)+" ("+quote(name)+" "+text+")", "insert into "+quote(from)+" values ('a')",
				"create table "+quote(to)+" ("+quote(name)+" "+text+", id "+text+", st "+text+", who "+text+", written "+at+", receipt "+text+")")
			w.datasets["hostile"] = newDataset(t, dataset.Definition{ID: "hostile", Source: "warehouse", Table: from, Key: []string{"a"},
				Fields: []dataset.Field{{Name: "a", Column: name, Type: value.Text}}})
			w.load(writeback.Definition{
				ID: "hostile", Title: "x", Dataset: "hostile", Target: to, Allow: policy.Grant{Roles: []policy.Role{policy.Author}}, Signed: []writeback.Signed{{Field: "a", Column: name}},
				Record: writeback.Record{Column: "id", Match: []string{"a"}}, Status: writeback.Status{Column: "st", First: "one", Again: "two"},
				System: writeback.System{Who: "who", At: "written", Receipt: "receipt"},
			})
			for _, want := range []string{"one", "two"} {
				r := w.mustSubmit(w.ana, "hostile", w.tickets(w.ana, "hostile", "hostile", nil)[0], nil)
				if r.Record.Status != want {
					t.Errorf("%q: %+v", name, r.Record)
				}
			}
			if got := w.table("select " + quote(name) + ", st from " + quote(to) + " order by written"); strings.Join(got, " ") != "a|one a|two" {
				t.Errorf("%q: %v", name, got)
			}
			if got := w.table("select count(*) from tbquote"); got[0] != "0" {
				t.Errorf("%q: tbquote has %s rows", name, got[0])
			}
		}
	})
}
