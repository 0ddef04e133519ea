/**
 * The server of a measurement, in a process of its own: the sandbox, telling its address to whoever forked it.
 */
import { startSandbox } from "../src/sandbox/Sandbox.ts"

const sandbox = await startSandbox()
process.send?.(sandbox.url)
