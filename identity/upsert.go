package identity

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// Declared is a user as the project's files say.
type Declared struct {
	Name        string      `yaml:"name" json:"name"`
	DisplayName string      `yaml:"display_name,omitempty" json:"display_name,omitempty"`
	Role        policy.Role `yaml:"role" json:"role"`
	Groups      []string    `yaml:"groups,omitempty" json:"groups,omitempty"`
}

// Applied says what Upsert did, by name.
type Applied struct {
	Created, Changed, Disabled []string
	Kept                       []string // declared, but made by hand: left alone
}

// Check returns what is wrong with declared users, with paths such as "users[2].role".
func Check(users []Declared) []fault.Field {
	var wrong []fault.Field
	seen := map[string]bool{}
	for i, d := range users {
		prefix := "users[" + strconv.Itoa(i) + "]."
		u := d.user()
		wrong = append(wrong, tidy(&u, prefix)...)
		if seen[u.Name] {
			wrong = append(wrong, fault.Field{Field: prefix + "name", Message: fmt.Sprintf("%q is declared twice", u.Name)})
		}
		seen[u.Name] = true
	}
	return wrong
}

func (d Declared) user() User {
	return User{Name: d.Name, DisplayName: d.DisplayName, Role: d.Role, Groups: d.Groups, Origin: ByProject}
}

// Upsert makes the project's users what its files say. One who is no longer declared is disabled, not
// deleted; one who was disabled by hand stays disabled; one who was made by hand is left alone.
func (s *Service) Upsert(ctx context.Context, c policy.Caller, users []Declared) (Applied, error) {
	if err := invalid(Check(users)); err != nil {
		return Applied{}, err
	}
	var done Applied
	op := policy.Operation{Action: "identity:ApplyUsers", Resource: "project", Allow: keepers}
	err := s.gate.Do(ctx, c, op, func(ctx context.Context) (map[string]string, error) {
		err := s.commit(ctx, func(tx *store.Tx) error {
			done = Applied{}
			return s.apply(ctx, tx, users, &done)
		})
		return map[string]string{
			"created": strconv.Itoa(len(done.Created)), "changed": strconv.Itoa(len(done.Changed)),
			"disabled": strconv.Itoa(len(done.Disabled)), "kept": strconv.Itoa(len(done.Kept)),
		}, err
	})
	return done, err
}

func (s *Service) apply(ctx context.Context, tx *store.Tx, users []Declared, done *Applied) error {
	there, err := accounts(ctx, tx)
	if err != nil {
		return err
	}
	for _, d := range users {
		want := d.user()
		tidy(&want, "")
		have, ok := there[want.Name]
		delete(there, want.Name)
		if err := s.applyOne(ctx, tx, have, ok, want, done); err != nil {
			return fmt.Errorf("user %s: %w", want.Name, err)
		}
	}
	for _, left := range there {
		if left.Origin != ByProject || left.Disabled {
			continue
		}
		left.disabledBy = ByProject
		if err := s.shut(ctx, tx, left); err != nil {
			return fmt.Errorf("user %s: %w", left.Name, err)
		}
		done.Disabled = append(done.Disabled, left.Name)
	}
	slices.Sort(done.Disabled)
	return nil
}

func (s *Service) applyOne(ctx context.Context, tx *store.Tx, have account, there bool, want User, done *Applied) error {
	if !there {
		want.ID = newID("usr_")
		done.Created = append(done.Created, want.Name)
		return insertUser(ctx, tx, account{User: want}, s.clock())
	}
	if have.Origin != ByProject {
		done.Kept = append(done.Kept, want.Name)
		return nil
	}
	returns := have.disabledBy == ByProject
	if !returns && have.DisplayName == want.DisplayName && have.Role == want.Role && slices.Equal(have.Groups, want.Groups) {
		return nil
	}
	have.DisplayName, have.Role, have.Groups = want.DisplayName, want.Role, want.Groups
	if returns {
		have.disabledBy = ""
	}
	done.Changed = append(done.Changed, want.Name)
	return updateUser(ctx, tx, have, s.clock())
}

func accounts(ctx context.Context, tx *store.Tx) (map[string]account, error) {
	rows, err := tx.Query(ctx, "SELECT "+userColumns+" FROM users u")
	if err != nil {
		return nil, fmt.Errorf("reading users: %w", err)
	}
	defer rows.Close()
	all := map[string]account{}
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, fmt.Errorf("reading users: %w", err)
		}
		all[a.Name] = a
	}
	return all, rows.Err()
}
