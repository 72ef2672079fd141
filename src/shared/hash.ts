import { hash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";

/** SHA3-256 (FIPS 202) of a text's UTF-8 bytes, in lower-case hexadecimal: 64 characters. */
export function sha3(text: string): string {
  return hash("sha3-256", text, "hex");
}

/** SHA3-256 of the canonical JSON of a value. */
export function hashJson(value: unknown): string {
  return sha3(canonicalJson(value));
}
