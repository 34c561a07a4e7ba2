import type { components } from "./schema";
import type * as ours from "./types";

/**
 * The server's OpenAPI document is the source of src/api/schema.ts; the names in types.ts say the same more narrowly: which
 * texts a role can be, what a value of a row is. This file has no code. It fails to compile when the two part:
 * a field that the server renames, drops, adds or makes optional shows here.
 */
type Theirs = components["schemas"];

type Refines<Ours extends Server, Server> =
  Exclude<keyof Server, keyof Ours> extends never ? true : { missing: Exclude<keyof Server, keyof Ours> };

type Holds<T extends true> = T;

export type Contract = [
  Holds<Refines<ours.Me, Theirs["Me"]>>,
  Holds<Refines<ours.DashboardList, Theirs["DashboardPage"]>>,
  Holds<Refines<ours.DashboardItem, Theirs["DashboardItem"]>>,
  Holds<Refines<ours.Dashboard, Theirs["DashboardView"]>>,
  Holds<Refines<ours.Filter, Theirs["DashboardFilterView"]>>,
  Holds<Refines<ours.DashboardRow, Theirs["DashboardRowView"]>>,
  Holds<Refines<ours.Visual, Theirs["DashboardVisualView"]>>,
  Holds<Refines<ours.VisualAction, Theirs["WritebackInfo"]>>,
  Holds<Refines<ours.Column, Theirs["DashboardColumn"]>>,
  Holds<Refines<ours.FilterOptions, Theirs["DashboardOptionList"]>>,
  Holds<Refines<ours.QueryRequest, Theirs["DashboardQueryRequest"]>>,
  Holds<Refines<ours.FilterValue, Theirs["DashboardFilterValue"]>>,
  Holds<Refines<ours.Sort, Theirs["DashboardSort"]>>,
  Holds<Refines<ours.VisualData, Theirs["DashboardVisualData"]>>,
  Holds<Refines<ours.Offered, Theirs["WritebackOffered"]>>,
  Holds<Refines<ours.HistoryPage, Theirs["WritebackHistoryPage"]>>,
  Holds<Refines<ours.HistoryItem, Theirs["WritebackEntry"]>>,
  Holds<Refines<ours.ActionForm, Theirs["WritebackForm"]>>,
  Holds<Refines<ours.ActionForm["action"], Theirs["WritebackFormAction"]>>,
  Holds<Refines<ours.ActionForm["record"], Theirs["WritebackFormRecord"]>>,
  Holds<Refines<ours.ActionInput, Theirs["WritebackFormInput"]>>,
  Holds<Refines<ours.NamedValue, Theirs["WritebackField"]>>,
  Holds<Refines<ours.Preview, Theirs["WritebackPreview"]>>,
  Holds<Refines<ours.Submission, Theirs["WritebackSubmission"]>>,
  Holds<Refines<ours.ReceiptView, Theirs["WritebackProven"]>>,
  Holds<Refines<ours.AuditPlace, Theirs["WritebackPlace"]>>,
  Holds<Refines<ours.ProjectStatus, Theirs["ProjectStatus"]>>,
  Holds<Refines<ours.ProjectProblem, Theirs["ProjectProblem"]>>,
  Holds<Refines<ours.May, Theirs["May"]>>,
  Holds<Refines<ours.Key, Theirs["KeyView"]>>,
  Holds<Refines<ours.KeyPage, Theirs["KeyPage"]>>,
  Holds<Refines<ours.KeyUse, Theirs["KeyUse"]>>,
  Holds<Refines<ours.KeyUsage, Theirs["KeyUsage"]>>,
  Holds<Refines<ours.KeyGrant, Theirs["KeyGrant"]>>,
  Holds<Refines<ours.GrantPage, Theirs["GrantPage"]>>,
  Holds<Refines<ours.Explanation, Theirs["Explanation"]>>,
  Holds<Refines<ours.Secret, Theirs["SecretView"]>>,
  Holds<Refines<ours.SecretPage, Theirs["SecretPage"]>>,
  Holds<Refines<ours.SecretRotation, Theirs["SecretRotation"]>>,
  Holds<Refines<ours.SecretVersion, Theirs["SecretVersion"]>>,
  Holds<Refines<ours.Revealed, Theirs["Revealed"]>>,
  Holds<Refines<ours.RotationStep, Theirs["RotationStep"]>>,
  Holds<Refines<ours.NextWindow, Theirs["NextWindow"]>>,
  Holds<Refines<ours.SecretReader, Theirs["SecretReader"]>>,
  Holds<Refines<ours.SecretReaders, Theirs["SecretReaders"]>>,
  Holds<Refines<ours.SecretReading, Theirs["SecretReading"]>>,
  Holds<Refines<ours.Member, Theirs["Member"]>>,
  Holds<Refines<ours.MemberPage, Theirs["MemberPage"]>>,
  Holds<Refines<ours.AccessKey, Theirs["AccessKey"]>>,
  Holds<Refines<ours.NewAccessKey, Theirs["NewAccessKey"]>>,
  Holds<Refines<ours.UserSession, Theirs["UserSession"]>>,
  Holds<Refines<ours.Entity, Theirs["Entity"]>>,
  Holds<Refines<ours.EntityPage, Theirs["EntityPage"]>>,
  Holds<Refines<ours.EntityPolicies, Theirs["EntityPolicies"]>>,
  Holds<Refines<ours.ManagedPolicy, Theirs["ManagedPolicy"]>>,
  Holds<Refines<ours.ManagedView, Theirs["ManagedView"]>>,
  Holds<Refines<ours.PolicyVersion, Theirs["PolicyVersion"]>>,
  Holds<Refines<ours.Tag, Theirs["Tag"]>>,
  Holds<Refines<ours.SignInLink, Theirs["SignInLink"]>>,
  Holds<Refines<ours.NewUser, Theirs["NewUserRequestBody"]>>,
  Holds<Refines<ours.UserChange, Theirs["UserChangeBody"]>>,
  Holds<Refines<ours.NewRole, Theirs["NewRoleRequestBody"]>>,
  Holds<Refines<ours.NewGrant, Theirs["NewGrantRequestBody"]>>,
  Holds<Refines<ours.PolicyPage, Theirs["PolicyPage"]>>,
  Holds<Refines<ours.Change, Theirs["FaultChange"]>>,
  Holds<Refines<ours.FieldError, Theirs["FaultField"]>>,
];
