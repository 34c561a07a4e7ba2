package writeback_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"signet/audit"
	"signet/dataset"
	"signet/identity"
	"signet/internal/fault"
	"signet/internal/opaque"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/testenv"
	"signet/internal/value"
	"signet/policy"
	"signet/source"
	"signet/source/duckdb"
	"signet/source/mysql"
	"signet/source/postgres"
	"signet/source/sourcetest"
	"signet/writeback"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// world is an engine on a real target, with a real log in a real store.
type world struct {
	t        testing.TB
	ctx      context.Context
	engine   *writeback.Engine
	src      source.Source
	log      *audit.Log
	db       *store.DB
	verifier note.Verifiers

	publicKey string // of the log
	keys      *keyring
	datasets  map[string]*dataset.Dataset
	clock     *clock
	changes   chan writeback.Change

	ana, ben, vera, admin, system policy.Caller
}

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	off time.Duration // guarded by mu
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.off)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off += d
}

// keyring holds versions of the ticket key, as the vault does.
type keyring struct {
	mu      sync.Mutex
	keys    map[string]opaque.Bytes // guarded by mu
	current string                  // guarded by mu
}

func (k *keyring) rotate() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	k.current = fmt.Sprintf("k%d", len(k.keys)+1)
	k.keys[k.current] = opaque.New(b)
	return k.current
}

func (k *keyring) revoke(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, id)
}

func (k *keyring) Current(string) (string, opaque.Bytes, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current, k.keys[k.current], nil
}

func (k *keyring) Version(_, id string) (opaque.Bytes, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.keys[id]; ok {
		return key, nil
	}
	return opaque.Bytes{}, fault.New(fault.TicketKeyRetired, "gone")
}

func caller(id, name string, role policy.Role, groups ...string) policy.Caller {
	return policy.NewCaller(policy.Principal{ID: id, Name: name, Role: role, Groups: groups, Session: "s-" + id})
}

const schema = `
create table billing_input_tbl (customername text, bgc text, skill text, shift text, state text, duty text, cost numeric(12,2));
create table local_pricing (state text primary key, rate numeric(6,4));
create table tbquote (quote_id text not null, cust text, bgc text, skilledtrades text, shift text, state text, jobdutydescription text, cost numeric(12,2),
  price numeric(12,2), discount numeric(5,2) check (discount <> 29), note text, status text not null, created_by text, created_at timestamptz, receipt_id text primary key);
create index tbquote_record on tbquote (quote_id, created_at);
create index tbquote_combination on tbquote (cust, skilledtrades, state, shift);
insert into local_pricing values ('TX', 1.25), ('CA', 1.5), ('NY', 1.4);
insert into billing_input_tbl values
  ('Acme', 'Yes', 'Welder', 'Night', 'TX', 'Pipe welding', 100.00),
  ('Acme', 'No', 'Welder', 'Day', 'CA', 'Pipe welding', 90.50),
  ('Bolt & Söhne', null, 'Nurse', 'Day', 'NY', 'It''s "special"; DROP TABLE tbquote; --', 75.00),
  ('Nowhere Inc', 'Yes', 'Cook', 'Day', 'ZZ', 'Cooking', 10.00)`

// targets are the databases that every test here runs on.
var targets = map[string]func(t testing.TB) source.Source{
	"postgres": func(t testing.TB) source.Source { return onPostgres(t, testenv.Postgres(t)) },
	"mariadb":  func(t testing.TB) source.Source { return onMariaDB(t, testenv.MariaDB(t)) },
	"duckdb": func(t testing.TB) source.Source {
		src, err := duckdb.Open(source.Definition{ID: "warehouse", DuckDB: &source.DuckDB{File: "w.duckdb", SetupSQL: []string{schema}}}, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = src.Close() })
		return src
	},
}

// mysqlSchema has the usual collation of its server, to which Acme and acme are one. Only short texts can be in
// an index there.
var mysqlSchema = strings.NewReplacer("jobdutydescription text", "jobdutydescription text", "duty text", "duty text", "note text", "note text",
	"customername text", "customername text", "cust text", "cust varchar(500)", "(cust, skilledtrades, state, shift)", "(skilledtrades, state, shift)", " text", " varchar(190)", "timestamptz", "datetime(6)").Replace(schema)

func onMariaDB(t testing.TB, port int) source.Source {
	t.Helper()
	def := sourcetest.MariaDB(t, "warehouse", port)
	testenv.ExecMariaDB(t, port, "ALTER DATABASE "+def.MySQL.Database+" CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
	src, err := mysql.OpenWith(def, sourcetest.Logins(t, identity.System("test"), def))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	for _, s := range strings.Split(mysqlSchema, ";\n") {
		tx, err := src.BeginWrite(t.Context(), nil)
		if err == nil {
			_, err = tx.Commit(t.Context(), source.Statement{SQL: s})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return src
}

func onPostgres(t testing.TB, database string) source.Source {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	testenv.Exec(t, database, strings.Split(schema, ";\n")...)
	src, err := postgres.Open(postgresDefinition(u))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func postgresDefinition(u *url.URL) source.Definition {
	port, _ := strconv.Atoi(u.Port())
	return source.Definition{ID: "warehouse", Postgres: &source.Postgres{
		Host: u.Hostname(), Port: port, Database: strings.TrimPrefix(u.Path, "/"), User: u.User.Username(), TLS: "disable", MaxConnections: 8}}
}

// each runs a test on every kind of target.
func each(t *testing.T, f func(t *testing.T, w *world)) {
	for name, open := range targets {
		t.Run(name, func(t *testing.T) { f(t, newWorld(t, open(t))) })
	}
}

func newWorld(t testing.TB, src source.Source) *world {
	t.Helper()
	w := &world{
		t: t, ctx: t.Context(), src: src, clock: &clock{}, keys: &keyring{keys: map[string]opaque.Bytes{}}, changes: make(chan writeback.Change, 1000),
		ana: caller("u-ana", "ana", policy.Author, "sales"), ben: caller("u-ben", "ben", policy.Reader, "approvers"),
		vera: caller("u-vera", "vera", policy.Reader, "branch-tx"), admin: caller("u-root", "root", policy.Admin), system: caller("system", "system", policy.System),
	}
	w.keys.rotate()
	w.datasets = map[string]*dataset.Dataset{"quote-generation": generation(t), "quote-history": history(t)}
	private, public, err := note.GenerateKey(rand.Reader, "signet-test")
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := note.NewSigner(private)
	verifier, _ := note.NewVerifier(public)
	w.verifier, w.publicKey = note.VerifierList(verifier), public
	w.db = storetest.Open(t, storetest.SQLiteURL(t))
	if w.log, err = audit.Open(context.Background(), w.db, signer, time.Now, audit.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.log.Close)
	w.engine = w.newEngine("instance-1")
	if err := w.engine.EnsureLedger(w.ctx, w.system, "warehouse"); err != nil {
		t.Fatal(err)
	}
	w.load(generateQuote(), decide("accept-quote", "accepted"), decide("reject-quote", "rejected"))
	return w
}

// newEngine is another server on the same log, keys and target.
func (w *world) newEngine(instance string) *writeback.Engine {
	e := writeback.New(writeback.Config{
		Gate: audit.NewGate(w.log), Log: w.log, Keys: w.keys, Clock: w.clock.now, Instance: instance,
		Datasets: datasetsOf(w), Sources: func(id string) (source.Source, bool) { return w.src, id == "warehouse" },
		Changed: func(c writeback.Change) {
			select {
			case w.changes <- c:
			default:
			}
		},
	})
	w.t.Cleanup(e.Close)
	return e
}

func (w *world) catalogue() writeback.Catalogue {
	return writeback.Catalogue{
		Dataset: func(id string) (*dataset.Dataset, bool) { d, ok := w.datasets[id]; return d, ok },
		Source:  func(id string) (source.Source, bool) { return w.src, id == "warehouse" },
	}
}

func (w *world) load(definitions ...writeback.Definition) {
	w.t.Helper()
	p, problems := w.engine.Prepare(w.ctx, definitions, w.catalogue())
	if len(problems) > 0 {
		w.t.Fatalf("preparing: %+v", problems)
	}
	w.engine.Swap(p)
}

func generateQuote() writeback.Definition {
	return writeback.Definition{
		ID: "generate-quote", Title: "Generate quote", Dataset: "quote-generation", Target: "tbquote",
		Allow: policy.Grant{Roles: []policy.Role{policy.Author}, Groups: []string{"branch-tx"}},
		Signed: []writeback.Signed{{Field: "customername", Column: "cust"}, {Field: "bgc"}, {Field: "skill", Column: "skilledtrades"}, {Field: "shift"},
			{Field: "state"}, {Field: "duty", Column: "jobdutydescription"}, {Field: "cost"}},
		Inputs: []writeback.Input{
			{Name: "discount", Type: value.Decimal, Default: 0, Min: 0, Max: 30, Format: "percent100", Rule: "value <= 20.0 || row.state == 'TX'", Message: "More than 20 % only in Texas."},
			{Name: "note", Type: value.Text},
		},
		Computed: []writeback.Computed{{Name: "price", Type: value.Decimal, Empty: "No rate for this state.",
			SQL: "select cast(round(cast(:cost as decimal(12,2)) * rate * (100 - cast(:discount as decimal(5,2))) * 0.01, 2) as decimal(12,2)) from local_pricing where state = :state -- the rate of now"}},
		Record: writeback.Record{Column: "quote_id", Prefix: "Q-", Match: []string{"customername", "bgc", "skill", "shift", "state", "duty"}},
		Status: writeback.Status{Column: "status", First: "generated", Again: "in review"},
		System: writeback.System{Who: "created_by", At: "created_at", Receipt: "receipt_id"},
	}
}

func decide(id, to string) writeback.Definition {
	return writeback.Definition{
		ID: id, Title: id, Dataset: "quote-history", Target: "tbquote",
		Allow:  policy.Grant{Groups: []string{"approvers"}},
		When:   map[string][]any{"newest": {true}, "status": {"generated", "in review"}},
		Signed: []writeback.Signed{{Field: "quote_id"}, {Field: "cust"}, {Field: "price"}},
		Inputs: []writeback.Input{{Name: "note", Type: value.Text}},
		Record: writeback.Record{Column: "quote_id", Field: "quote_id"},
		Status: writeback.Status{Column: "status", From: []string{"generated", "in review"}, To: to},
		System: writeback.System{Who: "created_by", At: "created_at", Receipt: "receipt_id"},
	}
}

// rows reads a dataset as a page would, with the whole of each row.
func (w *world) rows(id string, keep func(row map[string]value.Value) bool) [][]value.Value {
	w.t.Helper()
	ds := w.datasets[id]
	b := source.NewBuilder(w.src.Dialect()).Raw("SELECT ")
	b.List(", ", len(ds.Fields()), func(i int) { ds.Column(b, "d", ds.Fields()[i]) }).Raw(" FROM ")
	ds.Base(b)
	r, err := w.src.Query(w.ctx, b.Raw(" ").Ident("d").Statement(), 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	var rows [][]value.Value
	for _, raw := range r.Rows {
		row, err := ds.Convert(raw)
		if err != nil {
			w.t.Fatal(err)
		}
		named := map[string]value.Value{}
		for i, f := range ds.Fields() {
			named[f.Name] = row[i]
		}
		if keep == nil || keep(named) {
			rows = append(rows, row)
		}
	}
	return rows
}

func inState(state string) func(map[string]value.Value) bool {
	return func(row map[string]value.Value) bool { return row["state"].String() == state }
}

// tickets signs an action for the matching rows.
func (w *world) tickets(c policy.Caller, action, ds string, keep func(map[string]value.Value) bool) []string {
	w.t.Helper()
	offers, err := w.engine.Offers(w.ctx, c, w.datasets[ds], []string{action}, w.rows(ds, keep))
	if err != nil {
		w.t.Fatal(err)
	}
	var tokens []string
	for row := range offers.Rows {
		if token := offers.Tokens(row)[action]; token != "" {
			tokens = append(tokens, token)
		}
	}
	return tokens
}

func (w *world) quoteTicket(state string) string {
	w.t.Helper()
	tokens := w.tickets(w.ana, "generate-quote", "quote-generation", inState(state))
	if len(tokens) != 1 {
		w.t.Fatalf("%d tickets for %s", len(tokens), state)
	}
	return tokens[0]
}

func (w *world) submit(c policy.Caller, action, token string, inputs map[string]any) (*writeback.Receipt, *writeback.Submission, error) {
	s, err := w.engine.Submit(w.ctx, c, action, token, inputs)
	if err != nil {
		return nil, nil, err
	}
	r := &writeback.Receipt{}
	if err := json.Unmarshal(s.Receipt, r); err != nil {
		w.t.Fatal(err)
	}
	return r, s, nil
}

func (w *world) mustSubmit(c policy.Caller, action, token string, inputs map[string]any) *writeback.Receipt {
	w.t.Helper()
	r, _, err := w.submit(c, action, token, inputs)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// table reads a query's rows as text.
func (w *world) table(query string) []string {
	w.t.Helper()
	r, err := w.src.Query(w.ctx, source.Statement{SQL: query}, 100_000)
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, row := range r.Rows {
		var cells []string
		for _, v := range row {
			if v.IsNull() {
				cells = append(cells, "NULL")
				continue
			}
			cells = append(cells, v.String())
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return lines
}

// exec changes the target behind Signet's back.
func (w *world) exec(statements ...string) {
	w.t.Helper()
	tx, err := w.src.BeginWrite(w.ctx, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer tx.Rollback()
	for _, s := range statements {
		if _, err := tx.Run(w.ctx, source.Statement{SQL: s}); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := tx.Commit(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

// wantNothing checks that the target and its ledger are empty.
func (w *world) wantNothing() {
	w.t.Helper()
	if got := w.table("select quote_id, status from tbquote"); len(got) > 0 {
		w.t.Errorf("written all the same: %v", got)
	}
	if got := w.table("select ticket_id from signet_ledger"); len(got) > 0 {
		w.t.Errorf("in the ledger all the same: %v", got)
	}
}

func (w *world) wantCode(err error, want fault.Code) {
	w.t.Helper()
	if got := fault.CodeOf(err); got != want {
		w.t.Errorf("got %v; want the code %s", err, want)
	}
}

// lastEvents returns phase, action and result of the newest events of one kind.
func (w *world) lastEvents(n int) []string {
	w.t.Helper()
	size := w.log.Size()
	records, err := w.log.Events(w.ctx, max(0, size-int64(n)), n)
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, r := range records {
		lines = append(lines, fmt.Sprintf("%s %s %s %s", r.Phase, r.Action, r.Who.Name, r.Result))
	}
	return lines
}

// wantSound verifies the whole log.
func (w *world) wantSound() audit.Report {
	w.t.Helper()
	report, err := audit.Verify(w.ctx, w.db, w.verifier)
	if err != nil || report.Bad != nil {
		w.t.Errorf("the log is not sound: %+v, %v", report.Bad, err)
	}
	return report
}
