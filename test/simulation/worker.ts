import { parentPort } from "node:worker_threads";
import { type CampaignReport, campaign } from "./campaign.ts";
import { MUTANTS, withMutant } from "./mutants.ts";

/** A share of the work: so many cases from one seed, on sound parts or with a mutant on. */
export type Share = {
  readonly seed: number;
  readonly runs: number;
  readonly path?: string;
  readonly mutant?: string;
};

export type ShareReport = CampaignReport & { readonly share: Share };

async function work(share: Share): Promise<ShareReport> {
  const { mutant: name, ...rest } = share;
  if (name === undefined) return { ...(await campaign({ ...rest, shrink: true })), share };
  const mutant = MUTANTS.find((one) => one.name === name)!;
  const { wiring } = mutant;
  const report = await withMutant(mutant, () =>
    campaign({ ...rest, shrink: false, ...(wiring ? { wiring } : {}) }),
  );
  return { ...report, share };
}

parentPort?.on("message", (share: Share) => {
  void work(share).then((report) => parentPort!.postMessage(report));
});
