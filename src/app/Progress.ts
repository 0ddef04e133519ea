/**
 * What a verb tells while it works, and the wish to stop it: the engine's own words, for whoever says them.
 *
 * Both are references with a default that does nothing; a terminal or a server provides its own.
 */
export { Observer, type Stretch, type Watcher } from "../executor/Observer.ts"
export { type EngineEvent, Progress, type StepFailure } from "../executor/Progress.ts"
export { requestStop, Stopping, type StopSignal } from "../executor/Stopping.ts"
