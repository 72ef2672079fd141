type Env = Readonly<Record<string, string | undefined>>;

/** Variables that any program may see: where things are, who the user is and how they read; none of them is a secret. */
const HARMLESS = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TERM",
  "TMPDIR",
  // What programs on Windows do not start without.
  "TEMP",
  "TMP",
  "SystemRoot",
  "windir",
  "COMSPEC",
  "PATHEXT",
  "USERPROFILE",
  "APPDATA",
  "LOCALAPPDATA",
];

/** What a program is given of this process's environment: what is harmless, and what its declaration names. Keys of others stay here. */
export function childEnvironment(names: readonly string[], env: Env): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of [...HARMLESS, ...names]) if (env[name] !== undefined) given[name] = env[name];
  return given;
}
