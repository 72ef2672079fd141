import type { Page } from "../../../src/surfaces/http/page-files.ts";

/** A page, so that no test needs the built one. */
export const PAGE: Page = {
  document: { type: "text/html; charset=utf-8", body: Buffer.from("<!doctype html>") },
  assets: new Map([["page.js", { type: "text/javascript; charset=utf-8", body: Buffer.from("") }]]),
};
