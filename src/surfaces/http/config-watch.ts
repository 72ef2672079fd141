import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { type Diagnostic, diagnosticLine } from "../../shared/diagnostic.ts";
import type { Log } from "../log.ts";
import { faultsOf, type Renewal, type Service } from "../service.ts";

/** How long files are left to be written before they are read, ms. */
const QUIET_MS = 100;

export type Reloaded =
  | { readonly kind: "renewed"; readonly renewal: Renewal }
  | { readonly kind: "kept"; readonly faults: readonly Diagnostic[] };

export type ConfigWatchPorts = {
  readonly clock: Clock;
  readonly log: Log;
  /** Told after each reading, also of one that changed nothing. */
  readonly reloaded: (outcome: Reloaded) => void;
};

/**
 * Purpose: put in force what is changed in the configuration file and in the folder of templates.
 * Owns: the watches. Does not own: what is valid (the service's): what is not keeps what held before.
 */
export class ConfigWatch {
  readonly #service: Service;
  readonly #ports: ConfigWatchPorts;
  readonly #watchers: FSWatcher[] = [];
  #disarm: (() => void) | null = null;

  constructor(service: Service, configFile: string, ports: ConfigWatchPorts) {
    this.#service = service;
    this.#ports = ports;
    const { workingFolder, config } = service.abyssal;
    const file = resolve(workingFolder, configFile);
    // The folder and not the file: editors put another file in its place.
    this.#watch(dirname(file), (name) => name === basename(file));
    this.#watch(resolve(workingFolder, config.templates.registryPath), (name) =>
      /\.(ya?ml|json)$/.test(name),
    );
  }

  close(): void {
    this.#disarm?.();
    this.#disarm = null;
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  #watch(folder: string, concerns: (name: string) => boolean): void {
    try {
      const watcher = watch(folder, (_, name) => {
        if (name !== null && concerns(name)) this.#later();
      });
      watcher.on("error", (err) =>
        this.#ports.log.warn({ event: "config.unwatched", folder, err }, "folder cannot be watched"),
      );
      watcher.unref();
      this.#watchers.push(watcher);
    } catch (err) {
      // A folder that is not there has nothing in it that could change.
      this.#ports.log.debug({ event: "config.unwatched", folder, err }, "folder cannot be watched");
    }
  }

  #later(): void {
    const { clock } = this.#ports;
    this.#disarm?.();
    this.#disarm = clock.at(clock.nowMs() + QUIET_MS, () => {
      this.#disarm = null;
      void this.#reload();
    });
  }

  async #reload(): Promise<void> {
    const { log, reloaded } = this.#ports;
    try {
      const renewal = await this.#service.reload();
      log.info({ event: "config.reloaded", ...renewal }, "configuration reloaded");
      reloaded({ kind: "renewed", renewal });
    } catch (error) {
      const faults = faultsOf(error);
      log.warn(
        { event: "config.refused", faults: faults.map(diagnosticLine) },
        "configuration kept as it was",
      );
      reloaded({ kind: "kept", faults });
    }
  }
}
