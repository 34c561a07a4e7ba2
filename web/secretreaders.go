package web

import (
	"context"
	"strings"
	"time"

	"signet/audit"
	"signet/internal/fault"
	"signet/kms"
	"signet/policy"
	"signet/secrets"
)

// secretReader is somebody who may read the value of a secret.
type secretReader struct {
	Kind string `json:"kind" enum:"user,role"`
	Name string `json:"name"`
	ARN  string `json:"arn"`
	Why  string `json:"why" doc:"which policy allows it"`
}

type secretReaders struct {
	Items  []secretReader `json:"items" nullable:"false"`
	Asked  int            `json:"asked" doc:"how many users and roles were looked at"`
	More   bool           `json:"more" doc:"there are others, who were not looked at"`
	KeyToo bool           `json:"keyToo" doc:"the secret's own key was asked too; false also when it has none or one may not see its policy"`
}

type secretReading struct {
	At      time.Time   `json:"at"`
	By      string      `json:"by"`
	From    string      `json:"from" doc:"address"`
	Version string      `json:"version,omitempty"`
	Result  string      `json:"result" doc:"ok, denied or the code of an error"`
	Event   audit.Index `json:"event"`
}

type secretReadings struct {
	Items []secretReading `json:"items" nullable:"false" doc:"newest first"`
	More  bool            `json:"more"`
}

type secretPolicyRequest struct {
	SecretName
	Body policyText
}

type explainSecretRequest struct {
	SecretName
	Body struct {
		Principal string `json:"principal" minLength:"1" maxLength:"2048" doc:"a user's name, or a role's ARN"`
		Action    string `json:"action" minLength:"1" maxLength:"128" doc:"with or without secretsmanager:"`
		Policy    string `json:"policy,omitempty" doc:"one that the secret might get; without it the one that it has"`
	}
}

// GET /secret/policy
func (s *Server) secretPolicy(ctx context.Context, caller policy.Caller, in *SecretName) (*body[policyText], error) {
	out, err := s.cfg.Secrets.GetResourcePolicy(ctx, caller, s.secretNamed(in.Name))
	return wrap(policyText{out.ResourcePolicy}, err)
}

// PUT /secret/policy: one that lets everybody in is refused here; AWS clients can ask for it.
func (s *Server) putSecretPolicy(ctx context.Context, caller policy.Caller, in *secretPolicyRequest) (*body[policyText], error) {
	if err := policyMistakes(in.Body.Policy); err != nil {
		return nil, err
	}
	_, err := s.cfg.Secrets.PutResourcePolicy(ctx, caller, secrets.PutResourcePolicyInput{
		Region: s.home().Region, SecretID: in.Name, ResourcePolicy: in.Body.Policy, BlockPublicPolicy: true,
	})
	return wrap(in.Body, err)
}

// DELETE /secret/policy
func (s *Server) deleteSecretPolicy(ctx context.Context, caller policy.Caller, in *SecretName) (*nothing, error) {
	_, err := s.cfg.Secrets.DeleteResourcePolicy(ctx, caller, s.secretNamed(in.Name))
	return nil, err
}

// POST /secret/explain: secrets knows the rules of the secret, identity those of everybody.
func (s *Server) explainSecret(ctx context.Context, caller policy.Caller, in *explainSecretRequest) (*body[explanation], error) {
	if in.Body.Policy != "" {
		if err := policyMistakes(in.Body.Policy); err != nil {
			return nil, err
		}
	}
	question, err := s.cfg.Secrets.Question(ctx, caller, secrets.QuestionInput{
		SecretInput: s.secretNamed(in.Name), Operation: strings.TrimPrefix(in.Body.Action, "secretsmanager:"), Policy: in.Body.Policy,
	})
	if err != nil {
		return nil, err
	}
	answer, err := s.cfg.Identity.Explain(ctx, caller, in.Body.Principal, question)
	return wrap(explanation{answer.Allowed, answer.Why, answer.Needed}, err)
}

// GET /secret/readers: to read the value of a secret with a key of its own needs the key too.
func (s *Server) secretReaders(ctx context.Context, caller policy.Caller, in *SecretName) (*body[secretReaders], error) {
	o, err := s.cfg.Secrets.DescribeSecret(ctx, caller, s.secretNamed(in.Name))
	if err != nil {
		return nil, err
	}
	question, err := s.cfg.Secrets.Question(ctx, caller, secrets.QuestionInput{SecretInput: s.secretNamed(in.Name), Operation: "GetSecretValue"})
	if err != nil {
		return nil, err
	}
	asked := []policy.Operation{question}
	ofKey, err := s.keyQuestion(ctx, caller, o)
	if err != nil {
		return nil, err
	}
	asked = append(asked, ofKey...)
	found, more, err := s.cfg.Identity.ExplainEach(ctx, caller, asked...)
	out := secretReaders{Items: []secretReader{}, Asked: len(found), More: more, KeyToo: len(ofKey) > 0}
	for _, f := range found {
		if f.Allowed {
			out.Items = append(out.Items, secretReader{strings.ToLower(string(f.Kind)), f.Name, f.ARN, f.Why})
		}
	}
	return wrap(out, err)
}

// keyQuestion asks for the secret's own key, as Secrets Manager uses it; nothing when it has none, or when
// the caller may not see the key's rules.
func (s *Server) keyQuestion(ctx context.Context, caller policy.Caller, d secrets.Description) ([]policy.Operation, error) {
	if d.KmsKeyID == "" {
		return nil, nil
	}
	scope := s.home()
	scope.Via, scope.SourceArn = "secretsmanager", d.ARN
	key, err := s.cfg.Keys.DescribeKey(ctx, caller, kms.DescribeKeyInput{Scope: scope, KeyID: d.KmsKeyID}) // it may be an alias
	if err != nil {
		return nil, unlessHidden(err)
	}
	op, err := s.cfg.Keys.Question(ctx, caller, kms.QuestionInput{KeyInput: kms.KeyInput{Scope: scope, KeyID: key.KeyID}, Operation: "Decrypt"})
	if err != nil {
		return nil, unlessHidden(err)
	}
	return []policy.Operation{op}, nil
}

// unlessHidden passes an error but that of a thing which is not there, or not for the caller.
func unlessHidden(err error) error {
	if code := fault.CodeOf(err); code == fault.Denied || code == fault.NotFound {
		return nil
	}
	return err
}

// GET /secret/reads
func (s *Server) secretReadings(ctx context.Context, caller policy.Caller, in *secretPartRequest) (*body[secretReadings], error) {
	found, more, err := s.cfg.Secrets.Readings(ctx, caller, s.secretNamed(in.Name), in.Limit)
	return wrap(secretReadings{list(found, func(r secrets.Reading) secretReading {
		return secretReading{At: r.At, By: r.Who, From: r.From, Version: r.Version, Result: r.Result, Event: r.Index}
	}), more}, err)
}
