import { AbyssalError, type Diagnostic } from "../../shared/diagnostic.ts";

/** RFC 9457: what a request that was refused is answered with, as `application/problem+json`. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Stable; the first diagnostic's, where there are any. */
  readonly code: string;
  readonly detail?: string;
  /** All that was found, in the form of every diagnostic. */
  readonly diagnostics?: readonly Diagnostic[];
  readonly correlationId: string;
};

export const PROBLEM_TYPE = "application/problem+json";

/** Refuses a request; `retryAfterS`: when to come again, in seconds. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  readonly retryAfterS: number | undefined;
  readonly diagnostics: readonly Diagnostic[] | undefined;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { readonly retryAfterS?: number; readonly diagnostics?: readonly Diagnostic[] } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterS = more.retryAfterS;
    this.diagnostics = more.diagnostics;
  }
}

/** By the code of the first diagnostic; what is not here is input that cannot be processed. */
const STATUS_OF: Readonly<Record<string, number>> = {
  RUN_UNKNOWN: 404,
  RUN_NODE_UNKNOWN: 404,
  TEMPLATE_UNREGISTERED: 404,
  RESOURCE_UNKNOWN: 404,
  BREAKER_NONE: 409,
  APPROVAL_UNKNOWN: 409,
  APPROVAL_LATE: 409,
  RUN_ENDED: 409,
  RUN_OWNED: 409,
  RUN_EXISTS: 409,
  RUN_UNFINISHED: 409,
  TEMPLATE_DUPLICATE: 409,
  OUTPUT_EXISTS: 409,
  POLICY_REFUSED: 403,
  JOURNAL_BUSY: 503,
  RUN_LET_GO: 503,
  JOURNAL_WRITE_FAILED: 507,
  AUDIT_UNWRITABLE: 507,
  OUTPUT_UNWRITABLE: 507,
};

const TITLES: Readonly<Record<number, string>> = {
  400: "The request cannot be read",
  401: "Who asks is not known",
  403: "This is not allowed",
  404: "There is no such thing",
  405: "This cannot be done here",
  408: "The request took too long",
  409: "It does not stand so",
  413: "The request is too large",
  414: "The address is too long",
  415: "This is no JSON",
  422: "The input is not valid",
  429: "Too much at once",
  431: "The headers are too large",
  500: "A fault of the server",
  503: "Not now",
  507: "The disk does not take it",
};

export type ProblemAnswer = {
  readonly problem: Problem;
  readonly retryAfterS: number | undefined;
  /** A fault of ours: to be logged whole. */
  readonly isInternal: boolean;
};

/** What an error is answered with; what is not known to be the caller's fault tells nothing about the inside. */
export function problemOf(error: unknown, correlationId: string): ProblemAnswer {
  if (error instanceof Refusal) {
    const { status, code, message, diagnostics, retryAfterS } = error;
    return {
      problem: problem(status, code, message, correlationId, diagnostics),
      retryAfterS,
      isInternal: false,
    };
  }
  if (error instanceof AbyssalError) {
    const { code, diagnostics } = error;
    const status = STATUS_OF[code] ?? 422;
    const retryAfterS = status === 503 ? 1 : undefined;
    const message = diagnostics[0]?.message ?? code;
    return {
      problem: problem(status, code, message, correlationId, diagnostics),
      retryAfterS,
      isInternal: false,
    };
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return {
      problem: problem(statusCode, codeOf(statusCode), message ?? "", correlationId),
      retryAfterS: undefined,
      isInternal: false,
    };
  const hidden = "what went wrong stands in the server's log under this correlation id";
  return {
    problem: problem(500, "INTERNAL", hidden, correlationId),
    retryAfterS: undefined,
    isInternal: true,
  };
}

export function problem(
  status: number,
  code: string,
  detail: string,
  correlationId: string,
  diagnostics?: readonly Diagnostic[],
): Problem {
  return {
    type: `urn:abyssal:problem:${code}`,
    title: TITLES[status] ?? "The request was refused",
    status,
    code,
    detail,
    ...(diagnostics && diagnostics.length > 0 ? { diagnostics } : {}),
    correlationId,
  };
}

/** The codes of what fastify refuses by itself. */
function codeOf(status: number): string {
  if (status === 413) return "BODY_TOO_LARGE";
  if (status === 415) return "BODY_TYPE";
  if (status === 429) return "RATE_LIMITED";
  return "REQUEST_INVALID";
}
