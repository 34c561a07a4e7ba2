package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"signet/internal/store"
	"signet/policy"
)

// documents remembers parsed policies by their text: many principals share them, and each change of
// anything makes every principal be read anew.
type documents struct {
	mu     sync.Mutex
	parsed map[docKey]*policy.Document // guarded by mu
}

type docKey struct {
	kind       policy.Kind
	name, text string
}

const maxDocuments = 4096

// parse returns a stored document. One that cannot be read, such as one that an older version let
// through, is an error: nobody may act as if it were not there.
func (d *documents) parse(kind policy.Kind, name, text string) (*policy.Document, error) {
	key := docKey{kind, name, text}
	d.mu.Lock()
	defer d.mu.Unlock()
	if doc, ok := d.parsed[key]; ok {
		return doc, nil
	}
	doc, err := policy.ParseDocument([]byte(text), policy.Options{Kind: kind, Name: name})
	if err != nil {
		return nil, fmt.Errorf("reading the stored %s %q: %w", kind, name, err)
	}
	if d.parsed == nil || len(d.parsed) >= maxDocuments {
		d.parsed = map[docKey]*policy.Document{}
	}
	d.parsed[key] = doc
	return doc, nil
}

// userRights is how the AWS side knows a user, with the policies that hold now. Browser and wire use
// the same, so that one user has the same rights in both.
func (s *Service) userRights(ctx context.Context, db queries, u User) (policy.Identity, error) {
	m := s.IAM()
	e, err := m.find(ctx, db, AUser, u.Name)
	if err != nil {
		return policy.Identity{}, err
	}
	id := policy.Identity{Region: s.region, Requester: policy.Requester{
		Type: policy.User, ARN: e.ARN, Account: s.account, Name: e.Name, ID: e.ID, Tags: e.Tags,
	}}
	if u.Role == policy.Admin {
		id.Policies = append(id.Policies, administrator)
	}
	owners := []Entity{e}
	groups, err := m.groupsOf(ctx, db, u.Groups)
	if err != nil {
		return policy.Identity{}, err
	}
	return s.attached(ctx, db, id, e.Boundary, append(owners, groups...)...)
}

// attached adds the policies of a principal and its groups, and the boundary.
func (s *Service) attached(ctx context.Context, db queries, id policy.Identity, boundary string, owners ...Entity) (policy.Identity, error) {
	for _, e := range owners {
		found, err := s.policiesOf(ctx, db, e)
		if err != nil {
			return policy.Identity{}, err
		}
		id.Policies = append(id.Policies, found...)
	}
	if boundary == "" {
		return id, nil
	}
	text, err := managedText(ctx, db, boundary)
	if err == nil {
		id.Boundary, err = s.documents.parse(policy.IdentityPolicy, boundary, text)
	}
	return id, err
}

const selectPolicies = `SELECT i.name, i.document FROM iam_inline i WHERE i.owner = ?
	UNION ALL SELECT a.arn, COALESCE(v.document, '') FROM iam_attached a LEFT JOIN iam_policies p ON p.arn = a.arn
	LEFT JOIN iam_policy_versions v ON v.policy_id = p.id AND v.version = p.default_version WHERE a.owner = ?`

func (s *Service) policiesOf(ctx context.Context, db queries, e Entity) ([]*policy.Document, error) {
	rows, err := db.Query(ctx, selectPolicies, e.owner, e.owner)
	if err != nil {
		return nil, fmt.Errorf("reading the policies of %s: %w", e.Name, err)
	}
	defer rows.Close()
	var found []*policy.Document
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, fmt.Errorf("reading the policies of %s: %w", e.Name, err)
		}
		if text == "" {
			text, _ = builtin(name)
		}
		doc, err := s.documents.parse(policy.IdentityPolicy, name, text)
		if err != nil {
			return nil, err
		}
		found = append(found, doc)
	}
	return found, rows.Err()
}

// managedText is the text of a managed policy's version that counts.
func managedText(ctx context.Context, db queries, arn string) (string, error) {
	if text, ok := builtin(arn); ok {
		return text, nil
	}
	var text string
	err := db.QueryRow(ctx, `SELECT v.document FROM iam_policies p JOIN iam_policy_versions v ON v.policy_id = p.id AND v.version = p.default_version
		WHERE p.arn = ?`, arn).Scan(&text)
	if store.IsNoRows(err) {
		return "", missing("Policy %s does not exist or is not attachable.", arn)
	}
	return text, err
}

// roleRights is how the AWS side knows a session of a role.
func (s *Service) roleRights(ctx context.Context, db queries, role Entity, session string) (policy.Identity, error) {
	id := policy.Identity{Region: s.region, Requester: policy.Requester{
		Type: policy.AssumedRole, Account: s.account, Issuer: role.ARN, ID: role.ID + ":" + session, Tags: role.Tags,
		ARN: "arn:aws:sts::" + s.account + ":assumed-role/" + role.Name + "/" + session,
	}}
	return s.attached(ctx, db, id, role.Boundary, role)
}

// sessionPolicies reads the limits that a session was made with.
func (s *Service) sessionPolicies(list string) ([]*policy.Document, error) {
	var texts []string
	if err := json.Unmarshal([]byte(list), &texts); err != nil {
		return nil, fmt.Errorf("reading session policies: %w", err)
	}
	var docs []*policy.Document
	for _, text := range texts {
		doc, err := s.documents.parse(policy.IdentityPolicy, "", text) // its layer names it
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// as makes a caller of what is remembered about a principal, for one request.
func as(p policy.Principal, o Origin, at time.Time) policy.Caller {
	p.SourceIP, p.UserAgent, p.RequestID = o.IP, o.UserAgent, o.RequestID
	p.AWS.At, p.AWS.Secure = at, o.Secure
	if o.Region != "" {
		p.AWS.Region = o.Region
	}
	return policy.NewCaller(p)
}

// roleName is how people read a role's session.
func roleName(role, session string) string { return strings.Join([]string{role, session}, "/") }
