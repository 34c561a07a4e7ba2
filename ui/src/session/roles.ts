import type { Role } from "../api/types";

/** What each role lets people do, beside what policies give. */
export const roleMeaning: Record<Role, string> = {
  admin: "may do everything on this instance",
  author: "may use the dashboards and actions of the project, and sees its problems",
  reader: "may use the dashboards and actions shared with them",
};
