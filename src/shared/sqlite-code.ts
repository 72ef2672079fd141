/** SQLite's code for what another connection has locked. */
export const SQLITE_BUSY = 5;

/** SQLite's primary result code; 0 when the error is not SQLite's. */
export function sqliteCode(error: unknown): number {
  const { errcode } = error as { readonly errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : 0;
}
