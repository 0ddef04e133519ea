/**
 * A CouchDB: writes repeat the revision that they rest on, so nobody's edit is overwritten.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { missingCouch, startCouch } from "./Couch.ts"
import { trials } from "./Trials.ts"
import { openWorkplace, type Subject, type Workplace } from "./Workplace.ts"

const note = (name: string, spec: Readonly<Record<string, unknown>>, dependsOn: ReadonlyArray<string> = []) => ({
  kind: "note",
  name,
  spec: { _id: name, ...spec },
  dependsOn
})

interface Rows {
  readonly rows: ReadonlyArray<{ readonly doc: { readonly _rev: string } }>
}

const subject: Subject = {
  missing: missingCouch,
  start: () => startCouch("shop"),
  below: "",
  settings: "",
  kinds: "couch-kinds.yaml",
  first: [
    note("chair", { price: 5, size: { w: 1, h: 2 }, tags: ["a", "b"] }),
    note("slash", { _id: "tables/round ü", price: 1 }),
    note("lamp", { price: 3 }, ["note.chair"]),
    note("gone", { price: 9, nested: { deep: [1, { a: null }] } })
  ],
  second: [
    note("chair", { price: 6, size: { w: 1 }, tags: ["b"] }),
    note("slash", { _id: "tables/round ü", price: 2 }),
    note("lamp", { price: 3 }, ["note.chair"]),
    note("sofa", { price: 7 }, ["note.chair"]),
    note("bed", { price: 8 })
  ],
  writes: 5,
  held: async (url) => {
    const answer = await fetch(`${url}/shop/_all_docs?include_docs=true`)
    const { rows } = await answer.json() as Rows
    return rows.map(({ doc: { _rev, ...doc } }) => doc)
  }
}

type Doc = { readonly _id: string; readonly _rev: string; readonly [field: string]: unknown }

/** Another client: changes a document without a word to amends. */
const editing = async ({ url }: Workplace, id: string, edit: (doc: Doc) => object): Promise<void> => {
  const address = `${url}/shop/${id}`
  const doc = await (await fetch(address)).json() as Doc
  const body = JSON.stringify({ _rev: doc._rev, ...edit(doc) })
  const { status } = await fetch(address, { method: "PUT", body, headers: { "content-type": "application/json" } })
  expect(status).toBe(201)
}

const chair = { _id: "chair", price: 5, size: { w: 1, h: 2 }, tags: ["a", "b"] }

describe.skipIf(missingCouch !== undefined)("a CouchDB", () => {
  trials(subject)

  describe("that others write to", () => {
    let place: Workplace
    beforeEach(async () => {
      place = await openWorkplace(subject)
      await place.declare([note("chair", chair)])
      expect((await place.run("apply", "--yes")).code).toBe(0)
      await place.declare([note("chair", { ...chair, price: 6 }), note("bed", { price: 8 }, ["note.chair"])])
    })
    afterEach(() => place.close())
    const held = () => subject.held(place.url)

    it("keeps an edit that is made between our last look and our write", async () => {
      place.between.meddle(async (nth) => {
        if (nth === 1) await editing(place, "chair", (doc) => ({ ...doc, price: 7 }))
        return undefined
      })
      const { code, stdout } = await place.run("apply", "--yes")
      expect([code, stdout.includes("guarded")]).toEqual([3, true])
      expect(await held()).toEqual([{ ...chair, price: 7 }])
      const again = await place.run("apply", "--yes")
      expect([again.code, again.stderr]).toEqual([5, expect.stringContaining("note.chair at /price")])
    })

    it("keeps what others add to what is taken back", async () => {
      place.between.meddle(async (nth) => {
        if (nth !== 2) return undefined
        await editing(place, "chair", (doc) => ({ ...doc, theirs: true }))
        return "refused"
      })
      expect((await place.run("apply", "--yes")).code).toBe(3)
      expect(await held()).toEqual([{ ...chair, theirs: true }])
    })

    it("asks where others changed what is to be taken back", async () => {
      place.between.meddle(async (nth) => {
        if (nth !== 2) return undefined
        await editing(place, "chair", (doc) => ({ ...doc, price: 100 }))
        return "refused"
      })
      const stuck = await place.run("apply", "--yes")
      const [, batch, choice] =
        /amends recover (\S+) --choice (note\.chair=force@\w+)/.exec(stuck.stdout + stuck.stderr) ?? []
      expect([stuck.code, await held()]).toEqual([4, [{ ...chair, price: 100 }]])
      place.between.meddle(() => undefined)
      expect((await place.run("recover", batch ?? "", "--choice", choice ?? "")).code).toBe(3)
      expect(await held()).toEqual([chair])
    })

    it("takes a batch back that it refuses in its own way", async () => {
      // It answers 500 to a field that it does not know.
      await place.declare([
        note("chair", { ...chair, price: 6 }),
        note("odd", { _id: "odd", _unknown: 1 }, ["note.chair"])
      ])
      const { code, stderr } = await place.run("apply", "--yes")
      expect([code, stderr]).toEqual([3, expect.stringContaining("Bad special document member: _unknown")])
      expect(await held()).toEqual([chair])
    })
  })
})
