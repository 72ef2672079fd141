#!/usr/bin/env node
// Nothing but this check is loaded before it is made: an older Node must be able to read this file and say so.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(`abyssal needs Node.js 24.15 or newer; this is ${process.versions.node}\n`);
  process.exitCode = 2;
} else {
  const { keepCompiledCode } = await import("./compiled-code.ts");
  keepCompiledCode(process.env);
  const { main } = await import("./cli.ts");
  await main();
}

export {};
