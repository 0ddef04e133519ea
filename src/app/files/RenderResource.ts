/**
 * A resource as the text of a file that declares it, in YAML.
 *
 * What is written reads back as the same value: `${` in a text is written as `$${`, references as `${kind.name.id}`,
 * and where YAML would say something else, the document is written as JSON, which is YAML as well.
 */
import { stringify } from "yaml"
import { equalJson, isArray, isObject, type Json } from "../../domain/Document.ts"
import { parsePointer } from "../../domain/Pointer.ts"
import { isUnknown, referencesIn } from "../../domain/Template.ts"
import type { NewResource } from "../Initialise.ts"
import { parseYaml } from "./Yaml.ts"

/** A value as a file holds it: references and literal `${` in the words of files. */
const inWords = (value: Json): Json => {
  if (typeof value === "string") return value.split("${").join("$${")
  if (isArray(value)) return value.map(inWords)
  if (!isObject(value)) return value
  const [reference] = isUnknown(value) ? referencesIn(value) : []
  if (reference !== undefined) return `\${${[reference.address, ...parsePointer(reference.path)].join(".")}}`
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inWords(member)]))
}

const readsBack = (text: string, value: Json): boolean => {
  const { documents: [document, second], faults } = parseYaml(text)
  return faults.length === 0 && second === undefined && document !== undefined && equalJson(document.value, value)
}

const body = (value: Json): string => {
  const yaml = stringify(value, { version: "1.2", schema: "core", lineWidth: 0, aliasDuplicateObjects: false })
  return readsBack(yaml, value) ? yaml : `${JSON.stringify(value, undefined, 2)}\n`
}

/** Renders the file of one resource. */
export const renderResource = ({ kind, name, remarks, spec }: NewResource): string =>
  [
    ...remarks.flatMap((remark) => remark.split(/\r?\n/)).map((line) => `# ${line}\n`),
    body({ kind, name, spec: inWords(spec) })
  ].join("")
