import { expect, test } from "vitest";
import { isSecretName } from "../../src/shared/secret-name.ts";
import { HIDDEN, Secrets } from "../../src/shared/secrets.ts";

const CANARY = 'ca"na/ry+ 7f3a\\9c';

test.each([
  "OPENAI_API_KEY",
  "githubToken",
  "db-password",
  "AWS_SECRET_ACCESS_KEY",
  "authorization",
  "Set-Cookie",
  "clientSecret",
  "ssh_keys",
  "token",
  // K of the Kelvin scale, whose small letter is k.
  "api\u212Aey",
])("%s names a secret", (name) => expect(isSecretName(name)).toBe(true));

test.each([
  "maxTokens",
  "inputTokens",
  "token_type",
  "key",
  "idempotencyKey",
  "PWD",
  "author",
  "keyboard",
  "",
])("%s names none", (name) => expect(isSecretName(name)).toBe(false));

test("no form of a value of the environment is left in a text (S1)", () => {
  const secrets = new Secrets({ env: { MY_API_KEY: CANARY, OTHER: "other words" } });
  const forms = [
    CANARY,
    JSON.stringify({ a: CANARY }),
    `https://x.test/?q=${encodeURIComponent(CANARY)}`,
    Buffer.from(CANARY).toString("base64"),
    Buffer.from(CANARY).toString("base64url"),
  ];
  for (const form of forms) {
    const clean = secrets.text(`before ${form} other words`);
    expect(clean).toContain(HIDDEN);
    expect(clean).toContain("other words");
    expect(clean).not.toContain("7f3a");
  }
});

test("lines of a long secret, passwords in addresses and configured variables are known too (S1)", () => {
  const secrets = new Secrets({
    env: {
      TLS_PRIVATE_KEY: "-----BEGIN-----\nline-one-of-it\nline-two-of-it",
      DATABASE_URL: "postgres://me:pass%20phrase@db/x",
      PLAIN: "configured value",
    },
    variables: ["PLAIN"],
  });
  expect(secrets.text("got line-two-of-it")).toBe(`got ${HIDDEN}`);
  expect(secrets.text("pass phrase, pass%20phrase")).toBe(`${HIDDEN}, ${HIDDEN}`);
  expect(secrets.text("configured value")).toBe(HIDDEN);
});

test("what is included later is hidden as well, by variable and by key", () => {
  const secrets = new Secrets({ env: {} });
  secrets.include({
    env: { PLAIN: "a later value", OTHER: "another value" },
    variables: ["PLAIN"],
    keys: ["Pin"],
  });
  expect(secrets.text("a later value, another value, pin='12'")).toBe(
    `${HIDDEN}, another value, pin='${HIDDEN}'`,
  );
});

test("a value too short to be told from ordinary words is not looked for", () => {
  expect(new Secrets({ env: { API_KEY: "none" } }).text("none of it")).toBe("none of it");
});

test("what stands under a key of a secret is hidden, at any depth, and errors become data (S2)", () => {
  const secrets = new Secrets({ env: {}, keys: ["pin"] });
  const value = { a: [{ password: "x", n: 1 }], pin: 1234, cookie: { b: ["y"], on: true }, maxTokens: 5 };
  expect(secrets.value(value)).toEqual({
    a: [{ password: HIDDEN, n: 1 }],
    pin: HIDDEN,
    cookie: { b: [HIDDEN], on: true },
    maxTokens: 5,
  });
  const error = Object.assign(new Error("no entry: token=abc"), { code: "E", apiKey: "zzz" });
  expect(secrets.value(error)).toMatchObject({
    message: `no entry: token=${HIDDEN}`,
    code: "E",
    apiKey: HIDDEN,
  });
});

test("a member `__proto__` stays a member, and what is below it is hidden (S2)", () => {
  const value: unknown = JSON.parse('{"__proto__":{"password":"x","n":1},"token":"y"}');
  expect(new Secrets({ env: {} }).json(value)).toBe(
    `{"__proto__":{"password":"${HIDDEN}","n":1},"token":"${HIDDEN}"}`,
  );
});

test.each([
  ['ABYSSAL[CODE]("x", password="hunter two", y=1)', `ABYSSAL[CODE]("x", password="${HIDDEN}", y=1)`],
  [`{"apiKey":"a\\"b","n":1}`, `{"apiKey":"${HIDDEN}","n":1}`],
  [`{"t":"{\\"apiKey\\":\\"ab\\",\\"n\\":1}"}`, `{"t":"{\\"apiKey\\":\\"${HIDDEN}\\",\\"n\\":1}"}`],
  ["secret: 'it''s", `secret: '${HIDDEN}''s`],
  ['token = "never closed', `token = "${HIDDEN}`],
  ["MY_TOKEN=abc PATH=/bin", `MY_TOKEN=${HIDDEN} PATH=/bin`],
  ["GET /x?access_token=abc&b=1", `GET /x?access_token=${HIDDEN}&b=1`],
  ["sent Bearer abcdefgh.ijk= to it", `sent Bearer ${HIDDEN} to it`],
  ["sent Basic YWxhZGRpbjpv to it", `sent Basic ${HIDDEN} to it`],
  ["Authorization: Bearer abcdefgh.ijk=", `Authorization: Bearer ${HIDDEN}`],
])("in a text, what is assigned to the name of a secret is hidden: %s (S2)", (text, clean) => {
  expect(new Secrets({ env: {} }).text(text)).toBe(clean);
});

test("what a program was given under a secret's name is known from then on (S1)", () => {
  const secrets = new Secrets({ env: {} });
  secrets.learn({ parameters: { api_key: "given-once-123", name: "plain-words-1" } });
  expect(secrets.text("error: given-once-123 refused for plain-words-1")).toBe(
    `error: ${HIDDEN} refused for plain-words-1`,
  );
});

test("what hides nothing comes back as it was (S3)", () => {
  const secrets = new Secrets({ env: { API_KEY: "something-secret" } });
  const value = { a: [1, "two", { b: null }], date: new Date(0) };
  expect(secrets.value(value)).toBe(value);
  expect(secrets.json(value)).toBe(JSON.stringify(value));
});

test("a circle, and a million characters that nearly match, take no time to speak of", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const secrets = new Secrets({ env: { API_KEY: "something-secret" } });
  expect(() => secrets.json(circle)).not.toThrow();
  const before = performance.now();
  for (const text of [
    "a".repeat(1_000_000),
    "password ".repeat(100_000),
    '\\"'.repeat(500_000),
    "a=".repeat(500_000),
  ])
    secrets.text(text);
  expect(performance.now() - before).toBeLessThan(3_000);
});
