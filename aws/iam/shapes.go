package iam

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"signet/aws"
	"signet/identity"
)

// The shapes that several operations answer with.

type userAnswer struct {
	User user `xml:"User"`
}

type user struct {
	Path     string           `xml:"Path"`
	Name     string           `xml:"UserName"`
	ID       string           `xml:"UserId"`
	ARN      string           `xml:"Arn"`
	Created  aws.Stamp        `xml:"CreateDate"`
	Boundary *boundary        `xml:"PermissionsBoundary"`
	Tags     aws.Members[tag] `xml:"Tags"`
}

func newUser(e identity.Entity) user {
	return user{e.Path, e.Name, e.ID, e.ARN, aws.Stamp{Time: e.CreatedAt}, newBoundary(e), newTags(e.Tags)}
}

type boundary struct {
	Type string `xml:"PermissionsBoundaryType"`
	ARN  string `xml:"PermissionsBoundaryArn"`
}

func newBoundary(e identity.Entity) *boundary {
	if e.Boundary == "" {
		return nil
	}
	return &boundary{"Policy", e.Boundary}
}

type tag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

type tagList struct {
	Tags aws.Members[tag] `xml:"Tags"`
	more
}

func newTags(tags map[string]string) (out aws.Members[tag]) {
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out.Member = append(out.Member, tag{k, tags[k]})
	}
	return out
}

type group struct {
	Path    string    `xml:"Path"`
	Name    string    `xml:"GroupName"`
	ID      string    `xml:"GroupId"`
	ARN     string    `xml:"Arn"`
	Created aws.Stamp `xml:"CreateDate"`
}

func newGroup(e identity.Entity) group {
	return group{e.Path, e.Name, e.ID, e.ARN, aws.Stamp{Time: e.CreatedAt}}
}

type groups struct {
	Groups aws.Members[group] `xml:"Groups"`
	more
}

type roleAnswer struct {
	Role role `xml:"Role"`
}

type role struct {
	Path        string           `xml:"Path"`
	Name        string           `xml:"RoleName"`
	ID          string           `xml:"RoleId"`
	ARN         string           `xml:"Arn"`
	Created     aws.Stamp        `xml:"CreateDate"`
	Trust       string           `xml:"AssumeRolePolicyDocument"`
	Description string           `xml:"Description,omitempty"`
	MaxSession  int              `xml:"MaxSessionDuration"`
	Boundary    *boundary        `xml:"PermissionsBoundary"`
	Tags        aws.Members[tag] `xml:"Tags"`
}

func newRole(e identity.Entity) role {
	return role{e.Path, e.Name, e.ID, e.ARN, aws.Stamp{Time: e.CreatedAt}, escape(e.Trust), e.Description, e.MaxSession, newBoundary(e), newTags(e.Tags)}
}

type accessKey struct {
	User    string    `xml:"UserName"`
	ID      string    `xml:"AccessKeyId"`
	Status  string    `xml:"Status"`
	Secret  string    `xml:"SecretAccessKey,omitempty"`
	Created aws.Stamp `xml:"CreateDate"`
}

func newAccessKey(k identity.AccessKey) accessKey {
	status := "Inactive"
	if k.Active {
		status = "Active"
	}
	return accessKey{User: k.User, ID: k.ID, Status: status, Created: aws.Stamp{Time: k.CreatedAt}}
}

type inlinePolicy struct {
	User     string `xml:"UserName,omitempty"`
	Group    string `xml:"GroupName,omitempty"`
	Role     string `xml:"RoleName,omitempty"`
	Name     string `xml:"PolicyName"`
	Document string `xml:"PolicyDocument"`
}

type policyNames struct {
	Names aws.Members[string] `xml:"PolicyNames"`
	more
}

type attachment struct {
	Name string `xml:"PolicyName"`
	ARN  string `xml:"PolicyArn"`
}

func newAttachment(a identity.Attachment) attachment { return attachment{a.Name, a.ARN} }

type attached struct {
	Policies aws.Members[attachment] `xml:"AttachedPolicies"`
	more
}

type policyAnswer struct {
	Policy policy `xml:"Policy"`
}

type policy struct {
	Name        string    `xml:"PolicyName"`
	ID          string    `xml:"PolicyId"`
	ARN         string    `xml:"Arn"`
	Path        string    `xml:"Path"`
	Default     string    `xml:"DefaultVersionId"`
	Attached    int       `xml:"AttachmentCount"`
	Attachable  bool      `xml:"IsAttachable"`
	Description string    `xml:"Description,omitempty"`
	Created     aws.Stamp `xml:"CreateDate"`
	Updated     aws.Stamp `xml:"UpdateDate"`
}

func newPolicy(p identity.Policy) policy {
	return policy{p.Name, p.ID, p.ARN, p.Path, identity.VersionID(p.Default), p.Attached, true, p.Description, aws.Stamp{Time: p.CreatedAt}, aws.Stamp{Time: p.UpdatedAt}}
}

type versionAnswer struct {
	Version version `xml:"PolicyVersion"`
}

type version struct {
	ID       string    `xml:"VersionId"`
	Default  bool      `xml:"IsDefaultVersion"`
	Document string    `xml:"Document,omitempty"`
	Created  aws.Stamp `xml:"CreateDate"`
}

func newVersion(v identity.PolicyVersion) version {
	return version{identity.VersionID(v.Number), v.Default, escape(v.Document), aws.Stamp{Time: v.CreatedAt}}
}

// more says where a list goes on.
type more struct {
	Truncated bool   `xml:"IsTruncated"`
	Marker    string `xml:"Marker,omitempty"`
}

func rest(next string) more { return more{next != "", next} }

func page(in *aws.Input) identity.Page {
	return identity.Page{After: in.Text("Marker"), Limit: in.Int("MaxItems", 1, 1000), PathPrefix: in.Text("PathPrefix")}
}

func each[A, B any](all []A, f func(A) B) (out aws.Members[B]) {
	for _, one := range all {
		out.Member = append(out.Member, f(one))
	}
	return out
}

// escape writes a document as IAM does, percent-encoded after RFC 3986.
func escape(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}
