import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { launchBrowser } from "../../support/browser.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { tokenFor } from "../http/tokens.ts";
import { builtPage, expectCalm, served, visit } from "./page-harness.ts";
import { REGIONS } from "./sea-floor.ts";

/** Compressed bytes of everything that the page loads before it asks for anything. */
const PAGE_BYTES_MAX = 34_000;
const IMAGE_BYTES_MAX = 200_000;
const IMAGES = fileURLToPath(new URL("../../../docs/images", import.meta.url));

// A browser beside other tests, on a machine that is busy, takes its time.
vi.setConfig({ testTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), "abyssal-page-"));
let browser: Browser;
let built: Awaited<ReturnType<typeof builtPage>>;

beforeAll(async () => {
  [browser, built] = await Promise.all([launchBrowser(), builtPage(folder)]);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A picture of what is shown; kept for the documents when they are made anew: `npm run screenshots`. */
async function picture(page: Page, name: string): Promise<void> {
  const image = await page.screenshot();
  expect(image.length).toBeGreaterThan(20_000);
  expect(image.length).toBeLessThan(IMAGE_BYTES_MAX);
  if (process.env.SCREENSHOTS === undefined) return;
  mkdirSync(IMAGES, { recursive: true });
  writeFileSync(join(IMAGES, `${name}.png`), image);
}

/** What axe holds to be serious or worse, with the element that it is about. */
async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
}

const state = (page: Page, ...phases: readonly string[]): Promise<unknown> =>
  page.waitForSelector(phases.map((phase) => `.badge.phase-${phase}`).join(", "));

const endedAbove = (page: Page, count: number): Promise<unknown> =>
  page.waitForFunction(
    (least) => Number(document.querySelector(".chip.phase-succeeded b")?.textContent ?? 0) >= least,
    count,
  );

test.each(["dark", "light"] as const)(
  "a run of 202 agents is started by a form, seen live, allowed, and its answer traced (%s)",
  async (colorScheme) => {
    const { url } = await served(built, { folder: temporaryFolder(), pace: 1 });
    const one = await visit(browser, `${url}/#/templates`, { colorScheme });
    const { page } = one;
    await page.getByRole("link", { name: /SURVEY/ }).click();
    await page.getByRole("button", { name: "Start a run" }).click();
    // What is missing is said at the field, which has the focus.
    expect(await page.locator(":focus").getAttribute("name")).toBe("regions");
    expect(await page.locator("#parameter-regions-fault").textContent()).toBe("this is needed");
    await page.getByLabel("regions").fill(REGIONS.join("\n"));
    await page.getByLabel("dives").fill("12");
    await page.getByRole("button", { name: "Start a run" }).click();
    expect(await page.locator("#parameter-dives-fault").textContent()).toBe("at most 9");
    await page.getByLabel("dives").fill("4");
    await page.getByRole("button", { name: "Start a run" }).click();

    await endedAbove(page, 90);
    await page
      .getByRole("row", { name: /^sound\.2/ })
      .first()
      .click();
    await page.waitForSelector(".statechart .state.active");
    expect(await page.getByRole("meter", { name: "Agents at work" }).getAttribute("aria-valuemax")).toBe(
      "20",
    );
    await picture(page, `dashboard-run-${colorScheme}`);
    expect(await page.getByRole("row").count()).toBeLessThan(60); // of 245

    await page.getByRole("button", { name: /^Approve/ }).click();
    await state(page, "succeeded");
    await page.getByRole("tab", { name: "Result" }).click();
    const paragraph = page.locator(".traced", { hasText: "All soundings agree" });
    await paragraph.click();
    expect(await page.locator("#node-panel h2").textContent()).toBe("survey/report");
    await page.locator(".traced", { hasText: "The floor falls" }).first().click();
    expect(await page.locator("#node-panel h2").textContent()).toBe("survey/region.0/write");
    await picture(page, `dashboard-result-${colorScheme}`);

    await page.keyboard.press("r");
    await page.getByRole("cell", { name: "succeeded" }).waitFor();
    expect(await page.getByRole("row", { name: /SURVEY/ }).textContent()).toContain("202");
    await picture(page, `dashboard-runs-${colorScheme}`).catch(() => {});
    expectCalm(one);
  },
);

test("everything is done by keys alone: from the list of templates to the answer", async () => {
  const { url } = await served(built, { folder: temporaryFolder() });
  const one = await visit(browser, url);
  const { page } = one;
  const { keyboard } = page;
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const at = document.activeElement as HTMLElement;
      return at.getAttribute("aria-label") ?? (at.innerText || (at as HTMLInputElement).name);
    });
  /** Goes on by Tab until the focus is where it should be, which must be seen. */
  const tabTo = async (wanted: RegExp): Promise<void> => {
    for (let presses = 0; presses < 40; presses++) {
      await keyboard.press("Tab");
      if (!wanted.test(await focused())) continue;
      const outline = await page.evaluate(() => {
        const style = getComputedStyle(document.activeElement!);
        return style.outlineStyle !== "none" || style.boxShadow !== "none";
      });
      expect(outline, `a visible focus at ${wanted}`).toBe(true);
      return;
    }
    throw new Error(`Tab never reaches ${wanted}`);
  };
  await page.getByRole("heading", { name: "Runs" }).waitFor();
  await keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
  await keyboard.press("n");
  await page.getByRole("link", { name: /ASKS/ }).waitFor();
  await tabTo(/^ASKS/);
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: /ASKS/ }).waitFor();
  await tabTo(/^topic$/);
  await keyboard.type("the deep");
  await keyboard.press("Enter");

  await page.getByRole("button", { name: /^Approve/ }).waitFor();
  await tabTo(/^Actors of the run$/);
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  expect(await page.locator("#node-panel h2").textContent()).toBe("asks/act");
  expect(await page.locator(".state.active").textContent()).toBe("awaitingApproval");
  await keyboard.press("ArrowLeft"); // to its group
  await keyboard.press("ArrowLeft"); // which is folded
  expect(await page.getByRole("row", { name: /asks/ }).getAttribute("aria-expanded")).toBe("false");
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter"); // to the details
  expect(await focused()).toBe("Details");
  await keyboard.press("Escape");
  expect(await focused()).toBe("Actors of the run");
  await keyboard.press("a"); // to what waits
  expect(await focused()).toMatch(/^Approve/);
  await keyboard.press("Enter");
  await state(page, "succeeded");
  expect(await page.locator(".state.active").textContent()).toBe("succeeded");
  await keyboard.press("2");
  await tabTo(/asks\/act/);
  await keyboard.press("Enter");
  expect(await page.locator("[aria-pressed=true]").count()).toBe(1);
  expectCalm(one);
});

test("no page of it has serious barriers, in dark and light", async () => {
  const { url } = await served(built, { folder: temporaryFolder() });
  for (const colorScheme of ["dark", "light"] as const) {
    const { page } = await visit(browser, url, { colorScheme });
    await page.getByRole("heading", { name: "Runs" }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.goto(`${url}/#/templates/SURVEY@1.0.0`);
    await page.getByRole("button", { name: "Start a run" }).click();
    expect(await barriers(page)).toEqual([]);
    await page.getByLabel("regions").fill("Tonga");
    await page.getByRole("button", { name: "Start a run" }).click();
    await page.getByRole("button", { name: /^Approve/ }).waitFor();
    await page.getByRole("row", { name: /scope/ }).click();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: /^Approve/ }).click();
    await state(page, "succeeded");
    await page.keyboard.press("2");
    await page.waitForSelector(".traced");
    expect(await barriers(page)).toEqual([]);
    await page.goto(`${url}/#/templates`);
    await page.getByRole("link", { name: /SURVEY/ }).waitFor();
    expect(await barriers(page)).toEqual([]);
  }
});

test("what an agent says is never run: no script, no handler, no address but the web's", async () => {
  const { url } = await served(built, { folder: temporaryFolder() });
  const one = await visit(browser, url);
  const { page } = one;
  await page.getByLabel("Program").fill("ABYSSAL[HOSTILE]()");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await state(page, "succeeded");
  await page.getByRole("row", { name: /act/ }).click();
  await page.keyboard.press("2");
  await page.waitForSelector(".traced");
  expect(await page.locator(".answer").textContent()).toContain("<script>window.harmed = 1</script>");
  const links = await page
    .locator("main a")
    .evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  expect(links.filter((href) => !href?.startsWith("#"))).toEqual([
    "https://example.com/a",
    "https://example.com/a",
  ]);
  expect(await page.locator("main script, main img, main svg[onload], main [onerror]").count()).toBe(0);
  expect(await page.evaluate(() => "harmed" in globalThis)).toBe(false);
  expectCalm(one);
});

test("a server that goes is told of, and the run is followed on from where it was when one is back", async () => {
  const folder = temporaryFolder();
  const first = await served(built, { folder });
  const { page } = await visit(browser, first.url);
  await page.getByLabel("Program").fill("ABYSSAL[ASKS]('the deep')");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("button", { name: /^Approve/ }).waitFor();
  await first.close();
  await page.getByText("The server has gone.").waitFor();
  const again = page.waitForRequest((request) => request.headers()["last-event-id"] !== undefined);
  await served(built, { folder, port: Number(new URL(first.url).port) });
  await again;
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByRole("button", { name: /^Approve/ }).click();
  await state(page, "succeeded");
  // The header and the timeline draw what is new each in its own time.
  await page.locator(".chip", { hasText: "✓ succeeded 1" }).waitFor();
  expect(await page.locator(".chip").count()).toBe(1);
});

test("a server that asks for a token is told as such, with the way to one; with it everything is there", async () => {
  const folder = temporaryFolder();
  const token = await tokenFor(folder, { role: "viewer" });
  const { url } = await served(built, { folder });
  const { page } = await visit(browser, url);
  await page.getByText("Press Token above").waitFor();
  await page.getByText("this takes a token", { exact: true }).waitFor();
  for (const untrue of ["It cannot be reached.", "Nothing does.", "No run yet."])
    expect(await page.getByText(untrue).count()).toBe(0);
  await page.getByRole("button", { name: "Token" }).click();
  await page.getByLabel("Bearer token").fill(token);
  await page.keyboard.press("Enter");
  await page.getByText("No run yet.").waitFor();
  await page.getByText("Nothing does.").waitFor();
});

test("it asks nobody but its own server, under rules that allow nothing else, and weighs little", async () => {
  const { url } = await served(built, { folder: temporaryFolder() });
  const one = await visit(browser, url);
  await one.page.getByText("Runs that wait").waitFor();
  expect(one.asked.filter((address) => !address.startsWith(`${url}/`))).toEqual([]);
  const { headers } = await fetch(url);
  const rules = headers.get("content-security-policy") ?? "";
  expect(rules).toContain("default-src 'none'");
  expect(rules).not.toMatch(/unsafe|data:|https?:|\*/);
  const files = [built.document, ...built.assets.values()];
  const bytes = files.reduce((sum, { body }) => sum + gzipSync(body, { level: 9 }).length, 0);
  expect(bytes).toBeLessThan(PAGE_BYTES_MAX);
  expectCalm(one);
});

test("on a small screen nothing is wider than the screen, and an empty folder says how to begin", async () => {
  const { url } = await served(built, { folder: temporaryFolder() });
  const { page } = await visit(browser, url, { viewport: { width: 390, height: 844 } });
  await page.getByText("No run yet.").waitFor();
  const overflow = (): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await overflow()).toBe(0);
  await page.getByLabel("Program").fill("ABYSSAL[SURVEY](['Tonga'])");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("button", { name: /^Approve/ }).waitFor();
  expect(await overflow()).toBe(0);
  await page.getByRole("button", { name: /^Reject/ }).click();
  await state(page, "failed", "degraded");
});

test("a program that cannot be read is refused with its place, and nothing begins", async () => {
  const { url } = await served(built, { folder: temporaryFolder() });
  const { page } = await visit(browser, url);
  await page.getByLabel("Program").fill("ABYSSAL[SURVAY]('x')");
  await page.getByRole("button", { name: "Plan" }).click();
  expect(await page.getByRole("alert").textContent()).toContain("SURVEY");
  await page.getByLabel("Program").fill("ABYSSAL[SURVEY](['Tonga', 'Yap'])");
  await page.getByRole("button", { name: "Plan" }).click();
  expect(await page.locator(".plan-line").textContent()).toContain("42 agents");
  expect(await page.getByText("No run yet.").count()).toBe(1);
});

test("it has a port of its own, on which the same is served; one that is taken is told with its setting", async () => {
  const { url, dashboardUrl } = await served(built, { folder: temporaryFolder(), dashboardPort: 0 });
  expect(dashboardUrl).not.toBe(url);
  for (const base of [url, dashboardUrl]) {
    expect(await (await fetch(`${base}/`)).text()).toContain("<title>Abyssal</title>");
    expect(await (await fetch(`${base}/runs`)).json()).toEqual({ runs: [], next: null });
  }
  const taken = Number(new URL(url).port);
  await expect(served(built, { folder: temporaryFolder(), dashboardPort: taken })).rejects.toThrow(
    /PORT_UNAVAILABLE 127\.0\.0\.1:\d+: another process listens there.*monitoring\.dashboard_port/s,
  );
});
