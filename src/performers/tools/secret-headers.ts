/** A header whose value stands in a variable of the environment, so that no secret stands in a file. */
export type HeaderSetting = { readonly name: string; readonly env: string };

/** The headers that are set; one whose variable is not is left out. */
export function headersFrom(
  headers: readonly HeaderSetting[] | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const header of headers ?? []) {
    const value = env[header.env];
    if (value !== undefined) found[header.name] = value;
  }
  return found;
}
