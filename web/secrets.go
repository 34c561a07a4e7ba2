package web

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"github.com/google/uuid"

	"signet/internal/fault"
	"signet/policy"
	"signet/secrets"
)

// secretView is a secret as the screen shows it, never with a value. In a list May and Sources are missing.
type secretView struct {
	Name        string          `json:"name"`
	ARN         string          `json:"arn"`
	State       secrets.State   `json:"state" enum:"in-use,empty,due,rotating,failed,deleting" doc:"empty when hidden, with all else but the name"`
	Description string          `json:"description"`
	Key         string          `json:"key" doc:"as it was named: id, ARN or alias; empty for the service's own"`
	Tags        []tag           `json:"tags" nullable:"false"`
	CreatedAt   time.Time       `json:"createdAt"`
	ChangedAt   time.Time       `json:"changedAt"`
	ReadOn      *time.Time      `json:"readOn,omitempty" doc:"the day (UTC) of the last reading"`
	DeletionAt  *time.Time      `json:"deletionAt,omitempty"`
	Rotation    *secretRotation `json:"rotation,omitempty" doc:"missing while none was ever set up"`
	Service     string          `json:"service,omitempty" doc:"that keeps the secret"`
	Sources     []secretSource  `json:"sources,omitempty" doc:"of the project, that log in with it"`
	May         []string        `json:"may,omitempty" doc:"operations that one may do on the secret"`
}

type secretSource struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
}

type secretPage struct {
	Items     []secretView `json:"items" nullable:"false" doc:"a page may be short, or empty, and go on"`
	Next      string       `json:"next,omitempty"`
	MayCreate bool         `json:"mayCreate"`
	Region    string       `json:"region"`
}

type secretVersion struct {
	ID        string     `json:"id"`
	Stages    []string   `json:"stages" nullable:"false"`
	CreatedAt time.Time  `json:"createdAt"`
	ReadOn    *time.Time `json:"readOn,omitempty" doc:"the day (UTC) of the last reading"`
}

type secretVersions struct {
	Items []secretVersion `json:"items" nullable:"false" doc:"oldest first"`
	Next  string          `json:"next,omitempty"`
}

// revealed is the only answer with a value in it.
type revealed struct {
	Version   string    `json:"version"`
	Stages    []string  `json:"stages" nullable:"false"`
	CreatedAt time.Time `json:"createdAt"`
	Text      string    `json:"text,omitempty"`
	Binary    string    `json:"binary,omitempty" doc:"in base64, of a value that is no text"`
}

type madePassword struct {
	Password string `json:"password" doc:"kept nowhere"`
}

// SecretName names a secret, by its name or ARN. It stands in the query: names have slashes and dots.
type SecretName struct {
	Name string `query:"name" required:"true" minLength:"1" maxLength:"2048"`
}

type secretsRequest struct {
	Limit int           `query:"limit" minimum:"1" maximum:"100" default:"100"`
	After string        `query:"after" maxLength:"2000" doc:"next of the page before"`
	Words string        `query:"words" maxLength:"500" doc:"each somewhere in the name, the description or the tags"`
	State secrets.State `query:"state" enum:"in-use,empty,due,rotating,failed,deleting"`
}

type newSecretRequest struct {
	Body struct {
		Name        string `json:"name" minLength:"1" maxLength:"512" pattern:"^[a-zA-Z0-9/_+=.@!-]+$"`
		Description string `json:"description,omitempty" maxLength:"2048"`
		Key         string `json:"key,omitempty" maxLength:"2048" doc:"id, ARN or alias/NAME; empty for the service's own"`
		Tags        []tag  `json:"tags,omitempty" maxItems:"50"`
		Text        string `json:"text,omitempty" maxLength:"65536" doc:"the first value"`
	}
}

type secretChange struct {
	SecretName
	Body struct {
		Description *string `json:"description,omitempty" maxLength:"2048"`
		Key         *string `json:"key,omitempty" maxLength:"2048" doc:"the values in use are sealed anew under it"`
	}
}

type secretTagsRequest struct {
	SecretName
	Body struct {
		Tags []tag `json:"tags" maxItems:"50" nullable:"false" doc:"all that the secret is to have"`
	}
}

type secretPartRequest struct {
	SecretName
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"100"`
	After string `query:"after" maxLength:"2000" doc:"next of the page before"`
}

type revealRequest struct {
	SecretName
	Body struct {
		Version string `json:"version,omitempty" maxLength:"64" doc:"empty for the current one"`
	}
}

type secretValueRequest struct {
	SecretName
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"65536"`
	}
}

type stageRequest struct {
	SecretName
	Body struct {
		Stage string `json:"stage" minLength:"1" maxLength:"256"`
		From  string `json:"from,omitempty" maxLength:"64" doc:"the version that has it; when somebody else has moved it meanwhile, nothing happens"`
		To    string `json:"to,omitempty" maxLength:"64" doc:"empty to take it away"`
	}
}

type secretDeletionRequest struct {
	SecretName
	Body struct {
		Days int `json:"days" minimum:"7" maximum:"30"`
	}
}

type passwordPlan struct {
	Body struct {
		Length        int    `json:"length" minimum:"8" maximum:"4096"`
		Exclude       string `json:"exclude,omitempty" maxLength:"200" doc:"characters that it must not have"`
		NoPunctuation bool   `json:"noPunctuation,omitempty"`
	}
}

// GET /secrets
func (s *Server) secrets(ctx context.Context, caller policy.Caller, in *secretsRequest) (*body[secretPage], error) {
	found, next, err := s.cfg.Secrets.Outlines(ctx, caller, secrets.OutlinesInput{
		Region: s.home().Region, Words: in.Words, State: in.State, Limit: in.Limit, Token: in.After,
	})
	return wrap(secretPage{list(found, secretViewOf), next, asks(caller, "secretsmanager:CreateSecret", "*"), s.home().Region}, err)
}

// POST /secrets
func (s *Server) createSecret(ctx context.Context, caller policy.Caller, in *newSecretRequest) (*body[secretView], error) {
	made := secrets.CreateSecretInput{Region: s.home().Region, Name: in.Body.Name, Description: in.Body.Description, KmsKeyID: in.Body.Key, Tags: list(in.Body.Tags, tagFor)}
	if in.Body.Text != "" {
		made.ClientRequestToken, made.Value = uuid.NewString(), secrets.Text([]byte(in.Body.Text))
	}
	out, err := s.cfg.Secrets.CreateSecret(ctx, caller, made)
	return s.secretAfter(ctx, caller, out.Name, err)
}

// GET /secret
func (s *Server) secret(ctx context.Context, caller policy.Caller, in *SecretName) (*body[secretView], error) {
	return s.secretNow(ctx, caller, in.Name)
}

// PUT /secret
func (s *Server) updateSecret(ctx context.Context, caller policy.Caller, in *secretChange) (*body[secretView], error) {
	_, err := s.cfg.Secrets.UpdateSecret(ctx, caller, secrets.UpdateSecretInput{
		Region: s.home().Region, SecretID: in.Name, Description: in.Body.Description, KmsKeyID: in.Body.Key,
	})
	return s.secretAfter(ctx, caller, in.Name, err)
}

// PUT /secret/tags: what is to go goes first, so that a secret with all the tags that it can have takes others.
func (s *Server) tagSecret(ctx context.Context, caller policy.Caller, in *secretTagsRequest) (*body[secretView], error) {
	now, err := s.cfg.Secrets.DescribeSecret(ctx, caller, s.secretNamed(in.Name))
	if err != nil {
		return nil, err
	}
	gone, put := tagsBetween(now.Tags, list(in.Body.Tags, tagFor))
	if len(gone) > 0 {
		err = s.cfg.Secrets.UntagResource(ctx, caller, secrets.UntagResourceInput{Region: s.home().Region, SecretID: now.ARN, TagKeys: gone})
	}
	if err == nil && len(put) > 0 {
		err = s.cfg.Secrets.TagResource(ctx, caller, secrets.TagResourceInput{Region: s.home().Region, SecretID: now.ARN, Tags: put})
	}
	return s.secretAfter(ctx, caller, in.Name, err)
}

// GET /secret/versions
func (s *Server) secretVersions(ctx context.Context, caller policy.Caller, in *secretPartRequest) (*body[secretVersions], error) {
	page, err := s.cfg.Secrets.ListSecretVersionIDs(ctx, caller, secrets.ListSecretVersionIDsInput{
		Region: s.home().Region, SecretID: in.Name, IncludeDeprecated: true, MaxResults: in.Limit, NextToken: in.After,
	})
	return wrap(secretVersions{list(page.Versions, func(v secrets.VersionEntry) secretVersion {
		return secretVersion{ID: v.VersionID, Stages: append([]string{}, v.VersionStages...), CreatedAt: v.CreatedDate, ReadOn: maybe(v.LastAccessedDate)}
	}), page.NextToken}, err)
}

// POST /secret/reveal: it changes nothing, and is no GET all the same, for each call is an event of its own
// and no browser may keep or repeat the answer.
func (s *Server) revealSecret(ctx context.Context, caller policy.Caller, in *revealRequest) (*body[revealed], error) {
	out, err := s.cfg.Secrets.GetSecretValue(ctx, caller, secrets.GetSecretValueInput{Region: s.home().Region, SecretID: in.Name, VersionID: in.Body.Version})
	if err != nil {
		return nil, err
	}
	defer out.Value.Wipe()
	answer := revealed{Version: out.VersionID, Stages: append([]string{}, out.VersionStages...), CreatedAt: out.CreatedDate}
	if out.Value.IsText() {
		answer.Text = string(out.Value.Reveal())
	} else {
		answer.Binary = base64.StdEncoding.EncodeToString(out.Value.Reveal())
	}
	return &body[revealed]{answer}, nil
}

// POST /secret/versions
func (s *Server) putSecretValue(ctx context.Context, caller policy.Caller, in *secretValueRequest) (*body[secretView], error) {
	_, err := s.cfg.Secrets.PutSecretValue(ctx, caller, secrets.PutSecretValueInput{
		Region: s.home().Region, SecretID: in.Name, ClientRequestToken: uuid.NewString(), Value: secrets.Text([]byte(in.Body.Text)),
	})
	return s.secretAfter(ctx, caller, in.Name, err)
}

// PUT /secret/stage
func (s *Server) moveStage(ctx context.Context, caller policy.Caller, in *stageRequest) (*body[secretView], error) {
	_, err := s.cfg.Secrets.UpdateSecretVersionStage(ctx, caller, secrets.UpdateSecretVersionStageInput{
		Region: s.home().Region, SecretID: in.Name, VersionStage: in.Body.Stage, RemoveFromVersionID: in.Body.From, MoveToVersionID: in.Body.To,
	})
	return s.secretAfter(ctx, caller, in.Name, err)
}

// POST /secret/deletion
func (s *Server) deleteSecret(ctx context.Context, caller policy.Caller, in *secretDeletionRequest) (*body[secretView], error) {
	_, err := s.cfg.Secrets.DeleteSecret(ctx, caller, secrets.DeleteSecretInput{Region: s.home().Region, SecretID: in.Name, RecoveryWindowInDays: in.Body.Days})
	return s.secretAfter(ctx, caller, in.Name, err)
}

// DELETE /secret/deletion
func (s *Server) restoreSecret(ctx context.Context, caller policy.Caller, in *SecretName) (*body[secretView], error) {
	_, err := s.cfg.Secrets.RestoreSecret(ctx, caller, s.secretNamed(in.Name))
	return s.secretAfter(ctx, caller, in.Name, err)
}

// POST /secrets/password
func (s *Server) randomPassword(ctx context.Context, caller policy.Caller, in *passwordPlan) (*body[madePassword], error) {
	made, err := s.cfg.Secrets.GetRandomPassword(ctx, caller, secrets.GetRandomPasswordInput{
		Region: s.home().Region, PasswordLength: in.Body.Length, ExcludeCharacters: in.Body.Exclude, ExcludePunctuation: in.Body.NoPunctuation,
	})
	if err != nil {
		return nil, err
	}
	defer made.Wipe()
	return &body[madePassword]{madePassword{string(made.Reveal())}}, nil
}

func (s *Server) secretNamed(name string) secrets.SecretInput {
	return secrets.SecretInput{Region: s.home().Region, SecretID: name}
}

// secretNow answers with the secret as it is now.
func (s *Server) secretNow(ctx context.Context, caller policy.Caller, name string) (*body[secretView], error) {
	o, err := s.cfg.Secrets.Outline(ctx, caller, s.secretNamed(name))
	if err != nil {
		return nil, err
	}
	view := secretViewOf(o)
	view.May = append([]string{}, o.May...)
	if s.cfg.Project != nil {
		for _, d := range s.cfg.Project.SourcesNaming(o.Name, o.ARN, o.ARN[:len(o.ARN)-arnEnd]) {
			view.Sources = append(view.Sources, secretSource{d.ID, d.Title})
		}
	}
	return &body[secretView]{view}, nil
}

// secretAfter is secretNow, unless what was done before failed. Who may change a secret and not look at it
// gets its name alone: a denial would say that nothing was changed.
func (s *Server) secretAfter(ctx context.Context, caller policy.Caller, name string, before error) (*body[secretView], error) {
	if before != nil {
		return nil, before
	}
	now, err := s.secretNow(ctx, caller, name)
	if fault.CodeOf(err) == fault.Denied {
		return &body[secretView]{secretView{Name: name, Tags: []tag{}}}, nil
	}
	return now, err
}

// arnEnd is the hyphen and the six characters of chance at the end of a secret's ARN.
const arnEnd = 7

func secretViewOf(o secrets.Outline) secretView {
	return secretView{
		Name: o.Name, ARN: o.ARN, State: o.State, Description: o.Description.Description, Key: o.KmsKeyID,
		Tags:      list(o.Tags, func(t secrets.Tag) tag { return tag{t.Key, t.Value} }),
		CreatedAt: o.CreatedDate, ChangedAt: o.LastChangedDate, ReadOn: maybe(o.LastAccessedDate), DeletionAt: maybe(o.DeletedDate),
		Rotation: rotationOf(o), Service: o.OwningService,
	}
}

func tagFor(t tag) secrets.Tag { return secrets.Tag{Key: t.Key, Value: t.Value} }

// tagsBetween says which tags go and which are put, so that what stays is not written again.
func tagsBetween(now, want []secrets.Tag) (gone []string, put []secrets.Tag) {
	have, keep := map[string]string{}, map[string]bool{}
	for _, t := range now {
		have[t.Key] = t.Value
	}
	for _, t := range want {
		keep[t.Key] = true
		if value, ok := have[t.Key]; !ok || value != t.Value {
			put = append(put, t)
		}
	}
	for _, t := range now {
		if !keep[t.Key] {
			gone = append(gone, t.Key)
		}
	}
	return gone, put
}

// policyMistakes reads a policy as the service will, and keeps the places of its mistakes.
func policyMistakes(text string) error {
	_, err := policy.ParseDocument([]byte(text), policy.Options{Kind: policy.ResourcePolicy, MaxBytes: mostPolicy})
	if f, ok := errors.AsType[*fault.Error](err); ok && len(f.Fields) > 0 {
		return f
	}
	return nil // the service says what else is wrong
}

const mostPolicy = 20480
