/** The members that are present, so that absent ones stay absent rather than undefined. */
export function definedOnly<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof T]: Exclude<T[K], undefined> };
}
