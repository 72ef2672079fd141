import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where a Chromium is looked for; `CHROMIUM` names another one. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** It runs as root in containers, has no screen, and asks nobody but the server under test. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A headless Chromium with a fresh profile. Without one the test fails and says what to do: it is never skipped. */
export function launchBrowser(): Promise<Browser> {
  const named = process.env.CHROMIUM;
  const executablePath = named ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined)
    throw new Error("the dashboard is tested in Chromium: apt-get install chromium, or name one in CHROMIUM");
  return chromium.launch({ executablePath, args: FLAGS });
}
