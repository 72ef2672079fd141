import type { FastifyInstance } from "fastify";
import type { Clock } from "../../shared/clock.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { Answers } from "./answers/answer-schemas.ts";
import type { AuditLog } from "./audit/audit-log.ts";
import type { EventFeeds } from "./event-feeds.ts";
import type { HistoryFeed } from "./history-feed.ts";
import type { Identity } from "./identity.ts";
import type { Intake } from "./intake.ts";
import type { Page } from "./page-files.ts";
import type { Permission } from "./permissions.ts";
import type { ReplayedRuns } from "./replayed-runs.ts";
import type { RunDesk } from "./run-desk.ts";

/**
 * What every route stands on. A file of `routes/` exports one function `(app, ports) => void` that adds its routes; each
 * route says in its `config` what its caller needs and what it answers.
 */
export type ServerPorts = {
  readonly service: Service;
  readonly desk: RunDesk;
  readonly replayed: Pick<ReplayedRuns, "lettersOf">;
  readonly feeds: EventFeeds;
  readonly history: HistoryFeed;
  readonly audit: AuditLog;
  /** The dashboard; null: it is not built. */
  readonly page: Page | null;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
};

/** A route, who may use it, and what it answers. */
export type RouteRow = {
  readonly method: string;
  readonly url: string;
  readonly needs: Permission | "nothing";
  readonly answers: Answers;
};

export type RouteGroup = (app: FastifyInstance, ports: ServerPorts) => void;

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the caller must be allowed; `nothing`: anybody may ask. Every route has to say it. */
    readonly needs?: Permission | "nothing";
    /** What it answers when it does not refuse. Every route has to say it. */
    readonly answers?: Answers;
    /** What the audit log calls it; every route that changes something has to say it. */
    readonly audits?: string;
  }
  interface FastifyInstance {
    readonly routeTable: readonly RouteRow[];
  }
  interface FastifyRequest {
    identity: Identity;
    /** Whether it is known who asks. */
    isKnown: boolean;
    /** Whether the audit log holds that it was asked for. */
    isAudited: boolean;
    /** What a request that changes something was about, for the audit log: a run's id, a template's name. */
    audited: string | null;
  }
}
