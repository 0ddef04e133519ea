/**
 * Values as YAML that reads back as the same values, with comments where a reader should look.
 */
import { Document, isMap, isPair, isScalar, visit } from "yaml"
import type { JsonObject } from "../../domain/Document.ts"

/** Writes an object with a comment on top, and comments before members by their pointers. */
export const commented = (
  value: JsonObject,
  head: string,
  notes: ReadonlyMap<string, ReadonlyArray<string>>
): string => {
  const document = new Document(value, { version: "1.2", schema: "core", aliasDuplicateObjects: false })
  document.commentBefore = ` ${head}`
  visit(document, {
    Pair: (_, pair, ancestors) => {
      const keys = [...ancestors.filter(isPair), pair].map(({ key }) => isScalar(key) ? String(key.value) : "")
      const found = notes.get(`/${keys.join("/")}`) ?? []
      if (found.length > 0 && isScalar(pair.key)) pair.key.commentBefore = found.map((note) => ` ${note}`).join("\n")
    },
    Map: (_, map, ancestors) => {
      const parent = ancestors.at(-1)
      const key = isPair(parent) && isScalar(parent.key) ? String(parent.key.value) : ""
      // What is small reads better on one line: a guard, an identity, a method with its path.
      if (key !== "kinds" && map.items.length <= 4 && !map.items.some(({ value: member }) => isMap(member))) {
        map.flow = parent !== undefined && ancestors.filter(isPair).length > 3
      }
    }
  })
  return document.toString({ lineWidth: 110, flowCollectionPadding: true })
}
