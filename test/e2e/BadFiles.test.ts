/**
 * Files with everything wrong at once: one command names each place, what was expected, and what to do.
 */
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, expect, it } from "vitest"
import { Limits } from "../../src/domain/Limits.ts"
import { type Cell, openCell, writes } from "./Cell.ts"
import { eventsOf, typed } from "./Events.ts"

let cell: Cell
afterEach(() => cell.close())

const put = async (files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(cell.root, name, ".."), { recursive: true })
    await writeFile(join(cell.root, name), text)
  }
}

const good = (name: string): string => `kind: watchlist\nname: ${name}\nspec: { description: ours }\n`

const broken = {
  "resources/a.yaml": [
    "kind: watchlist",
    "name: large transfers",
    "dependsOn: [watchlist.x, nothing]",
    "lifecycle: { preventDestory: true }",
    "spec:",
    "  naem: x",
    "  description: ${env.NONE}",
    "  assets: [{ chain: '${', type: '${env.}', chian: x }]",
    "---",
    "kind: watchlst",
    "name: b",
    "spec: {}"
  ].join("\n"),
  "resources/b.json": "{\"kind\":\"watchlist\",\"name\":\"b\",\r\n\"name\":\"c\",\"spec\":{\"description\":7}}",
  "resources/c.yaml": `\uFEFF${good("twice").replaceAll("\n", "\r\n")}---\r\n${good("twice")}`,
  "resources/d.yaml": "kind: watchlist\nname: d\nspec: &s { description: 12345678901234567890, assets: *s, <<: {} }\n",
  "resources/e.json": `${"[".repeat(Limits.documentDepthMax + 1)}`,
  "resources/f.yaml": `x: ${"[".repeat(100)}${"]".repeat(100)}`,
  "resources/g.yaml": `a: &a [1]\nb: [${Array.from({ length: Limits.yamlAliasesMax + 1 }, () => "*a").join(",")}]\n`,
  "resources/h.yaml": `#${" ".repeat(Limits.fileBytesMax)}`,
  "resources/i.json": "{\"kind\":\"watchlist\",\"spec\":\"hunter2\",}"
}

const expected = [
  "resources/a.yaml:2:7 expected a name of letters, digits, - and _ that begins with a letter or digit",
  "resources/a.yaml:3:26 expected an address such as kind.name",
  "resources/a.yaml:4:14 unknown key \"preventDestory\"",
  "resources/a.yaml:6:3 unknown key \"naem\"",
  "resources/a.yaml:7:16 the environment variable NONE is not set",
  "resources/a.yaml:8:21 a ${ is not closed",
  "resources/a.yaml:8:33 no name of an environment variable stands after env.",
  "resources/a.yaml:8:44 unknown key \"chian\"",
  "resources/a.yaml:10:7 there is no kind \"watchlst\"",
  "resources/b.json:2:1 this key stands twice in one object",
  "resources/b.json:2:34 expected a text or null, found a number",
  "resources/c.yaml:5:1 watchlist.twice is declared twice; the other is at resources/c.yaml:1:1",
  "resources/d.yaml:3:25 this number would lose digits: whole numbers are exact up to 2^53",
  "resources/d.yaml:3:55 no anchor &s stands above",
  "resources/d.yaml:3:59 merge keys (<<) are not supported",
  `resources/e.json:1:${Limits.documentDepthMax + 1} no valid JSON: expected at most ${Limits.documentDepthMax} levels`,
  `resources/f.yaml:1:${Limits.documentDepthMax + 3} nested deeper than ${Limits.documentDepthMax} levels`,
  "resources/g.yaml:1:1 the required key \"kind\" is missing",
  `resources/g.yaml:2:${
    5 + 3 * Limits.yamlAliasesMax
  } aliases expand more than ${Limits.yamlAliasesMax} times in this document`,
  "resources/h.yaml:1:1 the file is larger than 10 MB",
  "resources/i.json:1:38 no valid JSON: expected a key in double quotes",
  "resources/link.yaml:1:1 the file lies outside the workspace"
]

it("everything that is wrong is told at once, with its place, for people and for programs", async () => {
  cell = await openCell()
  await put(broken)
  await symlink("/etc/hostname", join(cell.root, "resources", "link.yaml"))
  const ended = await cell.run("apply", "--yes", "--json")
  expect(ended.code).toBe(7)
  const told = typed(eventsOf(ended), "diagnostic")
  const lines = told.map(({ column, file, line, summary }) => `${file}:${line}:${column} ${summary}`)
  expect(lines).toEqual(expect.arrayContaining(expected))
  for (const { hint } of told) expect(hint).toMatch(/\w{3}/)
  for (const line of expected) expect(ended.stderr).toContain(line.slice(0, line.indexOf(" ")))
  expect(ended.stderr).toContain("did you mean \"watchlist\"?")
  expect(ended.stderr).toContain("did you mean \"preventDestroy\"?")
  expect(ended.stdout + ended.stderr).not.toContain("hunter2")
  expect(cell.sandbox.requests()).toEqual([])
})

it("what resources refer to is checked across files, and amends.yaml with them", async () => {
  cell = await openCell({}, "    clientID: x\n    concurrency: 0\n    rateLimit: { requests: 5 }\n")
  await put({
    "resources/a.yaml": [
      good("treasury"),
      good("b").replace("ours", "'${watchlist.tresury.id}'"),
      good("c").replace("ours", "'${watchlist.treasury.idd}'"),
      good("d").replace("ours", "'${watchlist.treasury}'"),
      good("e").replace("ours", "'${watchlist.f.id}'"),
      good("f").replace("spec", "dependsOn: [watchlist.e]\nspec")
    ].join("---\n")
  })
  const { code, stderr } = await cell.run("validate")
  expect(code).toBe(7)
  for (
    const [place, what] of [
      ["amends.yaml:9:", "/providers/monitoring/clientID: is not a setting"],
      ["amends.yaml:10:", "/providers/monitoring/concurrency: has a value that cannot be used"],
      ["amends.yaml:11:", "/providers/monitoring/rateLimit: does not say how many requests per what time"],
      ["resources/a.yaml:7:", "no resource watchlist.tresury is declared\n    did you mean \"watchlist.treasury\"?"],
      ["resources/a.yaml:11:", "watchlist.treasury has no field \"idd\"\n    did you mean \"id\"?"],
      ["resources/a.yaml:15:", "names no field\n    write ${watchlist.treasury.id} for its remote id"],
      ["resources/a.yaml:", "the resources depend on each other: watchlist.e → watchlist.f → watchlist.e"]
    ] as const
  ) {
    expect(stderr).toContain(place)
    expect(stderr).toContain(what)
  }
})

it("doctor tells the same as a finding, with exit 1, and looks at everything else", async () => {
  cell = await openCell()
  await put({ "resources/a.yaml": "kind: watchlst\nname: -\nspec: {}\n" })
  const { code, stdout } = await cell.run("doctor")
  expect(code).toBe(1)
  const lines = stdout.trimEnd().split("\n")
  expect(lines.filter((line) => /^(ok|bad)  ?/.test(line)).length).toBeGreaterThan(4)
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(ok {2} |bad {2}| {5})/)
  expect(lines.at(-1)).toBe("1 finding.")
})

it("a named file that is missing or outside is an error, a glob without files a warning", async () => {
  cell = await openCell()
  await writeFile(
    join(cell.root, "amends.yaml"),
    "workspace: cell\nresources: [missing.yaml, ../x.yaml, /etc/*.yaml, 'none/*.yaml']\nstate: ../x.db\nbogus: 1\n"
  )
  const wrong = await cell.run("plan")
  expect(wrong.code).toBe(7)
  expect(wrong.stderr.match(/amends\.yaml:\d+:\d+: .*/g)).toEqual([
    "amends.yaml:2:13: /resources/0: there is no file \"missing.yaml\"",
    "amends.yaml:2:27: /resources/1: \"../x.yaml\" lies outside the workspace",
    "amends.yaml:2:38: /resources/2: \"/etc/*.yaml\" lies outside the workspace",
    "amends.yaml:3:8: /state: the state file lies outside the workspace",
    "amends.yaml:4:1: /bogus: unknown key \"bogus\""
  ])
  await writeFile(join(cell.root, "amends.yaml"), "workspace: cell\nresources: ['none/*.yaml']\n")
  const warned = await cell.run("plan")
  expect(warned).toMatchObject({ code: 0, stdout: "No changes.\n" })
  expect(warned.stderr).toContain("Warning: amends.yaml:2:13: \"none/*.yaml\" matches no file")
})

/** A user who may read nothing of ours; root may read everything. */
const nobody = process.getuid?.() === 0 ? 65_534 : undefined

it("a directory that cannot be read is no empty one: what is declared in it would be deleted", async (context) => {
  cell = await openCell()
  await put({ "resources/a.yaml": good("a"), "resources/closed/b.yaml": good("b") })
  await chmod(cell.root, 0o755)
  const given = nobody === undefined ? {} : { uid: nobody }
  if ((await cell.start(["validate"], given).ended).code !== 0) return context.skip("nobody cannot start amends here")
  await chmod(join(cell.root, "resources", "closed"), 0)
  const { code, stderr } = await cell.start(["validate"], given).ended
  await chmod(join(cell.root, "resources", "closed"), 0o755)
  expect(code).toBe(7)
  expect(stderr).toContain("resources/closed:1:1: the directory cannot be read")
})

it("references keep their type, texts are joined, $${ stays, and secrets of the environment are not told", async () => {
  cell = await openCell()
  await put({
    "resources/a.yaml": [
      "kind: watchlist\nname: a\nspec: { description: 'x ${env.TOKEN} y ${env.UNSET:-z:-w} $${literal} $$' }",
      "kind: custom_agent\nname: b\nspec:\n  agentType: t\n  severity: High\n  state: enabled\n" +
      "  channelsConfigurations: []\n" +
      "  rule: { id: '${watchlist.a.id}', text: 'id=${watchlist.a.id}', port: '${env.PORT}' }"
    ].join("\n---\n")
  })
  const env = { TOKEN: "t0ken-of-env", PORT: "8080" }
  const { code, stderr, stdout } = await cell.start(["apply", "--yes"], { env }).ended
  expect([code, stderr]).toEqual([0, ""])
  expect(stdout).not.toContain(env.TOKEN)
  const { custom_agent: [agent], watchlist: [list] } = cell.sandbox.snapshot()
  expect(list?.["description"]).toBe("x t0ken-of-env y z:-w ${literal} $$")
  expect(agent?.["rule"]).toMatchObject({ id: 1, text: "id=1", port: "8080" })
  expect((await cell.kept()).includes(env.TOKEN)).toBe(false)
  const sent = writes(cell.sandbox).length
  expect(await cell.start(["plan", "--detailed-exitcode"], { env }).ended).toMatchObject({ code: 0 })
  expect(writes(cell.sandbox)).toHaveLength(sent)
})
