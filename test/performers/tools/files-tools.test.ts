import { execFileSync } from "node:child_process";
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { filesTools } from "../../../src/performers/tools/files-tools.ts";
import type { ToolResult } from "../../../src/performers/tools/tool.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { LIMITS } from "../../../src/shared/limits.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** A workspace with a file, beside a secret that lies outside of it. */
function workspace() {
  const base = temporaryFolder();
  const root = join(base, "work");
  mkdirSync(join(root, "notes"), { recursive: true });
  writeFileSync(join(root, "notes", "a.txt"), "inside");
  writeFileSync(join(base, "secret.txt"), "secret");
  const protectedPaths = [".abyssal", "Kept", "config/templates"].map((path) => join(root, path));
  const tools = filesTools({ folderOf: () => root, protectedPaths });
  const call = (name: string, input: JsonObject): Promise<ToolResult> =>
    tools
      .find((tool) => tool.name === `files.${name}`)!
      .call(input, {
        runId: "r_1",
        signal: new AbortController().signal,
        idempotencyKey: "k",
        mayReach: () => false,
      });
  /** What reading, listing and writing a path give: a text, or the code of the failure. */
  const tried = async (path: string): Promise<readonly string[]> => {
    const results = [
      await call("read", { path }),
      await call("list", { path }),
      await call("write", { path, content: "overwritten" }),
    ];
    return results.map((result) => (result.kind === "done" ? result.text : result.failure.code));
  };
  return { base, root, call, tried };
}

const REFUSED = ["FILES_PATH", "FILES_PATH", "FILES_PATH"];

describe("what lies outside the workspace is neither read nor written (F1)", () => {
  test.each([
    "../secret.txt",
    "notes/../../secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "notes//a.txt",
    "..\\secret.txt",
    "C:/secret.txt",
    "a\0b",
    "x".repeat(LIMITS.toolPathCharacters + 1),
  ])("by its path: %j", async (path) => {
    expect(await workspace().tried(path)).toEqual(REFUSED);
  });

  test("by a link, whether it stands at the end, on the way, or leads to nothing", async () => {
    const { base, root, tried } = workspace();
    symlinkSync(join(base, "secret.txt"), join(root, "link.txt"));
    symlinkSync(base, join(root, "out"));
    symlinkSync(join(base, "new.txt"), join(root, "dangling.txt"));
    for (const path of ["link.txt", "out/secret.txt", "out/made/new.txt", "dangling.txt"])
      expect(await tried(path)).toEqual(REFUSED);
    expect(readFileSync(join(base, "secret.txt"), "utf8")).toBe("secret");
    expect(existsSync(join(base, "new.txt")) || existsSync(join(base, "made"))).toBe(false);
  });

  test("by a second name of a file elsewhere, which is not even emptied", async () => {
    const { base, root, call } = workspace();
    linkSync(join(base, "secret.txt"), join(root, "twin.txt"));
    expect(await call("write", { path: "twin.txt", content: "x" })).toMatchObject({
      failure: { code: "FILES_PATH" },
    });
    expect(readFileSync(join(base, "secret.txt"), "utf8")).toBe("secret");
  });
});

describe("what is protected is neither read nor written, nor made (F2)", () => {
  test.each([
    ".abyssal/journal.db",
    ".abyssal",
    "./.ABYSSAL/x",
    "Kept",
    "kept/x",
    "config/templates/new.yaml",
  ])("by its path: %j", async (path) => {
    const { root, tried } = workspace();
    expect(await tried(path)).toEqual(REFUSED);
    expect(existsSync(join(root, "config"))).toBe(false);
  });

  test("by a link inside the workspace", async () => {
    const { root, tried } = workspace();
    mkdirSync(join(root, ".abyssal"));
    writeFileSync(join(root, ".abyssal", "key.json"), "key");
    symlinkSync(".abyssal", join(root, "alias"));
    symlinkSync(".", join(root, "here"));
    expect(await tried("alias/key.json")).toEqual(REFUSED);
    expect(await tried("here/.abyssal/key.json")).toEqual(REFUSED);
    expect(readFileSync(join(root, ".abyssal", "key.json"), "utf8")).toBe("key");
  });

  test("and what only begins like it is not", async () => {
    const { call } = workspace();
    for (const path of [".abyssal-notes/a.txt", "config/templates.md", "notes/.abyssal"])
      expect(await call("write", { path, content: "x" })).toMatchObject({ kind: "done" });
  });
});

test("files are written, read and listed, folders made on the way, and what is read is marked as from outside", async () => {
  const { call } = workspace();
  expect(await call("write", { path: "new/deep/b.txt", content: "b" })).toEqual({
    kind: "done",
    text: "wrote new/deep/b.txt",
    tainted: false,
  });
  expect(await call("read", { path: "./new/deep/b.txt" })).toEqual({
    kind: "done",
    text: "b",
    tainted: true,
  });
  expect(await call("list", {})).toEqual({ kind: "done", text: "new/\nnotes/", tainted: true });
  expect(await call("write", { path: "new/deep/b.txt", content: "" })).toMatchObject({ kind: "done" });
  expect(await call("read", { path: "new/deep/b.txt" })).toMatchObject({ text: "" });
});

test("the workspace itself may be reached by a link", async () => {
  const { base, root } = workspace();
  symlinkSync(root, join(base, "alias"));
  const tools = filesTools({ folderOf: () => join(base, "alias"), protectedPaths: [] });
  const context = {
    runId: "r_1",
    signal: new AbortController().signal,
    idempotencyKey: "k",
    mayReach: () => false,
  };
  expect(await tools[1]!.call({}, context)).toMatchObject({ kind: "done", text: "notes/" });
});

test("what is no file, is missing or is too large is refused by name, and nothing waits for a pipe", async () => {
  const { root, call } = workspace();
  execFileSync("mkfifo", [join(root, "pipe")]);
  const large = "x".repeat(LIMITS.toolFileBytes + 1);
  writeFileSync(join(root, "large.txt"), large);
  const codes = await Promise.all(
    [
      call("read", { path: "pipe" }),
      call("read", { path: "notes" }),
      call("read", { path: "none.txt" }),
      call("read", { path: "notes/a.txt/b" }),
      call("read", { path: "large.txt" }),
      call("write", { path: "a.txt", content: large }),
      call("write", { path: "notes", content: "x" }),
      call("list", { path: "none" }),
    ].map(async (result) => {
      const given = await result;
      return given.kind === "failed" ? given.failure.code : "done";
    }),
  );
  expect(codes).toEqual([
    "FILES_PATH",
    "FILES_PATH",
    "FILES_MISSING",
    "FILES_MISSING",
    "FILES_TOO_LARGE",
    "FILES_TOO_LARGE",
    expect.stringMatching(/^FILES_/),
    "FILES_MISSING",
  ]);
});
