import { describe, expect, test } from "vitest";
import {
  hostsIn,
  isTrustedHost,
  isTrustedPath,
  pathsOutside,
  textsIn,
} from "../../../src/performers/tools/reaches.ts";

describe("hosts that a text names", () => {
  test.each([
    ["see https://api.example.com/items?x=1", ["api.example.com"]],
    ["HTTPS:\\\\api.example.com", ["api.example.com"]],
    ["https://user:pw@evil.test:8080/a", ["evil.test"]],
    ["//evil.test/a", ["evil.test"]],
    ["evil.test:443", ["evil.test"]],
    ["https%3A%2F%2Fevil.test", ["evil.test"]],
    ["ｅｖｉｌ.test", ["evil.test"]],
    ["localhost", ["localhost"]],
    ["LOCALHOST:3000", ["localhost"]],
    ["127.0.0.1", ["127.0.0.1"]],
    ["127.1", ["127.0.0.1"]],
    ["0x7f.1", ["127.0.0.1"]],
    ["0x7f000001", ["127.0.0.1"]],
    ["2130706433", ["127.0.0.1"]],
    ["[::1]:80", ["[::1]"]],
  ])("%j", (text, hosts) => {
    const found = hostsIn(text).map((host) => host.replace(/^\[|\]$/g, ""));
    for (const host of hosts) expect(found).toContain(host.replace(/^\[|\]$/g, ""));
  });

  test.each([
    "version 1.2",
    "1.2.3",
    "12",
    "16777215",
    "README.md",
    "src/a.ts",
    "done. Next",
    "localhosts",
    "",
  ])("are none in %j", (text) => {
    expect(hostsIn(text)).toEqual([]);
  });
});

test("a host is trusted when it is configured, or when people have named it; either is enough, and no other is", () => {
  const trust = { hosts: ["*.example.org"], text: "Fetch https://docs.test/page." };
  const judged = ["api.example.org", "docs.test", "evil.test"].map((host) => isTrustedHost(host, trust));
  expect(judged).toEqual([true, true, false]);
});

test("paths are found that leave all folders, in any spelling, and no others", () => {
  const folders = ["/srv/run", "/data"];
  const outside = [
    "../x",
    "a/../../x",
    "/etc/passwd",
    "~/.ssh/id",
    "C:\\x",
    "file:///etc/passwd",
    "..%2f..%2fx",
  ];
  for (const text of outside) expect(pathsOutside(`read "${text}"`, folders)).not.toEqual([]);
  for (const text of ["a.txt", "a/../b", "/srv/run/a", "/data/b", "file:///data/b", "either/or..."])
    expect(pathsOutside(`read "${text}"`, folders)).toEqual([]);
});

test("a path that people have written with backslashes is trusted as it is found, and no other is", () => {
  const args = ["-c", "head -c 9 x | tr '\\0' a", "C:\\temp"];
  const trust = { text: JSON.stringify({ options: { args } }) };
  const found = args.flatMap((text) => pathsOutside(text, ["/srv/run"]));
  expect(found).toEqual(["/0", "C:/temp", "/temp"]);
  const trusted = [...found, "/00", "/etc/passwd"].filter((path) => isTrustedPath(path, trust));
  expect(trusted).toEqual(found);
});

test("all texts of an input are looked at, keys and numbers too", () => {
  expect(textsIn({ a: ["b", { c: 127.1 }], d: null, e: true })).toEqual(["a", "b", "c", "127.1", "d", "e"]);
});
