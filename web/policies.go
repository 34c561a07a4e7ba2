package web

import (
	"context"
	"strings"
	"time"

	"signet/identity"
	"signet/internal/fault"
	"signet/kms"
	"signet/policy"
	"signet/secrets"
)

// managedView is a managed policy with its versions and those who have it.
type managedView struct {
	Policy    managedPolicy   `json:"policy"`
	CreatedAt time.Time       `json:"createdAt"`
	Versions  []policyVersion `json:"versions" nullable:"false" doc:"newest first; empty when one may not list them"`
	Holders   []holder        `json:"holders" nullable:"false" doc:"empty when one may not list them"`
	May       []string        `json:"may" nullable:"false" doc:"operations that one may do on it"`
}

type policyVersion struct {
	ID        string    `json:"id"`
	Default   bool      `json:"default"`
	CreatedAt time.Time `json:"createdAt"`
}

type holder struct {
	Kind string `json:"kind" enum:"users,groups,roles"`
	Name string `json:"name"`
}

// PolicyQuery names a managed policy: its ARN has slashes.
type PolicyQuery struct {
	ARN string `query:"arn" required:"true" maxLength:"2048"`
}

type policyTextRequest struct {
	PolicyQuery
	Version string `query:"version" maxLength:"20" doc:"the one that counts when empty"`
}

type versionRequest struct {
	PolicyQuery
	Version string `query:"version" required:"true" maxLength:"20"`
}

type newPolicyRequest struct {
	Body struct {
		Name        string `json:"name" maxLength:"128"`
		Description string `json:"description,omitempty" maxLength:"1000"`
		Policy      string `json:"policy"`
	}
}

type newVersionRequest struct {
	PolicyQuery
	Body struct {
		Policy  string `json:"policy"`
		Default bool   `json:"default" doc:"it counts from the next request on"`
	}
}

type putInlineRequest struct {
	EntityPath
	Policy string `path:"policy" maxLength:"128"`
	Body   policyText
}

type newRoleRequest struct {
	Body struct {
		Name        string `json:"name" maxLength:"64"`
		Description string `json:"description,omitempty" maxLength:"1000"`
		Trust       string `json:"trust"`
		MaxSession  int    `json:"maxSession,omitempty" doc:"seconds; an hour when left out"`
		Tags        []tag  `json:"tags,omitempty" maxItems:"50"`
	}
}

type roleChange struct {
	UserPath
	Body struct {
		Description *string `json:"description,omitempty" maxLength:"1000"`
		MaxSession  *int    `json:"maxSession,omitempty" doc:"seconds"`
	}
}

type trustRequest struct {
	UserPath
	Body policyText
}

type tryRequest struct {
	Body struct {
		Principal string `json:"principal,omitempty" maxLength:"2048" doc:"a user's name, or a role's ARN; nobody in particular when empty"`
		Action    string `json:"action" minLength:"1" maxLength:"128" doc:"such as kms:Decrypt"`
		Resource  string `json:"resource,omitempty" maxLength:"2048" doc:"an ARN; * when empty"`
		Policy    string `json:"policy,omitempty" doc:"one that the principal has besides, for this question only"`
	}
}

// GET /access/policies
func (s *Server) managedPolicies(ctx context.Context, caller policy.Caller, in *listRequest) (*body[policyPage], error) {
	iam := s.cfg.Identity.IAM()
	all, next, err := iam.ListPolicies(ctx, caller, identity.ScopeAll, false, identity.Page{After: in.After, Limit: in.Limit})
	return wrap(policyPage{list(all, managedOf), next, iam.MayCreate(caller, "Policy")}, err)
}

func managedOf(p identity.Policy) managedPolicy {
	return managedPolicy{ARN: p.ARN, Name: p.Name, Description: p.Description, Attached: p.Attached, BuiltIn: p.BuiltIn()}
}

// POST /access/policies
func (s *Server) createPolicy(ctx context.Context, caller policy.Caller, in *newPolicyRequest) (*body[managedPolicy], error) {
	made, err := s.cfg.Identity.IAM().CreatePolicy(ctx, caller, identity.Policy{Name: in.Body.Name, Description: in.Body.Description}, in.Body.Policy)
	return wrap(managedOf(made), err)
}

// DELETE /access/policies
func (s *Server) removePolicy(ctx context.Context, caller policy.Caller, in *PolicyQuery) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().RemovePolicy(ctx, caller, in.ARN)
}

// GET /access/policy
func (s *Server) managedPolicy(ctx context.Context, caller policy.Caller, in *policyTextRequest) (*body[policyText], error) {
	iam := s.cfg.Identity.IAM()
	if in.Version == "" {
		v, err := iam.DefaultVersion(ctx, caller, in.ARN)
		return wrap(policyText{v.Document}, err)
	}
	v, err := iam.GetPolicyVersion(ctx, caller, in.ARN, in.Version)
	return wrap(policyText{v.Document}, err)
}

// aboutPolicy are the operations that the screen offers on a policy of the account.
var aboutPolicy = []string{"CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion", "DeletePolicy"}

// GET /access/policy/about
func (s *Server) policyView(ctx context.Context, caller policy.Caller, in *PolicyQuery) (*body[managedView], error) {
	iam := s.cfg.Identity.IAM()
	p, err := iam.GetPolicy(ctx, caller, in.ARN)
	if err != nil {
		return nil, err
	}
	out := managedView{Policy: managedOf(p), CreatedAt: p.CreatedAt, Versions: []policyVersion{}, Holders: []holder{}, May: []string{}}
	if !p.BuiltIn() {
		out.May = append(out.May, iam.May(caller, p.ARN, aboutPolicy...)...)
	}
	if len(iam.May(caller, p.ARN, "ListPolicyVersions")) > 0 {
		versions, err := iam.ListPolicyVersions(ctx, caller, p.ARN)
		if err != nil {
			return nil, err
		}
		out.Versions = list(versions, func(v identity.PolicyVersion) policyVersion {
			return policyVersion{identity.VersionID(v.Number), v.Default, v.CreatedAt}
		})
	}
	if len(iam.May(caller, p.ARN, "ListEntitiesForPolicy")) > 0 {
		holders, err := iam.ListEntitiesForPolicy(ctx, caller, p.ARN)
		if err != nil {
			return nil, err
		}
		out.Holders = list(holders, func(e identity.Entity) holder { return holder{strings.ToLower(string(e.Kind)) + "s", e.Name} })
	}
	return &body[managedView]{out}, nil
}

// POST /access/policy/versions
func (s *Server) createVersion(ctx context.Context, caller policy.Caller, in *newVersionRequest) (*body[policyVersion], error) {
	v, err := s.cfg.Identity.IAM().CreatePolicyVersion(ctx, caller, in.ARN, in.Body.Policy, in.Body.Default)
	return wrap(policyVersion{identity.VersionID(v.Number), v.Default, v.CreatedAt}, err)
}

// PUT /access/policy/default
func (s *Server) setDefaultVersion(ctx context.Context, caller policy.Caller, in *versionRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().SetDefaultPolicyVersion(ctx, caller, in.ARN, in.Version)
}

// DELETE /access/policy/versions
func (s *Server) removeVersion(ctx context.Context, caller policy.Caller, in *versionRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().DeletePolicyVersion(ctx, caller, in.ARN, in.Version)
}

// PUT /access/{kind}/{name}/policies/{policy}
func (s *Server) putInline(ctx context.Context, caller policy.Caller, in *putInlineRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().PutInline(ctx, caller, kinds[in.Kind], in.Name, in.Policy, in.Body.Policy)
}

// DELETE /access/{kind}/{name}/policies/{policy}
func (s *Server) removeInline(ctx context.Context, caller policy.Caller, in *inlineRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().DeleteInline(ctx, caller, kinds[in.Kind], in.Name, in.Policy)
}

// POST /access/roles
func (s *Server) createRole(ctx context.Context, caller policy.Caller, in *newRoleRequest) (*body[entity], error) {
	tags, _, err := retag(nil, in.Body.Tags)
	if err != nil {
		return nil, err
	}
	made, err := s.cfg.Identity.IAM().CreateRole(ctx, caller, identity.NewRole{
		Name: in.Body.Name, Description: in.Body.Description, Trust: in.Body.Trust, MaxSession: in.Body.MaxSession, Tags: tags,
	})
	return wrap(entityOf(made), err)
}

// PATCH /access/roles/{name}
func (s *Server) changeRole(ctx context.Context, caller policy.Caller, in *roleChange) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().UpdateRole(ctx, caller, in.Name, in.Body.Description, in.Body.MaxSession)
}

// PUT /access/roles/{name}/trust
func (s *Server) putTrust(ctx context.Context, caller policy.Caller, in *trustRequest) (*nothing, error) {
	return nil, s.cfg.Identity.IAM().UpdateAssumeRolePolicy(ctx, caller, in.Name, in.Body.Policy)
}

// POST /access/explain: the policies of whoever asks, and those of a key, a secret or a role that is asked about.
func (s *Server) explain(ctx context.Context, caller policy.Caller, in *tryRequest) (*body[explanation], error) {
	asked, err := s.question(ctx, caller, in.Body.Action, in.Body.Resource)
	if err != nil {
		return nil, err
	}
	answer, err := s.cfg.Identity.ExplainDraft(ctx, caller, in.Body.Principal, in.Body.Policy, asked)
	return wrap(explanation{answer.Allowed, answer.Why, answer.Needed}, err)
}

// question is answered by the service that the resource belongs to, where that has policies for it.
func (s *Server) question(ctx context.Context, caller policy.Caller, action, resource string) (policy.Operation, error) {
	service, name, ok := strings.Cut(action, ":")
	if !ok || service == "" || name == "" {
		return policy.Operation{}, fault.New(fault.InvalidInput, "%.80q is no action: name the service too, as in kms:Decrypt", action)
	}
	if resource == "" {
		resource = "*"
	}
	if service == "kms" && strings.Contains(resource, ":key/") && !strings.ContainsAny(resource, "*?") {
		return s.cfg.Keys.Question(ctx, caller, kms.QuestionInput{KeyInput: s.named(resource), Operation: name})
	}
	if service == "secretsmanager" && strings.Contains(resource, ":secret:") && !strings.ContainsAny(resource, "*?") {
		return s.cfg.Secrets.Question(ctx, caller, secrets.QuestionInput{SecretInput: secrets.SecretInput{Region: s.home().Region, SecretID: resource}, Operation: name})
	}
	return policy.Operation{Action: action, Resource: resource, Rules: &policy.Rules{Resource: resource, Owner: s.cfg.Identity.IAM().Account()}}, nil
}
