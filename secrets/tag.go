package secrets

import (
	"context"
	"maps"
	"slices"
	"strings"

	"signet/internal/store"
	"signet/policy"
)

// Tag is a word on a secret.
type Tag struct{ Key, Value string }

const maxTags = 50

// addTags checks tags and adds them to those that are there.
func addTags(to map[string]string, tags []Tag) (map[string]string, error) {
	out := maps.Clone(to)
	if out == nil {
		out = map[string]string{}
	}
	seen := map[string]bool{}
	for _, tag := range tags {
		if err := firstWrong(checkText("tags.key", tag.Key, 1, 128), checkText("tags.value", tag.Value, 0, 256)); err != nil {
			return nil, err
		}
		if strings.HasPrefix(strings.ToLower(tag.Key), "aws:") {
			return nil, invalidParameter("Tag keys can't start with aws:, which is reserved.")
		}
		if seen[tag.Key] {
			return nil, invalidParameter("The tag key %s is there twice.", clip(tag.Key))
		}
		seen[tag.Key] = true
		out[tag.Key] = tag.Value
	}
	if len(out) > maxTags {
		return nil, fail(LimitExceededException, "A secret can have up to %d tags.", maxTags)
	}
	return out, nil
}

// listTags is the tags sorted by key.
func listTags(tags map[string]string) []Tag {
	var out []Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, Tag{key, tags[key]})
	}
	return out
}

// TagResourceInput holds tags to add to a secret.
type TagResourceInput struct {
	Region   string
	SecretID string
	Tags     []Tag
}

// TagResource adds tags to a secret, and replaces those of the same keys.
func (s *Service) TagResource(ctx context.Context, c policy.Caller, in TagResourceInput) error {
	if _, err := addTags(nil, in.Tags); err != nil {
		return err
	}
	r := request{region: in.Region, action: "TagResource", secret: in.SecretID, conditions: given{}.tags(in.Tags), params: params{"tags": tagParams(in.Tags)}}
	_, err := s.change(ctx, c, r, func(_ context.Context, _ *store.Tx, r *record) (map[string]string, error) {
		if err := r.living(); err != nil {
			return nil, err
		}
		tags, err := addTags(r.tags, in.Tags)
		r.tags = tags
		return nil, err
	})
	return err
}

// UntagResourceInput names tags to take from a secret.
type UntagResourceInput struct {
	Region   string
	SecretID string
	TagKeys  []string
}

// UntagResource takes tags from a secret.
func (s *Service) UntagResource(ctx context.Context, c policy.Caller, in UntagResourceInput) error {
	for _, key := range in.TagKeys {
		if err := checkText("tagKeys", key, 1, 128); err != nil {
			return err
		}
	}
	r := request{region: in.Region, action: "UntagResource", secret: in.SecretID, conditions: given{"aws:TagKeys": in.TagKeys}, params: params{"tagKeys": in.TagKeys}}
	_, err := s.change(ctx, c, r, func(_ context.Context, _ *store.Tx, r *record) (map[string]string, error) {
		if err := r.living(); err != nil {
			return nil, err
		}
		for _, key := range in.TagKeys {
			delete(r.tags, key)
		}
		return nil, nil
	})
	return err
}
