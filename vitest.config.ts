import { defineConfig } from "vitest/config";

// Set by .ci/run: where to leave the counts of the run beside what is printed.
const report = process.env.TEST_REPORT;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "node_modules/**"],
    testTimeout: 60_000,
    // The commands that tests start leave nothing in the home of whoever tests.
    env: { NODE_DISABLE_COMPILE_CACHE: "1" },
    // Vitest would leave one core to itself; it needs little of it.
    maxWorkers: "100%",
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
