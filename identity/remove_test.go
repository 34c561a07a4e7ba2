package identity_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"signet/identity"
	"signet/internal/fault"
	"signet/policy"
)

// Two administrators who remove each other at once leave one of them, with all that they have.
func TestRemoveKeepsAnAdministrator(t *testing.T) {
	p := single(t)
	for _, name := range []string{"root", "second"} {
		p.must(second(p.Create(t.Context(), system, identity.NewUser{Name: name, Role: policy.Admin})))
		p.key(name)
		p.must(p.IAM().PutInline(t.Context(), system, identity.AUser, name, "own", listUsers))
	}
	var removing sync.WaitGroup
	errs := make([]error, 2)
	for i, name := range []string{"root", "second"} {
		removing.Go(func() { errs[i] = p.IAM().Remove(t.Context(), system, identity.AUser, name) })
	}
	removing.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("one removal should stand: %v, %v", errs[0], errs[1])
	}
	stays := "root"
	if errs[0] == nil {
		stays = "second"
	}
	keys, err := p.IAM().ListAccessKeys(t.Context(), system, stays)
	if err != nil || len(keys) != 1 {
		t.Errorf("%s lost keys in a removal that was refused: %v %v", stays, keys, err)
	}
	if _, err := p.IAM().GetInline(t.Context(), system, identity.AUser, stays, "own"); err != nil {
		t.Errorf("%s lost a policy: %v", stays, err)
	}
}

// Who may delete users, but not what they have, deletes only those who have nothing.
func TestRemoveAsksForEachPart(t *testing.T) {
	p := single(t)
	p.must(second(p.Create(t.Context(), system, identity.NewUser{Name: "root", Role: policy.Admin})))
	p.must(second(p.Create(t.Context(), system, identity.NewUser{Name: "mia", Role: policy.Reader})))
	p.must(second(p.Create(t.Context(), system, identity.NewUser{Name: "keeper", Role: policy.Reader})))
	m := p.IAM()
	allow := func(actions string) {
		t.Helper()
		p.must(m.PutInline(t.Context(), system, identity.AUser, "keeper", "keeps",
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[`+actions+`],"Resource":"*"}]}`))
	}
	p.must(second(m.CreateGroup(t.Context(), system, "desk", "/")))
	p.must(m.AddUserToGroup(t.Context(), system, "desk", "mia"))
	p.must(m.Attach(t.Context(), system, identity.AUser, "mia", "arn:aws:iam::aws:policy/ReadOnlyAccess"))
	p.must(m.PutInline(t.Context(), system, identity.AUser, "mia", "own", listUsers))
	hers, keeper := p.key("mia"), p.key("keeper")
	have := []string{`"iam:DeleteUser"`}
	for _, want := range []string{"RemoveUserFromGroup", "DeleteAccessKey", "DetachUserPolicy", "DeleteUserPolicy"} {
		allow(strings.Join(have, ","))
		err := m.Remove(t.Context(), p.as(keeper), identity.AUser, "mia")
		if fault.CodeOf(err) != fault.Denied || !strings.Contains(err.Error(), want) {
			t.Fatalf("without %s: %v", want, err)
		}
		have = append(have, `"iam:`+want+`"`)
	}
	p.as(hers) // nothing of her is gone until all of it may go
	allow(strings.Join(have, ","))
	p.must(m.Remove(t.Context(), p.as(keeper), identity.AUser, "mia"))
	p.refusedWith(hers, identity.ErrNoKey)
	if _, err := m.Get(t.Context(), system, identity.AUser, "mia"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("mia is still there: %v", err)
	}
}

// What the project's files keep, only they remove.
func TestRemoveLeavesTheProjectsPeople(t *testing.T) {
	p := single(t)
	p.must(second(p.Upsert(t.Context(), system, []identity.Declared{{Name: "ana", Role: policy.Author, Groups: []string{"desk"}}})))
	m := p.IAM()
	p.must(second(m.CreateGroup(t.Context(), system, "desk", "/")))
	wantName(t, "a user of the project", m.Remove(t.Context(), system, identity.AUser, "ana"), "UnmodifiableEntity")
	wantName(t, "a group with one", m.Remove(t.Context(), system, identity.AGroup, "desk"), "DeleteConflict")
	p.must(second(m.CreateRole(t.Context(), system, identity.NewRole{Name: "importer", Trust: trustAll})))
	p.must(m.PutInline(t.Context(), system, identity.ARole, "importer", "own", listUsers))
	p.must(m.Remove(t.Context(), system, identity.ARole, "importer"))
	if err := m.Remove(t.Context(), system, identity.ARole, "importer"); !errors.As(err, new(*fault.Error)) {
		t.Errorf("a second time: %v", err)
	}
}

// second drops what came with an error.
func second[T any](_ T, err error) error { return err }
