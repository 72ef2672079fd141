import { isIP } from "node:net";
import { isAbsolute, resolve } from "node:path";
import { isInside } from "../../shared/folder-path.ts";
import { isJsonObject, type Json } from "../../shared/json.ts";
import { bareHost, isListedHost } from "./addresses.ts";

/** Where texts of an input lead: hosts, and paths that leave the folders which are meant. */
export type Reaches = { readonly hosts: readonly string[]; readonly paths: readonly string[] };

/** What the author of a step, and nobody outside, has named. */
export type Trust = {
  /** Hosts that are configured. */
  readonly hosts: readonly string[];
  /** Everything that was written by people who may decide, as JSON: prompts, parameters, options. */
  readonly text: string;
};

/** Decoded this often: what is encoded more deeply is no address to whoever decodes it once. */
const DECODINGS = 3;
/** Ends of names that are files and not hosts. */
const FILE_ENDINGS =
  /\.(md|txt|json|ya?ml|toml|csv|tsv|xml|html?|css|jsx?|mjs|cjs|tsx?|py|rs|go|java|c|h|cpp|sh|sql|log|lock|png|jpe?g|gif|svg|pdf|zip|gz|tar|ini|cfg|conf|env)$/i;

/** All texts in a value, keys of objects too. */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  // `127.1` may be written as a number.
  if (typeof value === "number") return [String(value)];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (isJsonObject(value)) return Object.entries(value).flatMap(([key, inner]) => [key, ...textsIn(inner)]);
  return [];
}

/** Every host that a text may be taken to name, by whoever looks for one in it, as plainly written or percent-encoded. */
export function hostsIn(text: string): readonly string[] {
  const hosts = new Set<string>();
  for (const form of formsOf(text)) {
    for (const [, host] of form.matchAll(
      /[a-z][a-z0-9+.-]*:[/\\]*(?:[^/\\?#\s@"'<>`]*@)?(\[[^\]]*\]|[^/\\?#\s:"'<>`,;)]+)/gi,
    ))
      add(hosts, host!);
    for (const [, host] of form.matchAll(
      /(?:^|[\s"'=(<>`,;])[/\\]{2}(?:[^/\\?#\s@]*@)?(\[[^\]]*\]|[^/\\?#\s:"'<>`,;)]+)/g,
    ))
      add(hosts, host!);
    for (const [word] of form.matchAll(/\[[0-9a-f:.]+\]|[\p{L}\p{N}_.:-]+/giu)) addBare(hosts, word);
  }
  return [...hosts];
}

/** A word that stands alone: an IP address in any form, `localhost`, a name with a dot that is no file's. */
function addBare(hosts: Set<string>, word: string): void {
  const bare = word.replace(/^[.:-]+|[.:-]+$/g, "");
  if (isIP(bare.replace(/^\[|\]$/g, "")) === 6) add(hosts, bare);
  const [name = ""] = bare.split(":");
  if (/^localhost\.?$/i.test(name)) add(hosts, name);
  else if (/^(0x[0-9a-f]+|\d+)(\.(0x[0-9a-f]+|\d+)){0,3}$/i.test(name)) {
    const url = URL.parse(`http://${name}/`);
    // Plain numbers are addresses to some; small ones are counts to everybody.
    if (
      url &&
      (name.includes(".")
        ? name.split(".").length === 4 || /0x/i.test(name) || name.startsWith("127.")
        : Number(name) > 0xffffff)
    )
      add(hosts, url.hostname);
  } else if (
    /^[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*\.(\p{L}{2,}|xn--[a-z0-9-]+)\.?$/iu.test(name) &&
    !FILE_ENDINGS.test(name)
  )
    add(hosts, name);
}

function add(hosts: Set<string>, written: string): void {
  const url = URL.parse(`http://${written}/`);
  hosts.add(bareHost(url?.hostname ?? written));
}

/** Paths in a text that lead out of all of `folders`, relative ones being read from the first of them. */
export function pathsOutside(text: string, folders: readonly string[]): readonly string[] {
  const paths = new Set<string>();
  for (const form of formsOf(text)) {
    const slashed = form.replaceAll("\\", "/");
    for (const word of [slashed.trim(), ...slashed.split(/[\s"'`=,;:<>()[\]{}|]+/)]) {
      if (!/^(~|\/|[A-Za-z]:\/)|(^|\/)\.\.(\/|$)|^file:/i.test(word)) continue;
      const path = word.replace(/^file:\/*/i, "/");
      const leaves = path.startsWith("~") || /^[A-Za-z]:\//.test(path) || path.includes("\0");
      const full = isAbsolute(path) ? resolve(path) : resolve(folders[0] ?? "/", path);
      if (leaves || !folders.some((folder) => isInside(full, folder))) paths.add(word.slice(0, 200));
    }
  }
  return [...paths];
}

/** A text as it stands, in its plainest characters, and with percent-encodings undone. */
function formsOf(text: string): ReadonlySet<string> {
  const forms = new Set([text]);
  let form = text;
  for (let count = 0; count < DECODINGS; count++) {
    form = unescaped(form.normalize("NFKC").replace(/[\u00ad\u200b-\u200f\u2060\ufeff\t\r\n]/g, ""));
    forms.add(form);
  }
  return forms;
}

function unescaped(text: string): string {
  return text.replace(/(%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run.replace(/%([0-9a-f]{2})/gi, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      );
    }
  });
}

/** Whether people have named a host: in the configuration, or in so many words. */
export function isTrustedHost(host: string, { hosts, text }: Trust): boolean {
  return isListedHost(hosts, host) || hostsIn(text).includes(bareHost(host));
}

/** Whether people have written a path, in either kind of slashes; in JSON a backslash is two. */
export function isTrustedPath(path: string, { text }: Pick<Trust, "text">): boolean {
  return text.includes(path) || text.replaceAll("\\\\", "/").includes(path);
}
