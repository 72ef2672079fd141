import { z } from "zod";

/** Faults that are told one by one, and characters of each. */
const FAULTS_TOLD = 12;
const FAULT_CHARACTERS = 300;

/** What breaks a schema, on one line and without an end of a sentence: each fault with its place in the value. */
export function schemaFaults({ issues }: z.ZodError): string {
  const told = issues.slice(0, FAULTS_TOLD).map(({ path, message }) => {
    // Of zod's "Invalid input: expected number, received string" the first half says nothing here.
    const words = message.replace(/^[^:]*: (?=expected )/, "");
    return `${path.length > 0 ? `${z.core.toDotPath(path)}: ` : ""}${words}`.slice(0, FAULT_CHARACTERS);
  });
  const more = issues.length - told.length;
  return told.join("; ") + (more > 0 ? `; and ${more} more` : "");
}
