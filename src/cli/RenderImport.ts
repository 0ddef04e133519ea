/**
 * Says what an import of many came to: how many of which kind, the files, and everything that was left out and why.
 */
import type { ImportedAll } from "../app/ImportAll.ts"
import type { Diagnostic } from "./Events.ts"
import { headItem } from "./RenderViews.ts"
import { harmless } from "./ShowValue.ts"
import type { View } from "./Voice.ts"

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

/** What the user has to know of it. */
export const importDiagnostics = ({ differs, leftOut }: ImportedAll): ReadonlyArray<Diagnostic> => [
  ...leftOut.map(({ id, kind, why }): Diagnostic => ({
    severity: "warning",
    summary: "not imported",
    detail: harmless(`${kind} with id ${id}: ${why}`)
  })),
  ...differs.map((address): Diagnostic => ({
    severity: "warning",
    summary: "what is there differs from the file",
    address,
    detail: `the next plan changes ${address}`,
    hint: "see it with: amends plan"
  }))
]

/** What was imported. */
export const importedView = ({ files, imported }: ImportedAll): View => {
  const kinds = Map.groupBy(imported, ({ kind }) => kind)
  return {
    event: { type: "list", of: "imported", items: imported.map(headItem), files },
    lines: [...kinds].map(([kind, heads]) => `${String(heads.length).padStart(6)} ${kind}`)
  }
}

/** The last lines. */
export const importLastLines = ({ files, imported, leftOut, secrets }: ImportedAll): ReadonlyArray<string> => {
  const left = leftOut.length === 0 ? "" : ` ${counted(leftOut.length, "was", "were")} left out.`
  const wrote = files.length === 0 ? "" : `, and wrote ${counted(files.length, "file", "files")}`
  return [
    ...(secrets === 0 ? [] : [
      `${
        counted(secrets, "secret is in no file and stays as it is", "secrets are in no file and stay as they are")
      }: each file ` +
      "says which, and how to manage it."
    ]),
    imported.length === 0
      ? `Nothing to import.${left}`
      : `Imported ${counted(imported.length, "resource", "resources")}${wrote}.${left} Nothing was changed remotely.`
  ]
}
