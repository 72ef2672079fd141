import { join } from "node:path";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { AbyssalError } from "../../shared/diagnostic.ts";
import { randomIds } from "../../shared/ids.ts";
import { parseMemoryMb } from "../../shared/quantity.ts";
import { CONFIG_FILE_NAME, type Config } from "../config.ts";
import { logWatched } from "../log/log-runs.ts";
import { type Log, silentLog } from "../log.ts";
import { isLoopback } from "../loopback.ts";
import type { Service } from "../service.ts";
import { AuditLog } from "./audit/audit-log.ts";
import { loadAuthKeys } from "./auth-keys.ts";
import { ConfigWatch, type Reloaded } from "./config-watch.ts";
import { EventFeeds } from "./event-feeds.ts";
import { HistoryFeed } from "./history-feed.ts";
import { Intake } from "./intake.ts";
import { openDoor } from "./open-door.ts";
import { type FurtherPorts, openPorts } from "./open-ports.ts";
import { type Page, readPage } from "./page-files.ts";
import { ReplayedRuns } from "./replayed-runs.ts";
import { RequestRate } from "./request-rate.ts";
import { RunDesk } from "./run-desk.ts";
import { buildServer } from "./server.ts";
import type { RouteRow } from "./server-ports.ts";
import { TokenAuthenticator } from "./token-authenticator.ts";

/** What holds unless the configuration names others; none of them by a shared secret. */
const ALGORITHMS = ["EdDSA", "ES256", "RS256"];

export type ServeOptions = {
  /** In place of the configured ones. */
  readonly host?: string;
  readonly port?: number;
  /** Of the dashboard, beside `port`, on which it is too. With a `port` of its own there is none unless it is named. */
  readonly dashboardPort?: number;
  /** Of the metrics; the same holds. */
  readonly metricsPort?: number;
  /** The dashboard's page; else the built one. */
  readonly page?: Page | null;
  readonly log?: Log;
  /** The configuration file that is watched; default: `abyssal.config.yaml` of the working folder. */
  readonly configFile?: string;
  /** Told after each reading of a changed file. */
  readonly reloaded?: (outcome: Reloaded) => void;
  readonly clock?: Clock;
};

/** A server that listens. */
export type Serving = {
  /** Where it is reached: `http://127.0.0.1:8084`. */
  readonly url: string;
  /** Where people look: the dashboard's own port, or `url`. */
  readonly dashboardUrl: string;
  /** Where Prometheus reads: on the metrics' own port, or on that of `url`. */
  readonly metricsUrl: string;
  /** Whether requests need a token. */
  readonly isOpen: boolean;
  readonly routes: readonly RouteRow[];
  /** Runs of an earlier server that it has taken up again. */
  readonly recovered: number;
  /** Takes no more, lets what is at work end for a while, and lets go of the rest, which the next server takes up. */
  close(): Promise<void>;
};

/** Serves a runtime over HTTP. Throws AbyssalError PORT_UNAVAILABLE, SERVER_OPEN. */
export async function serve(service: Service, options: ServeOptions = {}): Promise<Serving> {
  const { clock = systemClock, log = silentLog } = options;
  const settings = () => service.abyssal.config.server;
  const { host = settings().host, port = service.abyssal.config.monitoring.apiPort } = options;
  const { config, workingFolder } = service.abyssal;
  const keys = await loadAuthKeys(config.auth, workingFolder);
  if (!keys && !isLoopback(host)) throw new AbyssalError([withoutKeys(host, options)]);
  const audit = new AuditLog(join(workingFolder, ".abyssal"), clock);
  const limits = () => ({ maxRunning: settings().maxRunningRuns, maxQueued: settings().maxQueuedRuns });
  const replayed = new ReplayedRuns(service);
  const desk = new RunDesk(service, { limits, past: replayed, clock, log });
  const stallMs = () => settings().streamStallSeconds * 1_000;
  const feeds = new EventFeeds(service, stallMs, clock, log);
  const history = new HistoryFeed(service, desk, { stallMs, clock, log });
  const { page = readPage() } = options;
  const intake = new Intake();
  const app = await buildServer(
    { service, desk, replayed, feeds, history, audit, page, intake, clock, log },
    {
      authenticator: keys
        ? new TokenAuthenticator(
            keys,
            { ...config.auth, algorithms: config.auth.algorithms ?? ALGORITHMS },
            clock,
          )
        : openDoor,
      addresses: () => {
        const { allowedHosts, allowedOrigins = [] } = settings();
        return { hosts: allowedHosts ?? (isLoopback(host) ? [] : null), origins: allowedOrigins };
      },
      bodyBytes: Math.ceil((parseMemoryMb(settings().bodyLimit) ?? 1) * 1024 * 1024),
      rate: new RequestRate(() => settings().requestsPerMinute, clock),
      ids: randomIds,
    },
  );
  const ports = await openPorts(app, host, port, furtherPorts(options, config)).catch(
    async (error: unknown) => {
      await app.close();
      audit.close();
      throw error;
    },
  );
  const watching = new ConfigWatch(service, options.configFile ?? CONFIG_FILE_NAME, {
    clock,
    log,
    reloaded: options.reloaded ?? (() => {}),
  });
  logWatched(service.abyssal, log);
  const recovered = desk.recover();
  return {
    url: ports.url,
    dashboardUrl: ports.dashboardUrl,
    metricsUrl: ports.metricsUrl,
    isOpen: keys === null,
    routes: app.routeTable,
    recovered,
    async close() {
      intake.end();
      watching.close();
      await desk.close(settings().drainSeconds * 1_000);
      feeds.close();
      history.close();
      await ports.close();
      await app.close();
      audit.close();
      replayed.close();
      service.abyssal.close();
    },
  };
}

function furtherPorts(
  { port, dashboardPort, metricsPort }: ServeOptions,
  { monitoring }: Config,
): FurtherPorts {
  const isConfigured = port === undefined;
  return {
    dashboard: dashboardPort ?? (isConfigured ? monitoring.dashboardPort : null),
    metrics: metricsPort ?? (isConfigured ? monitoring.metricsPort : null),
  };
}

function withoutKeys(host: string, given: ServeOptions) {
  return {
    code: "SERVER_OPEN",
    severity: "error",
    place: given.host === undefined ? "server.host" : "--host",
    message: "without keys anybody who reaches the server may do everything: it serves this machine only",
    expected: "127.0.0.1, ::1 or localhost, or keys",
    got: host,
    hint: "abyssal token makes a key; see docs/reference/security.md",
  } as const;
}
