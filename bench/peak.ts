/**
 * Loaded before a program that is measured: says at its end how much memory it had at most, and its CPU time.
 */
import { writeSync } from "node:fs"
import { peakMb } from "./figures.ts"

process.on("exit", () => {
  const { system, user } = process.cpuUsage()
  writeSync(2, `\ntook ${JSON.stringify({ peakMb: peakMb(), cpuMs: (system + user) / 1_000 })}\n`)
})
