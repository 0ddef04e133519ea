/**
 * What people who work with manifests expect of a three-way merge: lists of containers by name, what a controller
 * added, packages that take an update beside local changes.
 */
import { assert, describe, it } from "@effect/vitest"
import { type DocumentRules, keyed } from "../../src/merge/Merge.ts"
import { type Row, said } from "./Said.ts"

const manifest: DocumentRules = {
  "/metadata/finalizers": "set",
  "/spec/containers": keyed("name"),
  "/spec/containers/*/env": keyed("name", "list"),
  "/spec/containers/*/ports": keyed("containerPort", "list"),
  "/spec/containers/*/args": "atomic"
}
const containers = (...all: ReadonlyArray<string>): string => `{"spec":{"containers":[${all.join(",")}]}}`
const app = `{"name":"app","image":"app:1"}`

const manifests: ReadonlyArray<Row> = [
  [
    "a container that a controller added stays",
    containers(app),
    containers(`{"name":"app","image":"app:2"}`),
    containers(app, `{"name":"mesh"}`),
    containers(`{"name":"app","image":"app:2"}`, `{"name":"mesh"}`)
  ],
  [
    "a field that a controller set stays",
    containers(app),
    containers(`{"name":"app","image":"app:2"}`),
    containers(`{"name":"app","image":"app:1","tty":true}`),
    containers(`{"name":"app","image":"app:2","tty":true}`)
  ],
  [
    "a container that one side removed goes",
    containers(app, `{"name":"old"}`),
    containers(app),
    containers(app, `{"name":"old"}`),
    containers(app)
  ],
  [
    "a container that one side removed and the other edited",
    containers(app, `{"name":"old"}`),
    containers(app),
    containers(app, `{"name":"old","tty":true}`),
    "delete-edit /spec/containers/old"
  ],
  [
    "variables of the environment go by name",
    containers(`{"name":"app","env":[{"name":"A","value":"1"}]}`),
    containers(`{"name":"app","env":[{"name":"A","value":"2"}]}`),
    containers(`{"name":"app","env":[{"name":"B","value":"1"},{"name":"A","value":"1"}]}`),
    containers(`{"name":"app","env":[{"name":"B","value":"1"},{"name":"A","value":"2"}]}`)
  ],
  [
    "one port with two protocols is no key",
    containers(`{"name":"app","ports":[{"containerPort":53,"protocol":"TCP"}]}`),
    containers(`{"name":"app","ports":[{"containerPort":53,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"}]}`),
    containers(`{"name":"app","ports":[{"containerPort":53,"protocol":"TCP"}]}`),
    `${
      containers(`{"name":"app","ports":[{"containerPort":53,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"}]}`)
    } (warning unkeyed /spec/containers/app/ports)`
  ],
  [
    "arguments are one thing",
    containers(`{"name":"app","args":["-a"]}`),
    containers(`{"name":"app","args":["-a","-b"]}`),
    containers(`{"name":"app","args":["-c"]}`),
    "edit-edit /spec/containers/app/args"
  ],
  [
    "finalizers are a set",
    `{"metadata":{"finalizers":["a","b"]}}`,
    `{"metadata":{"finalizers":["b"]}}`,
    `{"metadata":{"finalizers":["a","b","c"]}}`,
    `{"metadata":{"finalizers":["b","c"]}}`
  ],
  [
    "a whole section that one side removed goes",
    `{"spec":{"x":1},"status":{"y":1}}`,
    `{"spec":{"x":1}}`,
    `{"spec":{"x":2},"status":{"y":1}}`,
    `{"spec":{"x":2}}`
  ],
  [
    "a value that both sides set alike is no conflict",
    `{"replicas":1}`,
    `{"replicas":3}`,
    `{"replicas":3}`,
    `{"replicas":3}`
  ],
  ["a local value and an update disagree", `{"replicas":1}`, `{"replicas":5}`, `{"replicas":3}`, "edit-edit /replicas"],
  [
    "a local field and an update of another",
    `{"replicas":1}`,
    `{"replicas":1,"paused":true}`,
    `{"replicas":3}`,
    `{"replicas":3,"paused":true}`
  ],
  ["a map that became a list", `{"data":{"a":1}}`, `{"data":[1]}`, `{"data":{"a":2}}`, "type-change /data"],
  [
    "an annotation with a slash in its name",
    `{"metadata":{"annotations":{"a/b":"1"}}}`,
    `{"metadata":{"annotations":{"a/b":"2"}}}`,
    `{"metadata":{"annotations":{"a/b":"3"}}}`,
    "edit-edit /metadata/annotations/a~1b"
  ]
]

describe("manifests and packages", () => {
  for (const [fact, base, ours, theirs, result] of manifests) {
    it(`${fact}`, () => assert.strictEqual(said(manifest, [base, ours, theirs]), result))
  }
})
