/** The shapes of the browser API. One name each, so that a screen never guesses at a field; contract.ts holds them to the server. */

export type Value = null | string | number | boolean;

export type ValueType = "text" | "integer" | "decimal" | "float" | "boolean" | "date" | "timestamp";

export interface Described {
  name: string;
  label: string;
  type: ValueType;
  format?: string;
  unit?: string;
}

export interface NamedValue extends Described {
  value: Value;
}

export type Role = "admin" | "author" | "reader";

export interface Me {
  id: string;
  name: string;
  displayName: string;
  role: Role;
  groups: string[];
  hasPassword: boolean;
  may: May;
  instance: { version: string; demo: boolean };
  expiresAt: string;
}

/** Which parts of the screen are for this person. */
export interface May {
  keys: boolean;
  secrets: boolean;
  access: boolean;
  audit: boolean;
}

export interface DashboardItem {
  id: string;
  title: string;
  description: string;
  visuals: number;
  actions: number;
}

export interface DashboardList {
  items: DashboardItem[];
  next?: string;
}

export interface Filter {
  id: string;
  label: string;
  field: string;
  type: ValueType;
  control: "select" | "range" | "search";
  multiple: boolean;
}

export interface Column extends Described {
  role: "dimension" | "measure" | "column";
  sortable: boolean;
  hidden?: boolean;
}

export interface Sort {
  column: string;
  descending: boolean;
}

export type Tone = "primary" | "neutral" | "danger";

export interface VisualAction {
  id: string;
  title: string;
  label: string;
  tone: Tone;
}

export interface Visual {
  id: string;
  type: "table" | "kpi" | "bar" | "line";
  title: string;
  description?: string;
  dataset: string;
  width: number;
  columns: Column[];
  sort?: Sort[];
  highlight?: string;
  highlightLabel?: string;
  actions: VisualAction[];
  history: boolean;
  pageSize: number;
}

export interface DashboardRow {
  height?: number;
  visuals: Visual[];
}

export interface Dashboard {
  id: string;
  title: string;
  description: string;
  version: string;
  filters: Filter[];
  rows: DashboardRow[];
  links: { id: string; title: string }[];
}

export interface FilterOptions {
  values?: { value: Value; count: number }[];
  truncated: boolean;
  min?: Value;
  max?: Value;
}

export interface FilterValue {
  id: string;
  values?: Value[];
  from?: Value;
  to?: Value;
  search?: string;
}

export interface QueryRequest {
  filters: FilterValue[];
  sort?: Sort[];
  after?: string;
  limit?: number;
  totals?: boolean;
}

/** What the tickets of one action on one page have in common. */
export interface Offered {
  action: string;
  head: string;
  expiresAt: string;
}

/** A whole ticket. */
export interface Offer {
  action: string;
  ticket: string;
  expiresAt: string;
}

export interface VisualData {
  asOf: string;
  columns: Column[];
  rows: Value[][];
  keys?: string[];
  offered?: Offered[];
  /** by row: its own part of the ticket of each action that is offered, "" for none; a ticket is head, point, part */
  offers?: string[][];
  totals?: { count: number; sums: Record<string, Value> };
  next?: string;
}

export interface HistoryItem {
  /** absent for a row that was there before Signet */
  receiptId?: string;
  at: string;
  who: { id: string; name: string };
  action: { id: string; title: string; version?: string };
  recordId: string;
  status: string;
  before?: NamedValue[];
  after: NamedValue[];
  inputs: NamedValue[];
}

export interface HistoryPage {
  items: HistoryItem[];
  next?: string;
}

export interface ActionInput extends Described {
  required: boolean;
  default: Value;
  min?: number | string;
  max?: number | string;
  step?: number | string;
  maxLength?: number;
  options?: string[];
  help?: string;
  multiline?: boolean;
}

export interface ActionForm {
  action: {
    id: string;
    title: string;
    description: string;
    submitLabel: string;
    tone: Tone;
    version: string;
  };
  record: { id?: string; status?: string; next: string; transition: boolean };
  signed: NamedValue[];
  inputs: ActionInput[];
  computed: NamedValue[];
  expiresAt: string;
}

export interface Preview {
  computed: { name: string; value: Value }[];
  next: string;
  recordId?: string;
  errors: FieldError[];
}

export interface FieldError {
  field: string;
  message: string;
}

export interface Change {
  field: string;
  label: string;
  was: Value;
  now: Value;
}

export interface Receipt {
  version: number;
  id: string;
  ticket: string;
  action: { id: string; title: string; version: string };
  dataset: string;
  target: { source: string; table: string };
  record: { id: string; status: string; previousStatus?: string };
  who: { id: string; name: string };
  at: string;
  signed: NamedValue[];
  inputs: NamedValue[];
  computed: NamedValue[];
  written: NamedValue[];
  before?: NamedValue[];
}

export interface Submission {
  receipt: Receipt;
  replayed: boolean;
}

export interface AuditPlace {
  log: string;
  index: number;
  size: number;
  root: string;
  time: string;
  checkpoint: string;
  status: string;
}

export interface ReceiptView {
  receipt: Receipt;
  audit: AuditPlace;
  verified: boolean;
}

export interface ProjectProblem {
  file: string;
  line: number;
  column: number;
  field: string;
  message: string;
}

export interface ProjectStatus {
  version: string;
  loadedAt: string;
  problems: ProjectProblem[];
}

export interface ChangeEvent {
  datasets: string[];
  action: string;
  receiptId: string;
  by: string;
  at: string;
}

/** A key of the key service; one that may not be described has only its id and ARN. */
export interface Key {
  id: string;
  arn: string;
  state: "" | "Enabled" | "Disabled" | "PendingDeletion" | "PendingImport";
  description: string;
  spec: string;
  usage: string;
  origin: string;
  manager: string;
  aliases: string[];
  tags: Tag[];
  grants: number;
  createdAt?: string;
  deletionAt?: string;
  expiresAt?: string;
  rotation?: { days: number; next?: string };
  material?: string;
  may: string[];
}

export interface KeyPage {
  items: Key[];
  next?: string;
  mayCreate: boolean;
  region: string;
}

export interface KeyUse {
  key: string;
  at: string;
  by: string;
  operation: string;
  result: string;
}

/** What was counted of the last thirty days. */
export interface KeyUsage {
  /** uses before it were not counted */
  since: string;
  hours: { start: string; uses: number; other: number }[];
}

export interface KeyGrant {
  id: string;
  name?: string;
  grantee: string;
  retiring?: string;
  operations: string[];
  equals?: Record<string, string>;
  subset?: Record<string, string>;
  createdAt: string;
}

export interface GrantPage {
  items: KeyGrant[];
  next?: string;
}

export interface Explanation {
  allowed: boolean;
  why: string;
  needed?: string;
}

/** A user as those who look after access see them. */
export interface Member {
  name: string;
  displayName: string;
  arn: string;
  role: Role;
  groups: string[];
  hasPassword: boolean;
  sso: boolean;
  origin: "hand" | "project";
  disabled: boolean;
  createdAt: string;
  lastSeen?: string;
  accessKeys: number;
  /** ARN of the permissions boundary */
  boundary?: string;
  tags: Tag[];
  may: string[];
}

export interface Tag {
  key: string;
  value: string;
}

export interface MemberPage {
  items: Member[];
  next?: string;
  mayCreate: boolean;
}

export interface NewUser {
  name: string;
  displayName?: string;
  role: Role;
  groups?: string[];
}

export interface UserChange {
  displayName?: string;
  role?: Role;
  groups?: string[];
}

export interface SignInLink {
  token: string;
  expiresAt: string;
}

export interface AccessKey {
  id: string;
  active: boolean;
  createdAt: string;
  usedAt?: string;
  usedFor?: string;
}

export interface NewAccessKey {
  id: string;
  secret: string;
}

export interface UserSession {
  id: string;
  createdAt: string;
  lastSeen: string;
  expiresAt: string;
  ip: string;
  userAgent: string;
  current: boolean;
}

/** A group or a role. */
export interface Entity {
  name: string;
  arn: string;
  description?: string;
  createdAt: string;
  trust?: string;
  maxSession?: number;
  members?: string[];
  boundary?: string;
  tags: Tag[];
  may: string[];
}

export interface EntityPage {
  items: Entity[];
  next?: string;
  mayCreate: boolean;
}

export interface NewRole {
  name: string;
  description?: string;
  trust: string;
  maxSession?: number;
  tags?: Tag[];
}

export interface EntityPolicies {
  attached: { arn: string; name: string }[];
  inline: string[];
}

export interface ManagedPolicy {
  arn: string;
  name: string;
  description?: string;
  attached: number;
  builtIn: boolean;
}

export interface PolicyPage {
  items: ManagedPolicy[];
  next?: string;
  mayCreate: boolean;
}

/** A managed policy with its versions and those who have it. */
export interface ManagedView {
  policy: ManagedPolicy;
  createdAt: string;
  versions: PolicyVersion[];
  holders: { kind: "users" | "groups" | "roles"; name: string }[];
  may: string[];
}

export interface PolicyVersion {
  id: string;
  default: boolean;
  createdAt: string;
}

export interface NewGrant {
  name?: string;
  grantee: string;
  retiring?: string;
  operations: string[];
  equals?: Record<string, string>;
  subset?: Record<string, string>;
}

export type SecretState = "in-use" | "empty" | "due" | "rotating" | "failed" | "deleting";

/** A secret, never with its value; what one may do and who uses it are not in lists. */
export interface Secret {
  name: string;
  arn: string;
  state: SecretState;
  description: string;
  key: string;
  tags: Tag[];
  createdAt: string;
  changedAt: string;
  readOn?: string;
  deletionAt?: string;
  rotation?: SecretRotation;
  service?: string;
  sources?: { id: string; title?: string }[];
  may?: string[];
}

export interface SecretPage {
  items: Secret[];
  next?: string;
  mayCreate: boolean;
  region: string;
}

export interface SecretRotation {
  on: boolean;
  rotator: string;
  schedule?: string;
  window?: string;
  opensAt?: string;
  closesAt?: string;
  rotatedAt?: string;
  pending?: string;
  failures: number;
  retryAt?: string;
}

export interface SecretVersion {
  id: string;
  stages: string[];
  createdAt: string;
  readOn?: string;
}

/** The only answer with a secret's value in it. */
export interface Revealed {
  version: string;
  stages: string[];
  createdAt: string;
  text?: string;
  binary?: string;
}

export interface RotationStep {
  at: string;
  step: "createSecret" | "setSecret" | "testSecret" | "finishSecret";
  version: string;
  result: string;
  reason?: string;
}

export interface NextWindow {
  opensAt?: string;
  closesAt?: string;
}

export interface SecretReader {
  kind: "user" | "role";
  name: string;
  arn: string;
  why: string;
}

export interface SecretReaders {
  items: SecretReader[];
  asked: number;
  more: boolean;
  keyToo: boolean;
}

export interface SecretReading {
  at: string;
  by: string;
  from: string;
  version?: string;
  result: string;
  event: number;
}
