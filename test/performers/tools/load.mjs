// A program that goes where its operands say: what `curl` is to an agent.
import { writeFileSync } from "node:fs";

const operands = process.argv.slice(2).filter((one) => one !== "--");
if (operands[0] === "--write") writeFileSync(operands[1], "owned");
else {
  const to = operands[0].includes("://") ? operands[0] : `http://${operands[0]}`;
  const url = new URL(to);
  url.hostname = "127.0.0.1";
  process.stdout.write(await (await fetch(url)).text());
}
