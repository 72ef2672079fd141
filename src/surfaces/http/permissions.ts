/** What a route may ask of its caller. */
export const PERMISSIONS = [
  "runs.read",
  "plans.make",
  "templates.read",
  "templates.write",
  "runs.start",
  "runs.control",
  "metrics.read",
  "config.read",
  "config.write",
  "audit.read",
  "statistics.read",
  "server.read",
  "server.control",
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** From the one that may the least to the one that may everything. */
const RANKS = ["viewer", "author", "operator", "admin"] as const;

/** Beside them one for programs that collect figures, which have no other business here. */
export const ROLES = [...RANKS, "monitor"] as const;

export type Role = (typeof ROLES)[number];

/** What each role may do beyond the one before it. What tells of all tenants is the administrators', who run the server. */
const ADDED: Readonly<Record<(typeof RANKS)[number], readonly Permission[]>> = {
  viewer: ["runs.read", "plans.make", "templates.read", "metrics.read"],
  author: ["templates.write"],
  operator: ["runs.start", "runs.control"],
  admin: ["config.read", "config.write", "audit.read", "statistics.read", "server.read", "server.control"],
};

const GRANTED = new Map<Role, ReadonlySet<Permission>>([
  ...RANKS.map(
    (role, rank) => [role, new Set(RANKS.slice(0, rank + 1).flatMap((one) => ADDED[one]))] as const,
  ),
  ["monitor", new Set(["statistics.read"])],
]);

export function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}

export function may(role: Role, permission: Permission): boolean {
  return GRANTED.get(role)!.has(permission);
}

/** Who may do something, for whoever may not. */
export function rolesThatMay(permission: Permission): readonly Role[] {
  return ROLES.filter((role) => may(role, permission));
}
