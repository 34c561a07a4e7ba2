/** The pages about trust, in one part that loads when the first of them is opened. */
export { AccessPage } from "./access/AccessPage";
export { GroupPage } from "./access/GroupPage";
export { PolicyPage } from "./access/PolicyPage";
export { RolePage } from "./access/RolePage";
export { UserPage } from "./access/UserPage";
export { KeyPage } from "./keys/KeyPage";
export { KeysPage } from "./keys/KeysPage";
export { SecretsRoute } from "./secrets/SecretsRoute";
