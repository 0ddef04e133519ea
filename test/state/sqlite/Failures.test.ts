import { describe, expect, it } from "@effect/vitest"
import Sqlite from "better-sqlite3"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { refuseNetwork } from "../../../src/state/sqlite/FileSystem.ts"
import { sqliteFailure } from "../../../src/state/sqlite/SqliteFailure.ts"
import { StateError } from "../../../src/state/StateError.ts"
import { codeOf, fileFailure } from "../../../src/state/storage/FileFailure.ts"
import { typeOf } from "../../../src/state/storage/Platform.ts"

const failed = (code: string) => new Sqlite.SqliteError("message", code)
const system = (code: string) => Object.assign(new Error("system's own text"), { code })

describe("a failure of SQLite", () => {
  it.each([
    ["SQLITE_BUSY", "Busy"],
    ["SQLITE_BUSY_RECOVERY", "Busy"],
    ["SQLITE_LOCKED", "Busy"],
    ["SQLITE_PROTOCOL", "Busy"],
    ["SQLITE_FULL", "Full"],
    ["SQLITE_READONLY", "ReadOnly"],
    ["SQLITE_READONLY_DIRECTORY", "ReadOnly"],
    ["SQLITE_PERM", "ReadOnly"],
    ["SQLITE_CANTOPEN", "ReadOnly"],
    ["SQLITE_CANTOPEN_ISDIR", "Corrupt"],
    ["SQLITE_CORRUPT_INDEX", "Corrupt"],
    ["SQLITE_NOTADB", "Corrupt"],
    ["SQLITE_ERROR", "Corrupt"],
    ["SQLITE_IOERR_FSYNC", "Io"],
    ["SQLITE_IOERR", "Io"],
    ["SQLITE_NOMEM", "Io"]
  ])("%s means %s, and says what to do", (code, reason) => {
    const error = sqliteFailure("append", "state.db", failed(code))
    expect(error).toMatchObject({ reason, operation: "append", technical: `message (${code})` })
    expect(error.detail).toMatch(/^state\.db: [a-z ]+$/)
    expect(error.hint).toMatch(/\.$/)
  })

  it("that is an error of ours already stays as it is", () => {
    const error = sqliteFailure("append", "state.db", system("EIO"))
    expect(error.reason).toBe("Io")
    expect(sqliteFailure("open", "state.db", error)).toBe(error)
  })
})

describe("a failure of a file", () => {
  it.each([
    ["ENOENT", "Missing"],
    ["ENOTDIR", "Missing"],
    ["EACCES", "ReadOnly"],
    ["EPERM", "ReadOnly"],
    ["EROFS", "ReadOnly"],
    ["ENOSPC", "Full"],
    ["EDQUOT", "Full"],
    ["EISDIR", "Corrupt"],
    ["EIO", "Io"],
    ["EMFILE", "Io"]
  ])("%s means %s, and does not repeat the system's text", (code, reason) => {
    const error = fileFailure("key", "/there", system(code))
    expect(error).toMatchObject({ reason, technical: expect.stringContaining(code) })
    expect(error.detail).toMatch(/^\/there: [a-z -]+$/)
    expect(error.hint).toMatch(/\.$/)
  })

  it("without a code is a defect, whose message is for the log", () => {
    const { detail, technical } = fileFailure("key", "/there", new TypeError("no such function"))
    expect([detail.includes("function"), technical]).toEqual([false, "no such function"])
    expect([codeOf(undefined), codeOf("EIO"), codeOf({ code: 5 }), codeOf({})]).toEqual(["", "", "", ""])
  })
})

describe("a network file system", () => {
  it.each([[0x6969, "NFS"], [0xff534d42, "CIFS"], [0xff534d42 | 0, "CIFS"], [0x65735546, "FUSE"]])(
    "is refused by its type: %i is %s",
    (type, name) => {
      let thrown: unknown
      try {
        refuseNetwork("/there/state.db", type)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(StateError)
      expect(thrown).toMatchObject({ reason: "NetworkFileSystem", detail: expect.stringContaining(` ${name},`) })
    }
  )

  it("is told from a local one, for a path that is still to be made, too", () => {
    const type = typeOf(tmpdir())
    expect(typeOf(join(tmpdir(), "not", "yet", "there"))).toBe(type)
    expect(() => refuseNetwork(tmpdir(), 0xef53)).not.toThrow()
    expect(() => typeOf(join(process.execPath, "below-a-file"))).toThrow(/ENOTDIR/)
  })
})
