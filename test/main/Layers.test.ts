/** Providers as amends.yaml names them: one that there is not, and two that serve the same. */
import { describe, expect, it } from "vitest"
import { openShell, watchlist } from "../cli/Shell.ts"

describe("a provider", () => {
  it("that this version does not have is refused with the one it has, and nothing is read or written", async () => {
    const shell = await openShell([watchlist("a")])
    await shell.configure("  monitoring:", "  broker:\n    use: amqp")
    for (const verb of [["plan"], ["apply", "--yes"], ["validate"]]) {
      const { code, stderr } = await shell.run(...verb)
      expect([code, stderr]).toEqual([7, expect.stringContaining("\"amqp\" is not available in this version")])
      expect(stderr).toContain("use monitoring, file, http for kinds that are described")
    }
    const doctor = await shell.run("doctor")
    expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringContaining("is not available in this version")])
    expect(shell.sandbox.requests()).toEqual([])
  })

  it("that serves what another serves already is refused, with both names", async () => {
    const shell = await openShell([watchlist("a")])
    const more =
      "  twin:\n    use: monitoring\n    baseUrl: http://127.0.0.1:1\n    clientId: a\n    clientSecret: bbbbbb\n"
    await shell.configure("  monitoring:", `${more}  monitoring:`)
    const { code, stderr } = await shell.run("plan")
    expect([code, stderr]).toEqual([7, expect.stringMatching(/monitoring[^]*serves kind \w+, and so does twin/)])
    expect(stderr).toContain("configure one provider for each kind")
    expect(shell.sandbox.requests()).toEqual([])
  })

  it("without settings is refused at every mistake at once, each with its place", async () => {
    const shell = await openShell([watchlist("a")])
    await shell.configure("baseUrl: ${env.MONITORING_URL}", "baseUrl: nowhere")
    await shell.configure("horizon: 30ms", "horizon: never")
    const { code, stderr } = await shell.run("plan")
    expect(code).toBe(7)
    for (const place of ["baseUrl", "horizon"]) expect(stderr).toContain(place)
  })
})
