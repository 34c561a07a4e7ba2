package identity

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// Who keeps a user, and who disabled one.
const (
	ByHand    = "hand"    // an administrator
	ByProject = "project" // the project's files
)

// User is somebody who may sign in.
type User struct {
	ID          string
	Name        string
	DisplayName string
	Role        policy.Role
	Groups      []string
	HasPassword bool
	SSO         bool // signs in through single sign-on only: no password, no links
	Origin      string
	Disabled    bool
	CreatedAt   time.Time
}

// account is a user with what nobody else may see.
type account struct {
	User
	password   string // PHC, "" for none
	disabledBy string
}

const userColumns = "u.id, u.name, u.display_name, u.role, u.group_names, u.password, u.origin, u.sign_in, u.disabled_by, u.created_at"

// scanner is what sql.Row and sql.Rows have in common.
type scanner interface{ Scan(dest ...any) error }

func scanAccount(row scanner, more ...any) (account, error) {
	var a account
	var groups, signIn string
	var created int64
	into := []any{&a.ID, &a.Name, &a.DisplayName, &a.Role, &groups, &a.password, &a.Origin, &signIn, &a.disabledBy, &created}
	if err := row.Scan(append(into, more...)...); err != nil {
		return account{}, err
	}
	if err := json.Unmarshal([]byte(groups), &a.Groups); err != nil {
		return account{}, fmt.Errorf("groups of user %s: %w", a.Name, err)
	}
	a.HasPassword, a.SSO, a.Disabled = a.password != "", signIn == signInSSO, a.disabledBy != ""
	a.CreatedAt = time.UnixMicro(created).UTC()
	return a, nil
}

const (
	signInLocal = "local"
	signInSSO   = "sso"
)

// queries is what the store and its transactions have in common.
type queries interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

// byName finds a user; the zero account when there is none.
func byName(ctx context.Context, db queries, name string) (account, error) {
	return one(scanAccount(db.QueryRow(ctx, "SELECT "+userColumns+" FROM users u WHERE u.name = ?", name)))
}

func byID(ctx context.Context, db queries, id string) (account, error) {
	return one(scanAccount(db.QueryRow(ctx, "SELECT "+userColumns+" FROM users u WHERE u.id = ?", id)))
}

func one(a account, err error) (account, error) {
	if store.IsNoRows(err) {
		return account{}, nil
	}
	if err != nil {
		return account{}, fmt.Errorf("reading a user: %w", err)
	}
	return a, nil
}

// existing is byName for a user who must be there.
func existing(ctx context.Context, db queries, name string) (account, error) {
	a, err := byName(ctx, db, fold(name))
	if err == nil && a.ID == "" {
		err = fault.New(fault.NotFound, "there is no user %q", name)
	}
	return a, err
}

func insertUser(ctx context.Context, tx *store.Tx, a account, at time.Time) error {
	groups, err := json.Marshal(a.Groups)
	if err != nil {
		return err
	}
	signIn := signInLocal
	if a.SSO {
		signIn = signInSSO
	}
	_, err = tx.Exec(ctx, `INSERT INTO users (id, name, display_name, role, group_names, password, origin, sign_in, disabled_by, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		a.ID, a.Name, a.DisplayName, string(a.Role), string(groups), a.password, a.Origin, signIn, a.disabledBy, at.UnixMicro(), at.UnixMicro())
	return err
}

// updateUser writes everything but the password.
func updateUser(ctx context.Context, tx *store.Tx, a account, at time.Time) error {
	groups, err := json.Marshal(a.Groups)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE users SET display_name = ?, role = ?, group_names = ?, disabled_by = ?, updated_at = ? WHERE id = ?",
		a.DisplayName, string(a.Role), string(groups), a.disabledBy, at.UnixMicro(), a.ID)
	return err
}

var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9._@+-]{0,63}$`)

// fold gives a name the form in which it is kept.
func fold(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// tidy brings a user into the kept form and returns what is wrong with it. prefix goes before the
// names of the fields.
func tidy(u *User, prefix string) []fault.Field {
	var wrong []fault.Field
	refuse := func(field, message string) {
		wrong = append(wrong, fault.Field{Field: prefix + field, Message: message})
	}
	u.Name = fold(u.Name)
	if !validName.MatchString(u.Name) {
		refuse("name", "use 1 to 64 of a-z, 0-9 and . _ @ + -, beginning with a letter or digit")
	}
	u.DisplayName = cmp.Or(strings.TrimSpace(u.DisplayName), u.Name)
	if !readable(u.DisplayName, 100) {
		refuse("displayName", "use at most 100 readable characters")
	}
	if !u.Role.Valid() {
		refuse("role", "use admin, author or reader")
	}
	groups := make([]string, 0, len(u.Groups))
	for _, g := range u.Groups {
		if g = strings.TrimSpace(g); g == "" || !readable(g, 100) {
			refuse("groups", fmt.Sprintf("%q is no name of a group", g))
		}
		groups = append(groups, g)
	}
	slices.Sort(groups)
	u.Groups = slices.Compact(groups)
	return wrong
}

func readable(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, unicode.IsControl)
}

func invalid(wrong []fault.Field) error {
	if len(wrong) == 0 {
		return nil
	}
	return &fault.Error{Code: fault.InvalidInput, Detail: "the user has mistakes", Fields: wrong}
}
