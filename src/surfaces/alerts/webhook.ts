import { createHmac } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import type { Clock } from "../../shared/clock.ts";
import { LIMITS } from "../../shared/limits.ts";
import type { Secrets } from "../../shared/secrets.ts";
import type { AlertNotice } from "./alert.ts";
import { type AddressRules, addressRefused } from "./webhook-address.ts";

export type WebhookOptions = {
  readonly url: string;
  /** Null: notices are not signed. */
  readonly signingKey: string | null;
  readonly addresses: AddressRules;
  readonly clock: Pick<Clock, "nowMs" | "at">;
  readonly secrets: Pick<Secrets, "json">;
  /** Told of a notice that nobody took; `reason` holds no secret of ours. */
  readonly failed: (notice: AlertNotice, reason: string) => void;
};

/**
 * Purpose: hand notices to a webhook, one after another, in order.
 * Owns: the notices that wait. Does not own: which notices there are.
 * Invariants:
 * H1 a notice is sent until it is taken (2xx), or has been tried `alertAttempts` times, each try later than the one before.
 * H2 at most `alertsWaiting` wait; beyond, the oldest that has not been tried makes room, and is told as failed.
 * H3 only addresses that are allowed are connected to, redirects are not followed, and no secret is in what is sent.
 */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #waiting: AlertNotice[] = [];
  #disarm: (() => void) | null = null;
  #isSending = false;
  #isClosed = false;
  #attempts = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  send(notice: AlertNotice): void {
    this.#waiting.push(notice);
    if (this.#waiting.length > LIMITS.alertsWaiting) {
      const [dropped] = this.#waiting.splice(this.#isSending || this.#attempts > 0 ? 1 : 0, 1);
      this.#options.failed(dropped!, "too many notices wait");
    }
    if (!this.#isSending && !this.#disarm) void this.#sendNext();
  }

  /** What is being sent is still sent, and what waits is tried once more; nothing after that. */
  close(): void {
    this.#isClosed = true;
    this.#disarm?.();
    this.#disarm = null;
    if (!this.#isSending) void this.#sendNext();
  }

  async #sendNext(): Promise<void> {
    this.#disarm = null;
    for (let notice = this.#waiting[0]; notice; notice = this.#waiting[0]) {
      this.#isSending = true;
      const reason = await this.#try(notice);
      this.#isSending = false;
      this.#attempts++;
      const isLast = this.#isClosed || this.#attempts >= LIMITS.alertAttempts;
      if (reason !== null && !isLast) return this.#later();
      this.#waiting.shift();
      this.#attempts = 0;
      if (reason !== null) this.#options.failed(notice, reason);
    }
  }

  #later(): void {
    const { clock } = this.#options;
    const waitMs = LIMITS.alertRetryMs * 2 ** (this.#attempts - 1);
    this.#disarm = clock.at(clock.nowMs() + waitMs, () => void this.#sendNext());
  }

  /** Null: it was taken; else why not. */
  #try(notice: AlertNotice): Promise<string | null> {
    const { url, addresses, secrets } = this.#options;
    const target = new URL(url);
    const literal = target.hostname.replace(/^\[|\]$/g, "");
    // A literal address is never looked up.
    if (isIP(literal) && !addresses.allows(literal)) return Promise.resolve(addressRefused(literal).message);
    const body = secrets.json(notice);
    const request = target.protocol === "https:" ? httpsRequest : httpRequest;
    return new Promise((resolve) => {
      const sent = request(
        target,
        {
          method: "POST",
          headers: this.#headers(notice, body),
          lookup: addresses.lookup,
          signal: AbortSignal.timeout(LIMITS.alertTimeoutMs),
        },
        (response) => {
          response.resume();
          const { statusCode = 0 } = response;
          resolve(statusCode >= 200 && statusCode < 300 ? null : `answered ${statusCode}`);
        },
      );
      sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
      sent.end(body);
    });
  }

  #headers({ id, state }: AlertNotice, body: string): Record<string, string | number> {
    const { signingKey, clock } = this.#options;
    const atSeconds = Math.floor(clock.nowMs() / 1000);
    return {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      "user-agent": "abyssal",
      "x-abyssal-delivery": encodeURIComponent(`${id}/${state}`),
      ...(signingKey === null ? {} : { "x-abyssal-signature": signatureOf(body, signingKey, atSeconds) }),
    };
  }
}

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 under the key over `SECONDS.BODY`. */
export function signatureOf(body: string, key: string, atSeconds: number): string {
  return `t=${atSeconds},v1=${createHmac("sha256", key).update(`${atSeconds}.${body}`).digest("hex")}`;
}
