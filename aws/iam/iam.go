// Package iam serves the operations of IAM that a team needs for its users, groups, roles, policies and
// access keys. It guarantees that the secret of an access key leaves the server once, in the answer
// that makes it.
package iam

import (
	"signet/aws"
	"signet/identity"
	"signet/internal/fault"
)

type service struct{ iam identity.IAM }

// New returns the service over the identities of a server.
func New(people *identity.Service) aws.Service {
	s := service{people.IAM()}
	return aws.Service{
		Name: "iam", Protocol: aws.Query, Version: "2010-05-08", Namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
		Operations: map[string]aws.Operation{
			"AddUserToGroup":                aws.Act("AddUserToGroup", s.addUserToGroup),
			"AttachGroupPolicy":             aws.Act("AttachGroupPolicy", s.attachGroupPolicy),
			"AttachRolePolicy":              aws.Act("AttachRolePolicy", s.attachRolePolicy),
			"AttachUserPolicy":              aws.Act("AttachUserPolicy", s.attachUserPolicy),
			"CreateAccessKey":               aws.Form("CreateAccessKey", s.createAccessKey),
			"CreateGroup":                   aws.Form("CreateGroup", s.createGroup),
			"CreatePolicy":                  aws.Form("CreatePolicy", s.createPolicy),
			"CreatePolicyVersion":           aws.Form("CreatePolicyVersion", s.createPolicyVersion),
			"CreateRole":                    aws.Form("CreateRole", s.createRole),
			"CreateUser":                    aws.Form("CreateUser", s.createUser),
			"DeleteAccessKey":               aws.Act("DeleteAccessKey", s.deleteAccessKey),
			"DeleteGroup":                   aws.Act("DeleteGroup", s.deleteGroup),
			"DeleteGroupPolicy":             aws.Act("DeleteGroupPolicy", s.deleteGroupPolicy),
			"DeletePolicy":                  aws.Act("DeletePolicy", s.deletePolicy),
			"DeletePolicyVersion":           aws.Act("DeletePolicyVersion", s.deletePolicyVersion),
			"DeleteRole":                    aws.Act("DeleteRole", s.deleteRole),
			"DeleteRolePermissionsBoundary": aws.Act("DeleteRolePermissionsBoundary", s.deleteRolePermissionsBoundary),
			"DeleteRolePolicy":              aws.Act("DeleteRolePolicy", s.deleteRolePolicy),
			"DeleteUser":                    aws.Act("DeleteUser", s.deleteUser),
			"DeleteUserPermissionsBoundary": aws.Act("DeleteUserPermissionsBoundary", s.deleteUserPermissionsBoundary),
			"DeleteUserPolicy":              aws.Act("DeleteUserPolicy", s.deleteUserPolicy),
			"DetachGroupPolicy":             aws.Act("DetachGroupPolicy", s.detachGroupPolicy),
			"DetachRolePolicy":              aws.Act("DetachRolePolicy", s.detachRolePolicy),
			"DetachUserPolicy":              aws.Act("DetachUserPolicy", s.detachUserPolicy),
			"GetAccessKeyLastUsed":          aws.Form("GetAccessKeyLastUsed", s.getAccessKeyLastUsed),
			"GetGroup":                      aws.Form("GetGroup", s.getGroup),
			"GetGroupPolicy":                aws.Form("GetGroupPolicy", s.getGroupPolicy),
			"GetPolicy":                     aws.Form("GetPolicy", s.getPolicy),
			"GetPolicyVersion":              aws.Form("GetPolicyVersion", s.getPolicyVersion),
			"GetRole":                       aws.Form("GetRole", s.getRole),
			"GetRolePolicy":                 aws.Form("GetRolePolicy", s.getRolePolicy),
			"GetUser":                       aws.Form("GetUser", s.getUser),
			"GetUserPolicy":                 aws.Form("GetUserPolicy", s.getUserPolicy),
			"ListAccessKeys":                aws.Form("ListAccessKeys", s.listAccessKeys),
			"ListAttachedGroupPolicies":     aws.Form("ListAttachedGroupPolicies", s.listAttachedGroupPolicies),
			"ListAttachedRolePolicies":      aws.Form("ListAttachedRolePolicies", s.listAttachedRolePolicies),
			"ListAttachedUserPolicies":      aws.Form("ListAttachedUserPolicies", s.listAttachedUserPolicies),
			"ListEntitiesForPolicy":         aws.Form("ListEntitiesForPolicy", s.listEntitiesForPolicy),
			"ListGroupPolicies":             aws.Form("ListGroupPolicies", s.listGroupPolicies),
			"ListGroups":                    aws.Form("ListGroups", s.listGroups),
			"ListGroupsForUser":             aws.Form("ListGroupsForUser", s.listGroupsForUser),
			"ListPolicies":                  aws.Form("ListPolicies", s.listPolicies),
			"ListPolicyVersions":            aws.Form("ListPolicyVersions", s.listPolicyVersions),
			"ListRolePolicies":              aws.Form("ListRolePolicies", s.listRolePolicies),
			"ListRoleTags":                  aws.Form("ListRoleTags", s.listRoleTags),
			"ListRoles":                     aws.Form("ListRoles", s.listRoles),
			"ListUserPolicies":              aws.Form("ListUserPolicies", s.listUserPolicies),
			"ListUserTags":                  aws.Form("ListUserTags", s.listUserTags),
			"ListUsers":                     aws.Form("ListUsers", s.listUsers),
			"PutGroupPolicy":                aws.Act("PutGroupPolicy", s.putGroupPolicy),
			"PutRolePermissionsBoundary":    aws.Act("PutRolePermissionsBoundary", s.putRolePermissionsBoundary),
			"PutRolePolicy":                 aws.Act("PutRolePolicy", s.putRolePolicy),
			"PutUserPermissionsBoundary":    aws.Act("PutUserPermissionsBoundary", s.putUserPermissionsBoundary),
			"PutUserPolicy":                 aws.Act("PutUserPolicy", s.putUserPolicy),
			"RemoveUserFromGroup":           aws.Act("RemoveUserFromGroup", s.removeUserFromGroup),
			"SetDefaultPolicyVersion":       aws.Act("SetDefaultPolicyVersion", s.setDefaultPolicyVersion),
			"TagRole":                       aws.Act("TagRole", s.tagRole),
			"TagUser":                       aws.Act("TagUser", s.tagUser),
			"UntagRole":                     aws.Act("UntagRole", s.untagRole),
			"UntagUser":                     aws.Act("UntagUser", s.untagUser),
			"UpdateAccessKey":               aws.Act("UpdateAccessKey", s.updateAccessKey),
			"UpdateAssumeRolePolicy":        aws.Act("UpdateAssumeRolePolicy", s.updateAssumeRolePolicy),
			"UpdateRole":                    aws.Form("UpdateRole", s.updateRole),
		},
		Errors: map[fault.Code]string{
			fault.NotFound: "NoSuchEntity", fault.InvalidInput: "ValidationError", fault.TooLarge: "LimitExceeded", fault.BadRequest: "ValidationError",
		},
		Statuses: map[string]int{
			"AccessDenied": 403, "NoSuchEntity": 404, "EntityAlreadyExists": 409, "DeleteConflict": 409, "LimitExceeded": 409, "ConcurrentModification": 409,
		},
	}
}
