/**
 * Declared resources without files: a place in them names the resource as the file and the pointer's length as column.
 */
import type { Written } from "../../src/app/Workspace.ts"
import type { Json } from "../../src/domain/Document.ts"
import { type Address, addressOf } from "../../src/domain/Ids.ts"
import type { Template } from "../../src/domain/Template.ts"

/** Declares `kind.name`. */
export const declare = (address: string, spec: Template = {}, rest: Partial<Written> = {}): Written => {
  const [kind = "", name = ""] = address.split(".")
  const place = { file: address, line: 1, column: 1 }
  return {
    address: addressOf(kind, name),
    kind,
    name,
    spec,
    dependsOn: [],
    lifecycle: { preventDestroy: false, ignoreChanges: [], replace: "auto", conflict: "stop" },
    secretPaths: [],
    place,
    placeOf: (pointer, part = "value") => ({
      file: `${address}${part === "key" ? "!" : ""}`,
      line: 1,
      column: pointer.length
    }),
    ...rest
  }
}

/** The node of a reference. */
export const ref = (address: string, path = "/id"): Json => ({ $ref: { address, path } })

/** Addresses, for `dependsOn`. */
export const addresses = (...names: ReadonlyArray<string>): ReadonlyArray<Address> => names as ReadonlyArray<Address>
