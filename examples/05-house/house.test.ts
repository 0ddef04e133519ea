/**
 * The provider of the house keeps the rules of the port. `npx vitest run examples/05-house`
 */
import { moduleContract } from "amends/testing"
import { describe, it } from "vitest"
import { provider } from "./providers/house.ts"
import { startHouse, type Trouble } from "./server.ts"

moduleContract("house", {
  runner: { describe, it },
  provider,
  // A house of its own for each case.
  open: async () => {
    const house = await startHouse()
    return {
      settings: { url: house.url },
      writes: house.writes,
      fault: (name) => house.meet(name as Trouble),
      close: house.close
    }
  },
  examples: [
    { kind: "door", create: { name: "front", floor: 0, opens: "always" }, update: { opens: "by badge" } },
    {
      kind: "badge",
      create: { holder: "Ada", doors: ["the id of what it needs"] },
      update: { holder: "Ada L." },
      needs: [{ at: "/doors/0", kind: "door", create: { name: "front", floor: 0 } }]
    }
  ],
  faults: ["refused", "unauthorized", "throttled", "lostBefore", "lostAfter"]
})
