import { createRequire } from "node:module";
import { resolve } from "node:path";
import { type Clock, systemClock } from "../shared/clock.ts";
import { parseMemoryMb } from "../shared/quantity.ts";
import type { Secrets } from "../shared/secrets.ts";
import type { Config } from "./config.ts";
import { rotatingFile } from "./log/rotating-file.ts";

/** What a line says beside its message; `event` names what happened, past tense, e.g. `agent.failed`. */
export type LogFields = {
  readonly event: string;
  readonly runId?: string;
  readonly path?: string;
  /** An Error, or a plain failure. */
  readonly err?: unknown;
  readonly [field: string]: unknown;
};

/** Writes one line. The message is constant for one kind of event; everything that varies is a field. */
type Write = (fields: LogFields, message: string) => void;

/** The part of a pino logger that the product uses. */
export interface Log {
  readonly trace: Write;
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
  readonly fatal: Write;
  /** The same log with fields that every line bears. */
  child(fields: Omit<LogFields, "event">): Log;
}

const nothing: Write = () => {};

/** Says nothing and costs nothing. */
export const silentLog: Log = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silentLog,
};

export type LogPorts = {
  readonly stderr: { write(text: string): unknown };
  /** A relative log file is read from here. */
  readonly workingFolder: string;
  readonly clock?: Clock;
  /** What no line may say; default: nothing. */
  readonly secrets?: Pick<Secrets, "text">;
};

const DAY_MS = 86_400_000;
const MIB = 1024 * 1024;

/**
 * Opens the log: JSON lines by pino, to the configured file or else to stderr. Without level and file it is silent.
 * Lines are written at once, so that none is lost when the process ends; a file that fails is reported once on stderr.
 */
export function createLog(logging: Config["logging"], ports: LogPorts): Log {
  const {
    level = logging.file === undefined ? "silent" : "info",
    file,
    maxSize,
    maxAgeDays,
    retentionDays,
  } = logging;
  if (level === "silent") return silentLog;
  const { stderr, clock = systemClock, secrets } = ports;
  const raw =
    file === undefined
      ? { write: (line: string) => void stderr.write(line) }
      : rotatingFile(resolve(ports.workingFolder, file), {
          maxBytes: Math.ceil((parseMemoryMb(maxSize) ?? 100) * MIB),
          maxAgeMs: maxAgeDays * DAY_MS,
          retentionMs: retentionDays * DAY_MS,
          clock,
          onError: (error) => void stderr.write(`LOG_UNWRITABLE ${file}: ${error.message}; logging stops\n`),
        });
  // Loaded here and not above: it takes 17 ms, and most commands log nothing.
  const pino = createRequire(import.meta.url)("pino") as typeof import("pino");
  const timestamp = () => `,"time":${clock.nowMs()}`;
  const destination = secrets ? { write: (line: string) => raw.write(secrets.text(line)) } : raw;
  return pino.default({ level, base: { pid: process.pid }, timestamp }, destination);
}
