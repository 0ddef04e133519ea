// What `npm test` runs: the project "whole" starts bin/amends and so needs a fresh bundle, "parts" does not.
// The long runs are asked for by name: test:crash raises AMENDS_CRASH_RUNS, simulate takes a number of runs.
import { defineConfig } from "vitest/config"

const whole = ["test/e2e/**/*.test.ts", "test/examples/**/*.test.ts", "test/docs/**/*.test.ts"]
const servers = ["test/servers/**/*.test.ts"]
const engine = { branches: 90 }

export default defineConfig({
  test: {
    // Most of the time is spent waiting for processes and for horizons, so more workers than the default of cores less one.
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: "parts",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
          exclude: [...whole, ...servers],
          // Files share the modules of their worker: loading Effect for each was two fifths of the processor time.
          isolate: false,
          testTimeout: 20_000
        }
      },
      { test: { name: "whole", include: whole, globalSetup: ["test/setup/Build.ts"], testTimeout: 120_000 } },
      {
        test: {
          name: "servers",
          include: servers,
          globalSetup: ["test/setup/Build.ts", "test/setup/Servers.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000
        }
      }
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "html", "json-summary"],
      thresholds: {
        branches: 85,
        "src/executor/**/*.ts": engine,
        "src/state/**/*.ts": engine,
        "src/merge/**/*.ts": engine
      }
    }
  }
})
