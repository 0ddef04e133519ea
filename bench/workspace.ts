/**
 * A workspace to measure in: watchlists of about 1 KB each, all of them different in each round.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Requests under way at once, of the engine as of the raw loop. */
export const concurrency = 50

/** Where the state lies: in memory, or on the disk of the machine. */
export const places = { tmpfs: "/dev/shm", disk: tmpdir() } as const

export type Place = keyof typeof places

/** About 1 KB, different in each round. */
export const description = (index: number, round: number): string => `${index} in round ${round} `.padEnd(900, "x")

const configuration = (url: string): string =>
  `workspace: bench
defaults: { parallelism: ${concurrency} }
providers:
  monitoring: { baseUrl: "${url}", clientId: sandbox, clientSecret: sandbox-secret }
`

/** Files hold this many, so that none comes near the bound on a file. */
const resourcesInFile = 5_000

/** Declares so many resources as they are in a round. */
export const declare = async (root: string, resources: number, round: number): Promise<void> => {
  for (let from = 0; from < resources; from += resourcesInFile) {
    const some = Array.from({ length: Math.min(resourcesInFile, resources - from) }, (_, index) => ({
      kind: "watchlist",
      name: `w${from + index}`,
      spec: { description: description(from + index, round) }
    }))
    await writeFile(join(root, "resources", `from-${from}.json`), JSON.stringify(some))
  }
}

/** Does work in a workspace of its own, which goes with it. */
export const withWorkspace = async <A>(
  place: Place,
  url: string,
  work: (root: string) => Promise<A>
): Promise<A> => {
  const root = await mkdtemp(join(places[place], "amends-bench-"))
  try {
    await mkdir(join(root, "resources"))
    await writeFile(join(root, "amends.yaml"), configuration(url))
    return await work(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
