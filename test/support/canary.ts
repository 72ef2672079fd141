/** A secret of the environment that runs are given. */
export const CANARY = "canary/7d1c+sings";

/** A secret that is given to a run as a parameter. */
export const GIVEN = "given/9b2e+sings";

/** Whichever of the two stand in a text, as they are, as an address writes them, or as Base64 does. */
export function secretsIn(text: string): string[] {
  const forms = [CANARY, GIVEN].flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  ]);
  return forms.filter((form) => text.includes(form));
}
