package kms

import (
	"context"
	"maps"
	"slices"
	"strings"

	"signet/internal/store"
	"signet/policy"
)

// Tag is a label that people put on a key. Policies can ask for it.
type Tag struct{ Key, Value string }

const maxTags = 50

// addTags adds tags to those of a key. Keys that differ by case only are refused: condition keys do
// not differ by case, so a policy could not tell one from the other.
func addTags(have map[string]string, tags []Tag) (map[string]string, error) {
	all := maps.Clone(have)
	if all == nil {
		all = map[string]string{}
	}
	for _, t := range tags {
		if len(t.Key) == 0 || text("tagKey", t.Key, 128) != nil || text("tagValue", t.Value, 256) != nil ||
			strings.HasPrefix(fold(t.Key), "aws:") {
			return nil, fail(TagException, "The tag %q is not valid: keys have 1 to 128 characters and do not begin with aws:, values have up to 256.", clip(t.Key))
		}
		all[t.Key] = t.Value
	}
	folded := map[string]bool{}
	for key := range all {
		folded[fold(key)] = true
	}
	if len(folded) < len(all) {
		return nil, fail(TagException, "Two tag keys differ by case only.")
	}
	if len(all) > maxTags {
		return nil, fail(TagException, "A key has at most %d tags.", maxTags)
	}
	return all, nil
}

func tagConditions(tags []Tag) map[string][]string {
	if len(tags) == 0 {
		return nil
	}
	out := map[string][]string{}
	for _, t := range tags {
		out["aws:RequestTag/"+t.Key] = []string{t.Value}
		out["aws:TagKeys"] = append(out["aws:TagKeys"], t.Key)
	}
	return out
}

// TagResourceInput holds tags that a key gets.
type TagResourceInput struct {
	Scope
	KeyID string
	Tags  []Tag
}

// TagResource adds tags to a key, or replaces their values.
func (s *Service) TagResource(ctx context.Context, c policy.Caller, in TagResourceInput) error {
	if _, err := addTags(nil, in.Tags); err != nil { // before they become condition keys
		return err
	}
	r := request{Scope: in.Scope, action: "TagResource", key: in.KeyID, conditions: tagConditions(in.Tags), params: params{"tags": tagParams(in.Tags)}}
	return s.retag(ctx, c, r, func(have map[string]string) (map[string]string, error) { return addTags(have, in.Tags) })
}

// UntagResourceInput names tags that a key loses.
type UntagResourceInput struct {
	Scope
	KeyID   string
	TagKeys []string
}

// UntagResource removes tags from a key.
func (s *Service) UntagResource(ctx context.Context, c policy.Caller, in UntagResourceInput) error {
	r := request{Scope: in.Scope, action: "UntagResource", key: in.KeyID, params: params{"tagKeys": in.TagKeys}}
	if len(in.TagKeys) > 0 {
		r.conditions = map[string][]string{"aws:TagKeys": in.TagKeys}
	}
	return s.retag(ctx, c, r, func(have map[string]string) (map[string]string, error) {
		left := maps.Clone(have)
		for _, key := range in.TagKeys {
			delete(left, key)
		}
		return left, nil
	})
}

func (s *Service) retag(ctx context.Context, c policy.Caller, r request, f func(map[string]string) (map[string]string, error)) error {
	return s.change(ctx, c, r, false, func(ctx context.Context, tx *store.Tx, k *known) (map[string]string, error) {
		if err := k.changeable(s.clock(), r.action); err != nil {
			return nil, err
		}
		tags, err := f(k.tags)
		if err != nil {
			return nil, err
		}
		_, err = tx.Exec(ctx, "UPDATE kms_keys SET tags = ? WHERE id = ?", asJSON(tags), k.id)
		return nil, err
	})
}

// ListOfKeyInput asks for one page of a list about a key.
type ListOfKeyInput struct {
	ListInput
	KeyID string
}

// ListResourceTags lists a key's tags, by key.
func (s *Service) ListResourceTags(ctx context.Context, c policy.Caller, in ListOfKeyInput) (Page[Tag], error) {
	k, err := s.look(ctx, c, request{Scope: in.Scope, action: "ListResourceTags", key: in.KeyID, params: params{"limit": in.Limit}})
	if err != nil {
		return Page[Tag]{}, err
	}
	p, err := openPage("ListResourceTags", in.ListInput, 50, 50, k.id)
	if err != nil {
		return Page[Tag]{}, err
	}
	var tags []Tag
	for _, key := range slices.Sorted(maps.Keys(k.tags)) {
		if key > p.after && len(tags) <= p.limit {
			tags = append(tags, Tag{key, k.tags[key]})
		}
	}
	return closePage(p, tags, func(t Tag) string { return t.Key }), nil
}
