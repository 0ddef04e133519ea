import { layerMemory } from "../../../src/state/memory/Memory.ts"
import { emptyTables } from "../../../src/state/memory/MemoryStore.ts"
import { stateSuite } from "./StateSuite.ts"

stateSuite("the state in memory", () => ({ open: layerMemory({ tables: emptyTables() }) }))
