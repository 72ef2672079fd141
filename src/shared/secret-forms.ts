import { LIMITS } from "./limits.ts";

/** What a secret looks like in texts; each line of one that has several. Short values would hide ordinary words. */
export function secretForms(secret: string): string[] {
  const parts = new Set([secret.trim(), ...secret.split(/\r?\n/).map((line) => line.trim())]);
  return [...parts]
    .filter((part) => part.length >= LIMITS.secretCharactersMin)
    .flatMap((part) => [
      part,
      JSON.stringify(part).slice(1, -1),
      encodeURIComponent(part),
      Buffer.from(part).toString("base64").replace(/=+$/, ""),
      Buffer.from(part).toString("base64url"),
    ]);
}

/** Finds any of these forms in a text; null: there are none. */
export function patternOf(forms: Iterable<string>): RegExp | null {
  // Longer ones first: one may begin another.
  const sorted = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return sorted.length === 0 ? null : new RegExp(sorted.map(escaped).join("|"), "g");
}

function escaped(form: string): string {
  return form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
