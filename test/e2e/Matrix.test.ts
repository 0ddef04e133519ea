/**
 * The built-in provider, each write of a batch disturbed in turn.
 */
import { openCell } from "./Cell.ts"
import { failingBatch } from "./FailingBatch.ts"

failingBatch(() => openCell())
