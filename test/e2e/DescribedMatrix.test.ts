/**
 * The same three kinds described in YAML (examples/03-described), each write of a batch disturbed in turn.
 */
import { openDescribedCell } from "./DescribedCell.ts"
import { failingBatch } from "./FailingBatch.ts"

failingBatch(openDescribedCell)
