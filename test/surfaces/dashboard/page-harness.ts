import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { buildPage } from "../../../src/surfaces/dashboard/build-page.ts";
import { readPage } from "../../../src/surfaces/http/page-files.ts";
import { type Serving, serve } from "../../../src/surfaces/http/serve.ts";
import { openService } from "../../../src/surfaces/runtime.ts";
import { FieldWork, hostileWork, SEA_FLOOR } from "./sea-floor.ts";

/** How long a page may take to show what is waited for, ms: a machine that is busy takes its time. */
const PATIENCE_MS = 20_000;

export type ServedOptions = {
  readonly folder: string;
  readonly pace?: number;
  readonly port?: number;
  readonly dashboardPort?: number;
};

/** Builds the page anew from its sources, so that no older one is tested. */
export async function builtPage(folder: string) {
  await buildPage(join(folder, "page"));
  return readPage(join(folder, "page"))!;
}

type BuiltPage = Awaited<ReturnType<typeof builtPage>>;

/** A server with the page and the sea floor's templates; gone after the test, or before. */
export async function served(
  page: BuiltPage,
  { folder, pace = 0, port = 0, dashboardPort }: ServedOptions,
): Promise<Serving> {
  const service = await openService({
    workingFolder: folder,
    env: {},
    config: {
      cache: { enabled: false },
      resources: { cpuLimitCores: 24, memoryLimitGb: 16 },
      server: { drainSeconds: 0 },
    },
    templates: SEA_FLOOR,
    performers: [new FieldWork(pace), hostileWork],
  });
  const serving = await serve(service, {
    port,
    page,
    ...(dashboardPort === undefined ? {} : { dashboardPort }),
  });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= serving.close();
    return closed;
  };
  onTestFinished(close);
  return { ...serving, close };
}

export type Visit = {
  readonly page: Page;
  /** What the page was refused, or complained of. */
  readonly complaints: readonly string[];
  /** Every address that it has asked. */
  readonly asked: readonly string[];
};

/** A page in a browser of its own cookies and storage, closed after the test. */
export async function visit(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 780 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  const asked: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(address);
  return { page, complaints, asked };
}

/** Whatever the page complained of but for answers of the server that are problems, which it shows. */
export function expectCalm({ complaints }: Visit): void {
  expect(complaints.filter((text) => !text.includes("Failed to load resource"))).toEqual([]);
}
