package identity

import (
	"context"
	"fmt"

	"signet/internal/fault"
	"signet/internal/store"
	"signet/policy"
)

// NewUser is what Create makes a user from.
type NewUser struct {
	Name        string
	DisplayName string // the name when empty
	Role        policy.Role
	Groups      []string
	Password    string // "" for a user who gets a link first
	SSO         bool
}

// Change says what Update changes; nil leaves as it is.
type Change struct {
	DisplayName *string
	Role        *policy.Role
	Groups      *[]string
}

func about(action, name string) policy.Operation {
	return policy.Operation{Action: "identity:" + action, Resource: "user/" + name, Allow: keepers}
}

// Create makes a user by hand.
func (s *Service) Create(ctx context.Context, c policy.Caller, n NewUser) (User, error) {
	a := account{User: User{
		ID: newID("usr_"), Name: n.Name, DisplayName: n.DisplayName, Role: n.Role, Groups: n.Groups,
		SSO: n.SSO, Origin: ByHand, HasPassword: n.Password != "", CreatedAt: s.clock().UTC(),
	}}
	if err := invalid(tidy(&a.User, "")); err != nil {
		return User{}, err
	}
	op := about("CreateUser", a.Name)
	op.Detail = map[string]string{"role": string(a.Role)}
	err := s.gated(ctx, c, op, func(ctx context.Context) (err error) {
		if n.Password != "" {
			if a.password, err = s.newPassword(ctx, "password", a.User, n.Password); err != nil {
				return err
			}
		}
		return s.db.TxOn(ctx, topic, func(tx *store.Tx) error { return s.add(ctx, tx, a) })
	})
	if err != nil {
		return User{}, err
	}
	return a.User, nil
}

// add inserts a user whose name is free.
func (s *Service) add(ctx context.Context, tx *store.Tx, a account) error {
	other, err := byName(ctx, tx, a.Name)
	if err != nil {
		return err
	}
	if other.ID != "" {
		return invalid([]fault.Field{{Field: "name", Message: fmt.Sprintf("%q is taken", a.Name)}})
	}
	return insertUser(ctx, tx, a, s.clock())
}

// newPassword checks a password against the rule and returns its hash.
func (s *Service) newPassword(ctx context.Context, field string, u User, password string) (string, error) {
	if u.SSO {
		return "", fault.New(fault.InvalidInput, "%s signs in through single sign-on and has no password here", u.Name)
	}
	if err := checkPassword(field, u.Name, password); err != nil {
		return "", err
	}
	return s.hashes.hash(ctx, password)
}

// Update changes a user who is kept by hand. The user's sessions go on with the new rights.
func (s *Service) Update(ctx context.Context, c policy.Caller, name string, change Change) (User, error) {
	var after account
	err := s.gated(ctx, c, about("UpdateUser", fold(name)), func(ctx context.Context) error {
		return s.commit(ctx, func(tx *store.Tx) (err error) {
			if after, err = existing(ctx, tx, name); err != nil {
				return err
			}
			if after.Origin == ByProject {
				return fault.New(fault.InvalidInput, "%s is declared in the project's files; change it there", after.Name)
			}
			demoted := after.Role == policy.Admin && change.Role != nil && *change.Role != policy.Admin
			change.apply(&after.User)
			if err := invalid(tidy(&after.User, "")); err != nil {
				return err
			}
			if err := updateUser(ctx, tx, after, s.clock()); err != nil || !demoted {
				return err
			}
			return keepAnAdmin(ctx, tx)
		})
	})
	return after.User, err
}

func (change Change) apply(u *User) {
	if change.DisplayName != nil {
		u.DisplayName = *change.DisplayName
	}
	if change.Role != nil {
		u.Role = *change.Role
	}
	if change.Groups != nil {
		u.Groups = *change.Groups
	}
}

// Disable ends every session of a user at once and lets nobody sign in as them. A user of the project
// who was disabled by hand stays so when the project is loaded again.
func (s *Service) Disable(ctx context.Context, c policy.Caller, name string) error {
	return s.gated(ctx, c, about("DisableUser", fold(name)), func(ctx context.Context) error {
		return s.commit(ctx, func(tx *store.Tx) error {
			a, err := existing(ctx, tx, name)
			if err != nil {
				return err
			}
			a.disabledBy = ByHand
			if err := s.shut(ctx, tx, a); err != nil || a.Role != policy.Admin {
				return err
			}
			return keepAnAdmin(ctx, tx)
		})
	})
}

// shut writes a disabled user, and ends what the user could still come in with.
func (s *Service) shut(ctx context.Context, tx *store.Tx, a account) error {
	if err := updateUser(ctx, tx, a, s.clock()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM sessions WHERE user_id = ?", a.ID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "DELETE FROM aws_sessions WHERE user_id = ?", a.ID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DELETE FROM links WHERE user_id = ?", a.ID)
	return err
}

// Enable undoes Disable. Old sessions and links stay ended.
func (s *Service) Enable(ctx context.Context, c policy.Caller, name string) error {
	return s.gated(ctx, c, about("EnableUser", fold(name)), func(ctx context.Context) error {
		return s.commit(ctx, func(tx *store.Tx) error {
			a, err := existing(ctx, tx, name)
			if err != nil {
				return err
			}
			if a.disabledBy == ByProject {
				return fault.New(fault.InvalidInput, "%s is no longer declared in the project's files; declare the user there", a.Name)
			}
			a.disabledBy = ""
			return updateUser(ctx, tx, a, s.clock())
		})
	})
}

// Find returns one user: to keepers anybody, to others themselves.
func (s *Service) Find(ctx context.Context, c policy.Caller, name string) (User, error) {
	op := about("GetUser", fold(name))
	op.ReadOnly = true
	op.Allow.Users = []string{fold(name)}
	if err := s.gate.View(ctx, c, op); err != nil {
		return User{}, err
	}
	a, err := existing(ctx, s.db, name)
	return a.User, err
}

// List returns users in the order of their names, after the name after, and the name to go on after:
// "" when there are no more.
func (s *Service) List(ctx context.Context, c policy.Caller, after string, limit int) ([]User, string, error) {
	limit = min(max(limit, 1), 500)
	op := policy.Operation{Action: "identity:ListUsers", Resource: "user", ReadOnly: true, Allow: keepers}
	if err := s.gate.View(ctx, c, op); err != nil {
		return nil, "", err
	}
	rows, err := s.db.Query(ctx, "SELECT "+userColumns+" FROM users u WHERE u.name > ? ORDER BY u.name LIMIT ?", fold(after), limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("listing users: %w", err)
	}
	defer rows.Close()
	var users []User
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, "", fmt.Errorf("listing users: %w", err)
		}
		users = append(users, a.User)
	}
	if err := rows.Err(); err != nil {
		return nil, "", fmt.Errorf("listing users: %w", err)
	}
	if len(users) > limit {
		return users[:limit], users[limit-1].Name, nil
	}
	return users, "", nil
}

func admins(ctx context.Context, db queries) (n int, err error) {
	err = db.QueryRow(ctx, "SELECT COUNT(*) FROM users WHERE role = 'admin' AND disabled_by = ''").Scan(&n)
	return n, err
}

// keepAnAdmin undoes a change that would lock everybody out.
func keepAnAdmin(ctx context.Context, tx *store.Tx) error {
	n, err := admins(ctx, tx)
	if err == nil && n == 0 {
		err = fault.New(fault.InvalidInput, "this is the last administrator; make another one first")
	}
	return err
}
