import { join } from "node:path"
import { layerSqlite } from "../../../src/state/sqlite/Sqlite.ts"
import { newFolder } from "../../state/Folders.ts"
import { stateSuite } from "./StateSuite.ts"

stateSuite("the state in a file", () => {
  const stateFile = join(newFolder(), ".amends", "state.db")
  return { open: layerSqlite({ stateFile, create: true }) }
})
