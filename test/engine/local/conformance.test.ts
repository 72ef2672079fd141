import { onTestFinished } from "vitest";
import { LocalEngine } from "../../../src/engine/local/local-engine.ts";
import { engineConformance } from "../../conformance/engine.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

engineConformance("the local engine", (parts) => {
  const engine = new LocalEngine({ ...parts, folder: temporaryFolder() });
  onTestFinished(() => engine.close());
  return engine;
});
