package web

import (
	"net/http"

	"signet/internal/fault"
	"signet/writeback"
)

// routes is every path that the server answers.
func (s *Server) routes() {
	open(s, "signIn", "POST /session", "Sign in with name and password", 0, s.signIn)
	open(s, "signInByLink", "POST /session/link", "Sign in with a one-time link", 0, s.signInByLink)
	open(s, "setUp", "POST /setup", "Make the first administrator with the set-up link", http.StatusCreated, s.setUp)
	closed(s, "session", "GET /session", "Who is signed in", s.session)
	closed(s, "signOut", "DELETE /session", "Sign out", s.signOut)
	closed(s, "setPassword", "PUT /session/password", "Set one's own password", s.setPassword)

	closed(s, "dashboards", "GET /dashboards", "The dashboards that one may see", s.dashboards)
	closed(s, "dashboard", "GET /dashboards/{id}", "A dashboard without its data", s.dashboard)
	closed(s, "options", "GET /dashboards/{id}/filters/{filter}/options", "What a filter can be set to", s.options)
	closed(s, "query", "POST /dashboards/{id}/visuals/{visual}/query", "A visual's data, with the tickets for its rows", s.query)
	closed(s, "history", "GET /dashboards/{id}/visuals/{visual}/history", "The write-backs of one record", s.history)
	closed(s, "project", "GET /project", "The served project and the problems of its last load", s.project)

	s.trustRoutes()

	plain[ticketRequest, writeback.Form](s, "form", "POST /actions/{id}/form", "What an action offers on a row", asJSON, s.form)
	plain[ticketRequest, writeback.Preview](s, "preview", "POST /actions/{id}/preview", "What would be written; writes nothing", asJSON, s.preview)
	plain[ticketRequest, writeback.Submission](s, "submit", "POST /actions/{id}/submissions", "Write, once", submission, s.submit)
	plain[emptyRequest, writeback.Proven](s, "receipt", "GET /receipts/{id}", "A receipt and its place in the audit log", asJSON, s.receipt)
	plain[emptyRequest, any](s, "receiptFile", "GET /receipts/{id}/file", "The file that 'signet receipt verify' checks", asJSON, s.receiptFile)
	plain[emptyRequest, string](s, "events", "GET /events", "What changes, as it changes", asEvents, s.events)

	s.outside("GET /api/openapi.json", s.openAPI)
	s.outside("/api/", noRoute)
	s.outside("GET /healthz", s.healthz)
	s.outside("GET /readyz", s.readyz)
	s.outside("GET /metrics", s.serveMetrics)
	for _, page := range pages {
		s.outside("GET "+page, s.static.page(http.StatusOK))
	}
	s.outside("GET /assets/", s.static.file)
	s.outside("/", s.static.rest)
}

// trustRoutes are those of the pages about keys, access and the audit log.
func (s *Server) trustRoutes() {
	closed(s, "keys", "GET /keys", "The keys of the home region", s.keys)
	closed(s, "createKey", "POST /keys", "Make a symmetric key", s.createKey)
	closed(s, "lastUses", "GET /key-uses", "The newest use of each key, of the last five hundred events about keys", s.lastUses)
	closed(s, "key", "GET /keys/{id}", "A key, and what one may do with it", s.key)
	closed(s, "enableKey", "POST /keys/{id}/enable", "Make a disabled key usable", s.enableKey)
	closed(s, "disableKey", "POST /keys/{id}/disable", "Make a key unusable, from the next request on", s.disableKey)
	closed(s, "deleteKey", "POST /keys/{id}/deletion", "Make a key unusable now, and gone after a waiting period", s.deleteKey)
	closed(s, "keepKey", "DELETE /keys/{id}/deletion", "Take a planned deletion back; the key stays disabled", s.keepKey)
	closed(s, "rotateKey", "POST /keys/{id}/rotations", "Replace a key's material now", s.rotateKey)
	closed(s, "setRotation", "PUT /keys/{id}/rotation", "Say how often a key's material is replaced by itself", s.setRotation)
	closed(s, "keyPolicy", "GET /keys/{id}/policy", "A key's policy", s.keyPolicy)
	closed(s, "putKeyPolicy", "PUT /keys/{id}/policy", "Replace a key's policy", s.putKeyPolicy)
	closed(s, "explainKey", "POST /keys/{id}/explain", "Whether somebody may do something with a key, and why", s.explainKey)
	closed(s, "keyGrants", "GET /keys/{id}/grants", "A key's grants", s.keyGrants)
	closed(s, "usageOfKey", "GET /keys/{id}/usage", "How often a key was used lately", s.usageOfKey)
	closed(s, "usesOfKey", "GET /keys/{id}/uses", "What was last done with a key or to it", s.usesOfKey)
	closed(s, "createGrant", "POST /keys/{id}/grants", "Let somebody use a key", s.createGrant)
	closed(s, "revokeGrant", "DELETE /keys/{id}/grants/{grant}", "End a grant", s.revokeGrant)
	closed(s, "retireGrant", "POST /keys/{id}/grants/{grant}/retirement", "End a grant, as its retiring principal", s.retireGrant)
	closed(s, "createAlias", "POST /keys/{id}/aliases", "Give a key a name", s.createAlias)
	closed(s, "moveAlias", "PUT /keys/{id}/aliases", "Give a key the name of another", s.moveAlias)
	closed(s, "removeAlias", "DELETE /key-aliases", "Take a name from its key", s.removeAlias)
	closed(s, "setKeyDescription", "PUT /keys/{id}/description", "Describe a key anew", s.setKeyDescription)
	closed(s, "setKeyTags", "PUT /keys/{id}/tags", "Replace a key's tags", s.setKeyTags)

	s.secretRoutes()
	s.accessRoutes()

	closed(s, "auditEvents", "GET /audit/events", "What is in the audit log, newest first", s.auditEvents)
	closed(s, "auditEvent", "GET /audit/events/{index}", "A record of the audit log, with its place in the signed tree", s.auditEvent)
	plain[emptyRequest, any](s, "auditProof", "GET /audit/events/{index}/proof", "The file that 'signet audit verify FILE' checks", asJSON, s.auditProof)
}

// accessRoutes are those about people, groups, roles and their policies.
func (s *Server) accessRoutes() {
	closed(s, "users", "GET /access/users", "The users", s.users)
	closed(s, "user", "GET /access/users/{name}", "A user, and what one may do about them", s.user)
	closed(s, "createUser", "POST /access/users", "Make a user, who has no password yet", s.createUser)
	closed(s, "changeUser", "PATCH /access/users/{name}", "Change a user's display name, role or groups", s.changeUser)
	closed(s, "createLink", "POST /access/users/{name}/links", "Make a one-time sign-in link; it is shown once", s.createLink)
	closed(s, "setDisabled", "PUT /access/users/{name}/disabled", "Shut a user out, or let them in again", s.setDisabled)
	closed(s, "accessKeys", "GET /access/users/{name}/keys", "A user's access keys", s.accessKeys)
	closed(s, "createAccessKey", "POST /access/users/{name}/keys", "Make an access key; its secret is shown once", s.createAccessKey)
	closed(s, "setAccessKey", "PUT /access/users/{name}/keys/{key}", "Switch an access key off or on", s.setAccessKey)
	closed(s, "deleteAccessKey", "DELETE /access/users/{name}/keys/{key}", "Remove an access key", s.deleteAccessKey)
	closed(s, "sessions", "GET /access/users/{name}/sessions", "A user's sessions in browsers", s.sessions)
	closed(s, "endSession", "DELETE /access/users/{name}/sessions/{session}", "End a session at once", s.endSession)
	closed(s, "groups", "GET /access/groups", "The groups that can have policies", s.groups)
	closed(s, "group", "GET /access/groups/{name}", "A group and its members", s.group)
	closed(s, "roles", "GET /access/roles", "The roles", s.roles)
	closed(s, "role", "GET /access/roles/{name}", "A role, with who may assume it", s.role)
	closed(s, "createGroup", "POST /access/groups", "Make a group that can have policies", s.createGroup)
	closed(s, "addMember", "POST /access/groups/{name}/members", "Put a user into a group", s.addMember)
	closed(s, "removeMember", "DELETE /access/groups/{name}/members/{user}", "Take a user out of a group", s.removeMember)
	closed(s, "createRole", "POST /access/roles", "Make a role", s.createRole)
	closed(s, "changeRole", "PATCH /access/roles/{name}", "Change a role's description or longest session", s.changeRole)
	closed(s, "putTrust", "PUT /access/roles/{name}/trust", "Say anew who may assume a role", s.putTrust)
	closed(s, "removeEntity", "DELETE /access/{kind}/{name}", "Remove a user, group or role with all that only it has", s.removeEntity)
	closed(s, "setBoundary", "PUT /access/{kind}/{name}/boundary", "Set the most that a user or role may do, or take the limit away", s.setBoundary)
	closed(s, "setTags", "PUT /access/{kind}/{name}/tags", "Replace the tags of a user or role", s.setTags)
	closed(s, "policies", "GET /access/{kind}/{name}/policies", "The policies of a user, group or role", s.policies)
	closed(s, "attach", "POST /access/{kind}/{name}/policies", "Attach a managed policy", s.attach)
	closed(s, "detach", "DELETE /access/{kind}/{name}/policies", "Detach a managed policy", s.detach)
	closed(s, "inlinePolicy", "GET /access/{kind}/{name}/policies/{policy}", "A policy of one user, group or role", s.inlinePolicy)
	closed(s, "putInline", "PUT /access/{kind}/{name}/policies/{policy}", "Write a policy of one user, group or role", s.putInline)
	closed(s, "removeInline", "DELETE /access/{kind}/{name}/policies/{policy}", "Remove a policy of one user, group or role", s.removeInline)
	closed(s, "managedPolicies", "GET /access/policies", "The managed policies", s.managedPolicies)
	closed(s, "createPolicy", "POST /access/policies", "Make a managed policy", s.createPolicy)
	closed(s, "removePolicy", "DELETE /access/policies", "Remove a managed policy, and take it from whoever has it", s.removePolicy)
	closed(s, "managedPolicy", "GET /access/policy", "The text of a managed policy", s.managedPolicy)
	closed(s, "policyView", "GET /access/policy/about", "A managed policy's versions, and who has it", s.policyView)
	closed(s, "createVersion", "POST /access/policy/versions", "Add a version of a managed policy", s.createVersion)
	closed(s, "setDefaultVersion", "PUT /access/policy/default", "Say which version of a managed policy counts", s.setDefaultVersion)
	closed(s, "removeVersion", "DELETE /access/policy/versions", "Remove a version that does not count", s.removeVersion)
	closed(s, "explain", "POST /access/explain", "Whether somebody may do something, and why", s.explain)
}

// secretRoutes are those of the page about secrets. A secret is named in the query.
func (s *Server) secretRoutes() {
	closed(s, "secrets", "GET /secrets", "The secrets of the home region, by name", s.secrets)
	closed(s, "createSecret", "POST /secrets", "Make a secret", s.createSecret)
	closed(s, "randomPassword", "POST /secrets/password", "Draw a password; it is kept nowhere", s.randomPassword)
	closed(s, "secret", "GET /secret", "A secret without its value, and what one may do with it", s.secret)
	closed(s, "updateSecret", "PUT /secret", "Change a secret's description or key", s.updateSecret)
	closed(s, "tagSecret", "PUT /secret/tags", "Replace a secret's tags", s.tagSecret)
	closed(s, "secretVersions", "GET /secret/versions", "A secret's versions with their stages", s.secretVersions)
	closed(s, "putSecretValue", "POST /secret/versions", "Store a new value, which becomes the current one", s.putSecretValue)
	closed(s, "revealSecret", "POST /secret/reveal", "The value of a version; each call is an event", s.revealSecret)
	closed(s, "moveStage", "PUT /secret/stage", "Move a stage to another version, or take it away", s.moveStage)
	closed(s, "planRotation", "PUT /secret/rotation", "Say how and when a secret is rotated", s.planRotation)
	closed(s, "endRotation", "DELETE /secret/rotation", "Turn a secret's rotation off; one under way stops before its next step", s.endRotation)
	closed(s, "rotateSecret", "POST /secret/rotations", "Rotate a secret now", s.rotateSecret)
	closed(s, "rotationSteps", "GET /secret/rotations", "The last steps of a secret's rotations", s.rotationSteps)
	closed(s, "nextRotation", "GET /secret/schedule", "When a secret would be rotated by a schedule", s.nextRotation)
	closed(s, "deleteSecret", "POST /secret/deletion", "Make a secret unreadable now, and gone after a waiting period", s.deleteSecret)
	closed(s, "restoreSecret", "DELETE /secret/deletion", "Take a planned deletion back", s.restoreSecret)
	closed(s, "secretPolicy", "GET /secret/policy", "A secret's policy, empty for none", s.secretPolicy)
	closed(s, "putSecretPolicy", "PUT /secret/policy", "Replace a secret's policy", s.putSecretPolicy)
	closed(s, "deleteSecretPolicy", "DELETE /secret/policy", "Take a secret's policy away", s.deleteSecretPolicy)
	closed(s, "explainSecret", "POST /secret/explain", "Whether somebody may do something with a secret, and why", s.explainSecret)
	closed(s, "secretReaders", "GET /secret/readers", "Which users and roles may read a secret's value, and why", s.secretReaders)
	closed(s, "secretReadings", "GET /secret/reads", "Who last asked for a secret's value", s.secretReadings)
}

func noRoute(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, r, fault.New(fault.NotFound, "there is no such route, or not with this method"))
}
