package secrets_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"signet/audit"
	"signet/internal/testenv"
	"signet/secrets"
)

// server is a database whose passwords are rotated.
type server struct {
	engine, single, multi string
	port                  int
	database              string
	master                map[string]any // of a user who may do everything
	user                  string         // has the rights that readers need
	password              string
	try                   func(ctx context.Context, user, password string) error // logs in and reads the table
}

// onDatabases runs a test on each database.
func onDatabases(t *testing.T, f func(t *testing.T, s server)) {
	t.Run("PostgreSQL", func(t *testing.T) { f(t, postgresServer(t)) })
	t.Run("MariaDB", func(t *testing.T) { f(t, mariaDBServer(t)) })
}

const function = "arn:aws:lambda:us-east-1:123456789012:function:"

// hostile is in the names of users, who must not get out of their quotes.
const hostile = `o'h"a\r%ra`

func postgresServer(t *testing.T) server {
	// A server of its own: it must ask for passwords, and logs what it is told.
	pg := testenv.StartPostgres(t, map[string]string{"log_statement": "all"})
	hba := pg.File(t, "hba.conf", "host all all 127.0.0.1/32 scram-sha-256\n")
	testenv.Exec(t, pg.URL("postgres"),
		"CREATE ROLE master SUPERUSER LOGIN PASSWORD 'master-password'", "CREATE ROLE "+pgx.Identifier{hostile}.Sanitize()+" LOGIN PASSWORD 'first-password'",
		"CREATE TABLE orders (id int)", "INSERT INTO orders VALUES (1)", "GRANT SELECT ON orders TO "+pgx.Identifier{hostile}.Sanitize(),
		"ALTER SYSTEM SET hba_file = '"+hba+"'")
	pg.Stop()
	pg.Start(t)
	return server{engine: "postgres", single: function + "SignetPostgreSQLSingleUser", multi: function + "SignetPostgreSQLMultiUser",
		port: pg.Port(), database: "postgres", user: hostile, password: "first-password",
		master: map[string]any{"username": "master", "password": "master-password"},
		try: func(ctx context.Context, user, password string) error {
			u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(pg.Port())), Path: "/postgres", RawQuery: "sslmode=disable"}
			conn, err := pgx.Connect(ctx, u.String())
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close(ctx) }()
			var n int
			return conn.QueryRow(ctx, "SELECT COUNT(*) FROM orders").Scan(&n)
		}}
}

var shops atomic.Int64

func mariaDBServer(t *testing.T) server {
	port := testenv.MariaDB(t)
	shop := fmt.Sprint("shop", shops.Add(1))
	user := shop + hostile
	quoted := "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(user) + "'@'127.0.0.1'"
	testenv.ExecMariaDB(t, port, "CREATE DATABASE "+shop, "CREATE TABLE "+shop+".orders (id int)",
		"CREATE USER "+quoted+" IDENTIFIED BY 'first-password'", "GRANT SELECT ON "+shop+".* TO "+quoted)
	return server{engine: "mariadb", single: function + "SignetMySQLSingleUser", multi: function + "SignetMySQLMultiUser",
		port: port, database: shop, user: user, password: "first-password",
		master: map[string]any{"username": testenv.MariaDBRoot, "password": testenv.MariaDBPassword, "dbname": ""},
		try: func(ctx context.Context, user, password string) error {
			cfg := mysql.NewConfig()
			cfg.Net, cfg.Addr, cfg.User, cfg.Passwd, cfg.DBName, cfg.Logger = "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), user, password, shop, &mysql.NopLogger{}
			connector, err := mysql.NewConnector(cfg)
			if err != nil {
				return err
			}
			pool := sql.OpenDB(connector)
			defer func() { _ = pool.Close() }()
			var n int
			return pool.QueryRowContext(ctx, "SELECT COUNT(*) FROM orders").Scan(&n)
		}}
}

// json makes the value of a secret for the server.
func (s server) json(more map[string]any) string {
	fields := map[string]any{"engine": s.engine, "host": "127.0.0.1", "port": s.port, "dbname": s.database,
		"username": s.user, "password": s.password, "note": "left as it is"}
	for k, v := range more {
		fields[k] = v
	}
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err)
	}
	return string(text)
}

type login struct{ Username, Password, Note string }

func (m manager) login(id, stage string) (login, string, error) {
	out, err := m.GetSecretValue(context.Background(), ada, secrets.GetSecretValueInput{Region: region, SecretID: id, VersionStage: stage})
	var l login
	if err == nil {
		err = json.Unmarshal(out.Value.Reveal(), &l)
	}
	return l, out.VersionID, err
}

// setUp makes the secret "db" of a server, and that of its master.
func (m manager) setUp(s server, multi bool) (rotator string) {
	m.t.Helper()
	more := map[string]any{}
	rotator = s.single
	if multi {
		more["masterarn"] = m.create("master", s.json(s.master)).ARN
		rotator = s.multi
	}
	m.create("db", s.json(more))
	return rotator
}

func (m manager) startRotation(rotator, version string) error {
	_, err := m.RotateSecret(m.t.Context(), ada, secrets.RotateSecretInput{Region: region, SecretID: "db", ClientRequestToken: token(version), RotationLambdaARN: rotator})
	return err
}

// works wants the current secret to log in.
func (m manager) works(s server) login {
	m.t.Helper()
	l, _, err := m.login("db", "")
	if err == nil {
		err = s.try(m.t.Context(), l.Username, l.Password)
	}
	if err != nil {
		m.t.Fatalf("the current secret does not work: %v", err)
	}
	return l
}

func TestRotation(t *testing.T) {
	onDatabases(t, func(t *testing.T, s server) {
		for _, multi := range []bool{false, true} {
			t.Run(fmt.Sprintf("multi=%t", multi), func(t *testing.T) {
				m := onSQLite(t)
				rotator := m.setUp(s, multi)
				for i := range 4 {
					before := m.works(s)
					if err := m.startRotation(rotator, fmt.Sprint("r", i)); err != nil {
						t.Fatal(err)
					}
					if d := m.describe("db"); !d.RotationEnabled || d.VersionIDsToStages[token(fmt.Sprint("r", i))][0] != "AWSPENDING" {
						t.Fatalf("before the first step: %+v", d)
					}
					_, _, err := m.login("db", "AWSPENDING")
					refuses(t, err, "ResourceNotFoundException", "staging label: AWSPENDING")
					if err := m.RotateDue(t.Context(), job); err != nil {
						t.Fatal(err)
					}
					after := m.works(s)
					if after.Password == before.Password || after.Note != "left as it is" || (after.Username == before.Username) == multi {
						t.Fatalf("from %q to %q, note %q", before.Username, after.Username, after.Note)
					}
					old := s.try(t.Context(), before.Username, before.Password)
					if multi && old != nil || !multi && old == nil {
						t.Errorf("with the password before: %v", old)
					}
					d := m.describe("db")
					if len(d.VersionIDsToStages) != 2 || !d.LastRotatedDate.Equal(m.clock.time()) {
						t.Errorf("after it: %+v", d)
					}
					for _, name := range []string{"RotationStarted", "RotationSucceeded"} {
						told, _, err := m.log.Search(t.Context(), audit.Query{Name: name, Resource: d.ARN})
						if err != nil || len(told) != i+1 || told[0].Attempt.Detail["SecretId"] != d.ARN {
							t.Errorf("%s after rotation %d: %+v, %v", name, i, told, err)
						}
					}
				}
				s.user, s.password = m.works(s).Username, m.works(s).Password
				if multi {
					return
				}
				s.password = m.works(s).Password
			})
			s.reset(t)
		}
	})
}

// reset gives the server's user its first password again.
func (s server) reset(t *testing.T) {
	t.Helper()
	if s.engine == "mariadb" {
		quoted := "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(s.user) + "'@'127.0.0.1'"
		testenv.ExecMariaDB(t, s.port, "ALTER USER "+quoted+" IDENTIFIED BY '"+s.password+"'")
		return
	}
	testenv.Exec(t, fmt.Sprintf("postgres://master:master-password@127.0.0.1:%d/postgres?sslmode=disable", s.port),
		"ALTER ROLE "+pgx.Identifier{s.user}.Sanitize()+" PASSWORD '"+s.password+"'")
}

// A process that dies between any two steps leaves a rotation that the next one ends, and a secret that
// either is as it was or works anew.
func TestRotationSurvivesACrashAfterEachStep(t *testing.T) {
	onDatabases(t, func(t *testing.T, s server) {
		for _, multi := range []bool{false, true} {
			for _, step := range []string{"createSecret", "setSecret", "testSecret", "finishSecret"} {
				for _, how := range []string{"dies", "fails"} {
					t.Run(fmt.Sprintf("multi=%t/%s/%s", multi, step, how), func(t *testing.T) {
						m := onSQLite(t)
						rotator := m.setUp(s, multi)
						if err := m.startRotation(rotator, "r"); err != nil {
							t.Fatal(err)
						}
						m.AfterStep(func(done string) error {
							if done != step {
								return nil
							}
							if how == "dies" {
								panic("crash")
							}
							return errors.New("crash")
						})
						func() {
							defer func() { _ = recover() }()
							if err := m.RotateDue(t.Context(), job); err == nil {
								t.Error("the failure was not told")
							}
						}()
						pending, _, _ := m.login("db", "AWSPENDING")
						m.AfterStep(nil)
						if err := m.RotateDue(t.Context(), job); err != nil {
							t.Error("before its time:", err) // does nothing: a pause, or the other's lease
						}
						if step != "finishSecret" {
							_, err := m.RotateSecret(t.Context(), ada, secrets.RotateSecretInput{Region: region, SecretID: "db", ClientRequestToken: token("other")})
							refuses(t, err, "InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.")
						}
						m.clock.pass(10 * time.Minute)
						for range 2 {
							if err := m.RotateDue(t.Context(), job); err != nil {
								t.Fatal(err)
							}
						}
						now := m.works(s)
						if d := m.describe("db"); d.VersionIDsToStages[token("r")][0] != "AWSCURRENT" || len(d.VersionIDsToStages) != 2 {
							t.Errorf("labels: %v", d.VersionIDsToStages)
						}
						if pending.Password != "" && step != "finishSecret" && now.Password != pending.Password {
							t.Error("a second password was made")
						}
					})
					s.reset(t)
				}
			}
		}
	})
}

// Rotation under load: 16 readers take the secret and go to the database with it, while it rotates 20
// times. A reader whose password is refused waits for another version: none is used twice.
func TestRotationUnderLoad(t *testing.T) {
	onDatabases(t, func(t *testing.T, s server) {
		for _, multi := range []bool{false, true} {
			t.Run(fmt.Sprintf("multi=%t", multi), func(t *testing.T) {
				m := onSQLite(t)
				rotator := m.setUp(s, multi)
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				var done atomic.Bool
				var queries, refused, failed atomic.Int64
				var readers sync.WaitGroup
				for range 16 {
					readers.Go(func() {
						stale := ""
						for !done.Load() || stale != "" {
							l, version, err := m.login("db", "")
							if err != nil || ctx.Err() != nil {
								t.Errorf("reading the secret: %v", err)
								return
							}
							if version == stale {
								continue // each reading waits for the log, so this does not spin
							}
							if err := s.try(ctx, l.Username, l.Password); err == nil {
								stale = ""
								queries.Add(1)
							} else if isRefusal(err) {
								stale = version
								refused.Add(1)
							} else {
								failed.Add(1)
								t.Errorf("query: %v", err)
								return
							}
						}
					})
				}
				for i := range 20 {
					before := queries.Load()
					if err := m.startRotation(rotator, fmt.Sprint("r", i)); err != nil {
						t.Error(err)
					}
					if err := m.RotateDue(ctx, job); err != nil {
						t.Error(err)
					}
					for queries.Load() < before+16 && ctx.Err() == nil && !t.Failed() {
						m.describe("db") // lets the readers have their turn
					}
				}
				done.Store(true)
				readers.Wait()
				t.Logf("%d queries, %d refused once", queries.Load(), refused.Load())
				if _, version, _ := m.login("db", ""); version != token("r19") || failed.Load() > 0 {
					t.Errorf("it ended with version %s", version)
				}
			})
			s.reset(t)
		}
	})
}

func isRefusal(err error) bool {
	text := err.Error()
	return strings.Contains(text, "28P01") || strings.Contains(text, "1045")
}

func TestScheduledRotationAndItsEnd(t *testing.T) {
	s := postgresServer(t)
	m := onSQLite(t)
	ctx := t.Context()
	rotator := m.setUp(s, false)
	rules := secrets.RotationRules{ScheduleExpression: "rate(10 days)", Duration: "2h"}
	have(m.RotateSecret(ctx, ada, secrets.RotateSecretInput{Region: region, SecretID: "db", ClientRequestToken: token("r"), RotationLambdaARN: rotator, RotationRules: rules, OnSchedule: true}))(t)
	if d := m.describe("db"); d.NextRotationDate.Format(time.DateTime) != "2026-03-14 01:59:59" || d.RotationRules != rules || len(d.VersionIDsToStages) != 1 {
		t.Errorf("%+v", d)
	}
	before := m.works(s)
	if err := m.RotateDue(ctx, job); err != nil || m.works(s) != before {
		t.Errorf("it rotated before its time, %v", err)
	}
	m.clock.pass(11 * 24 * time.Hour)
	if err := m.RotateDue(ctx, job); err != nil || m.works(s) == before {
		t.Errorf("it did not rotate in time, %v", err)
	}
	if d := m.describe("db"); d.NextRotationDate.Format(time.DateTime) != "2026-03-25 01:59:59" {
		t.Errorf("next: %v", d.NextRotationDate)
	}
	have(m.CancelRotateSecret(ctx, ada, in("db")))(t)
	before = m.works(s)
	m.clock.pass(40 * 24 * time.Hour)
	if err := m.RotateDue(ctx, job); err != nil || m.works(s) != before {
		t.Errorf("it rotated after it was cancelled, %v", err)
	}
	if d := m.describe("db"); d.RotationEnabled || !d.NextRotationDate.IsZero() {
		t.Errorf("%+v", d)
	}
}

// Whatever is in a secret's JSON, no password goes to another server, and none to a user of another secret.
func TestRotationRefuses(t *testing.T) {
	s := postgresServer(t)
	for name, value := range map[string]string{
		"no JSON":        "password",
		"other engine":   s.json(map[string]any{"engine": "mysql"}),
		"unknown engine": s.json(map[string]any{"engine": "oracle"}),
		"socket":         s.json(map[string]any{"host": "/var/run"}),
		"other password": s.json(map[string]any{"password": "wrong"}),
		"no such server": s.json(map[string]any{"port": "1"}),
		"TLS":            s.json(map[string]any{"ssl": "true"}),
	} {
		t.Run(name, func(t *testing.T) {
			m := onSQLite(t)
			m.create("db", value)
			if err := m.startRotation(s.single, "r"); err != nil {
				t.Fatal(err)
			}
			err := m.RotateDue(t.Context(), job)
			if err == nil || strings.Contains(err.Error(), s.password) || strings.Contains(err.Error(), s.user) {
				t.Errorf("error: %v", err)
			}
			m.want("db", "AWSCURRENT", value)
		})
	}
	t.Run("a master of users that are not one's own", func(t *testing.T) {
		m := onSQLite(t)
		arn := m.create("master", s.json(s.master)).ARN
		m.create("db", s.json(map[string]any{"masterarn": arn, "username": "master_clone", "password": "guessed"}))
		if err := m.startRotation(s.multi, "r"); err != nil {
			t.Fatal(err)
		}
		if err := m.RotateDue(t.Context(), job); err == nil {
			t.Error("a user who cannot log in had another one's password changed")
		}
		if err := s.try(t.Context(), "master", "master-password"); err != nil {
			t.Errorf("the master's password was changed: %v", err)
		}
	})
}
